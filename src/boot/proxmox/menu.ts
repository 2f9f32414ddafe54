import { known, unknown } from "../../facts/fact.ts";
import type { Fact, HostState, KernelFact } from "../../model/index.ts";
import { efiLine } from "../line-length.ts";
import { proxmox } from "./plan.ts";
import type { Menu, MenuEntry } from "../menu.ts";

/**
 * proxmox-boot-tool's ESPs are not mounted, so what they hold is only known by what they were made from: the files of
 * /boot, where nothing shows that these changed since.
 */
export function proxmoxMenu(state: HostState): Fact<Menu> {
  if (!state.kernels.known) return state.kernels;
  const kernels = state.kernels.value;
  const { before } = proxmox.plan({
    state,
    wish: {},
    kernels,
    packagesRun: false,
    hooksRun: false,
  }).nextBoot;
  if (!before.known) return before;
  const { release, options, rule, fallback } = before.value;
  if (!release.known) return release;
  return known({
    chosen: toEntry(release.value, options, kernels),
    by: rule,
    fallback: fallback.known ? known(toEntry(fallback.value, options, kernels)) : fallback,
    problems: [],
  });
}

function toEntry(release: string, options: string, kernels: readonly KernelFact[]): MenuEntry {
  const kernel = kernels.find((one) => one.release === release);
  return {
    name: `proxmox-${release}.conf`,
    release: known(release),
    image: kernel === undefined ? unknown(`${release} is not in /boot`) : known(kernel.image),
    initrd: known(kernel?.initrd),
    options,
    line: efiLine(`\\EFI\\proxmox\\${release}\\initrd.img-${release}`, options),
    copied: false,
    foreign: false,
    needsRoot: true,
  };
}
