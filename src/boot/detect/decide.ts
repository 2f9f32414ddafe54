import { known, unknown } from "../../facts/fact.ts";
import type { BootLoaderFacts, BootLoaderName } from "../../model/index.ts";
import type { Live, Starter } from "./live.ts";

export type Decision = Pick<BootLoaderFacts, "detected" | "candidates">;

/** The loaders whose files are made for what started this boot, the likeliest owner first. */
export const DRIVES: Readonly<Record<Starter, readonly BootLoaderName[]>> = {
  "systemd-boot": ["kernelstub", "proxmox", "systemd-boot"],
  grub: ["grub", "proxmox"],
  "efi-stub": ["kernelstub"],
  "unified-kernel-image": [],
  refind: [],
  limine: [],
  extlinux: [],
  unfamiliar: [],
};

/** As persons call them. */
export const NAMES: Readonly<Record<Starter, string>> = {
  "systemd-boot": "systemd-boot",
  grub: "GRUB",
  "efi-stub": "the firmware itself",
  "unified-kernel-image": "a unified kernel image",
  refind: "rEFInd",
  limine: "Limine",
  extlinux: "extlinux",
  unfamiliar: "a loader that hostcfg does not know",
};

/**
 * Which loader starts this host. What this boot says of itself beats what is installed; where neither decides, nothing
 * is guessed.
 *
 * @param installed The loaders whose files are there.
 */
export function decide(live: Live, installed: readonly BootLoaderName[]): Decision {
  const { starter, contradicting, asFromEsp } = live;
  if (contradicting !== undefined) {
    const names = contradicting.map((one) => NAMES[one]).join(" and ");
    const meant = contradicting.flatMap((one) => owners(DRIVES[one], installed));
    return ambiguous(meant, `this boot has traces of ${names}`);
  }
  if (starter === undefined) return byFiles(installed);
  const drives = DRIVES[starter].filter(
    // proxmox-boot-tool keeps a menu in /boot/grub as well, which nothing starts from then.
    (name) => !(name === "grub" && asFromEsp === true && installed.includes("proxmox")),
  );
  const [only, ...others] = owners(drives, installed);
  if (only === undefined) return none(unseen(starter));
  return others.length === 0
    ? { detected: known(only) }
    : ambiguous(
        [only, ...others],
        `this boot was started by ${NAMES[starter]}; several programs write its entries`,
      );
}

function byFiles(installed: readonly BootLoaderName[]): Decision {
  // proxmox-boot-tool keeps the menu in /boot/grub as well, for hosts that start through its ESPs.
  const grub = installed.includes("grub") && !installed.includes("proxmox");
  const candidates = [...owners(DRIVES["systemd-boot"], installed), ...(grub ? (["grub"] as const) : [])];
  const [only, ...others] = candidates;
  if (only === undefined) return none("no boot loader that hostcfg knows was found");
  return others.length === 0
    ? { detected: known(only) }
    : ambiguous(candidates, "several boot loaders are installed");
}

/** A tool of the distribution writes the entries where there is one, else kernel-install does. */
function owners(drives: readonly BootLoaderName[], installed: readonly BootLoaderName[]): BootLoaderName[] {
  const there = drives.filter((name) => installed.includes(name));
  const tools = there.filter((name) => name !== "systemd-boot");
  return tools.length > 0 ? tools : there;
}

function unseen(starter: Starter): string {
  switch (starter) {
    case "grub":
      return "this boot was started by GRUB, but its menu /boot/grub/grub.cfg is not there";
    case "systemd-boot":
      return "this boot was started by systemd-boot, but none of its entries can be seen (is the ESP mounted?)";
    case "efi-stub":
    case "unified-kernel-image":
    case "refind":
    case "limine":
    case "extlinux":
    case "unfamiliar":
      return `this boot was started by ${NAMES[starter]}`;
  }
}

function none(why: string): Decision {
  return { detected: unknown(why) };
}

function ambiguous(candidates: readonly BootLoaderName[], what: string): Decision {
  const list = [...new Set(candidates)];
  if (list.length === 0) return none(`${what}, and none of them has files here that hostcfg knows`);
  return {
    detected: unknown(`${what}, and nothing shows which of them starts this host: ${list.join(", ")}`),
    candidates: list,
  };
}
