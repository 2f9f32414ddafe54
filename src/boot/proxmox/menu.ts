import { known, unknown } from "../../facts/fact.ts";
import type { Fact, HostState, KernelFact, ProxmoxFiles } from "../../model/index.ts";
import { efiLine } from "../line-length.ts";
import type { Menu, MenuEntry } from "../menu.ts";
import { wayBackAmong } from "../menu.ts";
import { hostOf, inMenu, isRefreshed } from "./host.ts";
import { PIN } from "./probe.ts";

/**
 * proxmox-boot-tool's ESPs are not mounted, so what they hold is only known by what they were made from: the files of
 * /boot, where nothing shows that these changed since.
 */
export function menu(state: HostState): Fact<Menu> {
  const host = hostOf(state);
  if (!host.known) return host;
  const { files, line } = host.value;
  if (!isRefreshed(host.value, state))
    return unknown(
      "proxmox-boot-tool's ESPs are not mounted, and nothing shows that they were refreshed since its files changed",
    );
  if (!state.kernels.known) return state.kernels;
  const kernels = inMenu(state.kernels.value);
  const named = files.nextBootPin ?? files.pin;
  const pinned = kernels.find(({ release }) => release === named);
  const chosen = pinned ?? kernels[0];
  if (chosen === undefined) return unknown("/boot holds no kernel with its initrd");
  const entry = toEntry(chosen, line);
  const others = kernels.filter((one) => one !== chosen).map((one) => toEntry(one, line));
  const rule =
    named !== undefined && pinned === undefined
      ? `${named} is pinned, but not in /boot, so the newest kernel starts`
      : ruleOf(files);
  return known({
    chosen: entry,
    by: rule,
    rule: `systemd-boot starts proxmox-${chosen.release}.conf: ${rule}; the ESPs themselves are not mounted`,
    fallback: wayBackAmong(others, entry, state.running.release),
    problems: [],
  });
}

function ruleOf({ nextBootPin, pin }: ProxmoxFiles): string {
  if (nextBootPin !== undefined) return "the pin for the next boot names it";
  return pin === undefined ? "the newest kernel is the default" : `${PIN} names it`;
}

function toEntry({ release, image, initrd }: KernelFact, options: string): MenuEntry {
  const folder = `(ESP)/EFI/proxmox/${release}`;
  return {
    name: `proxmox-${release}.conf`,
    release: known(release),
    reads: { kernel: `${folder}/vmlinuz-${release}`, initrd: `${folder}/initrd.img-${release}` },
    image: known(image),
    initrd: known(initrd),
    options,
    line: efiLine(`\\EFI\\proxmox\\${release}\\initrd.img-${release}`, options),
    copied: false,
    foreign: false,
    needsRoot: true,
  };
}
