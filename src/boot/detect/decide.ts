import { known, unknown } from "../../facts/fact.ts";
import type { BootLoaderName, Fact } from "../../model.ts";
import type { Family } from "./live.ts";

export interface Decision {
  readonly detected: Fact<BootLoaderName>;
  readonly candidates?: readonly BootLoaderName[];
}

/**
 * Which loader starts this host. What this boot says of itself beats what is installed; where neither decides, nothing
 * is guessed.
 *
 * @param live Families by the traces of this boot, the best witness first.
 * @param installed The loaders whose files are there.
 */
export function decide(live: readonly Family[], installed: readonly BootLoaderName[]): Decision {
  const families = [...new Set(live)].filter((family) => family === "grub" || family === "systemd-boot");
  if (families.length > 1) return ambiguous(installed, "this boot bears traces of several boot loaders");
  const [family] = families;
  if (family === "grub")
    return installed.includes("grub")
      ? sure("grub")
      : none("this boot was started by GRUB, but its menu /boot/grub/grub.cfg is not there");
  const candidates = family === undefined ? withoutTraces(installed) : ownersOf(installed);
  const [only, ...others] = candidates;
  if (only === undefined)
    return none(
      family === undefined
        ? "no boot loader was found that hostcfg knows"
        : "this boot was started by systemd-boot, but none of its entries can be seen (is the ESP mounted?)",
    );
  return others.length === 0 ? sure(only) : ambiguous(candidates, "several boot loaders are installed");
}

/** Who writes the entries that systemd-boot shows: a tool of the distribution, else kernel-install. */
function ownersOf(installed: readonly BootLoaderName[]): BootLoaderName[] {
  const tools = installed.filter((name) => name === "kernelstub" || name === "proxmox");
  return tools.length > 0 ? tools : installed.filter((name) => name === "systemd-boot");
}

/** proxmox-boot-tool's list of ESPs is what decides on a Proxmox host, where GRUB's menu is generated all the same. */
function withoutTraces(installed: readonly BootLoaderName[]): BootLoaderName[] {
  const grub = installed.includes("grub") && !installed.includes("proxmox");
  return [...ownersOf(installed), ...(grub ? (["grub"] as const) : [])];
}

function sure(name: BootLoaderName): Decision {
  return { detected: known(name) };
}

function none(why: string): Decision {
  return { detected: unknown(why) };
}

function ambiguous(candidates: readonly BootLoaderName[], what: string): Decision {
  const list = candidates.join(", ");
  return {
    detected: unknown(`${what}, and nothing shows which of them starts this host: ${list}`),
    candidates,
  };
}
