import type { HostState } from "../model/index.ts";
import { homeOf } from "./grub/own-settings.ts";
import { ownedOf } from "./grub/wanted.ts";

/** Whether this host shows options that hostcfg has added: by its record, or by its own settings of GRUB. */
export function ownsOptions({ addedOptions, bootLoader }: HostState): boolean {
  const { grub } = bootLoader;
  const files = grub?.settings.known === true ? grub.settings.value : undefined;
  const inDropIn =
    grub !== undefined &&
    files !== undefined &&
    ownedOf(files, homeOf(files, grub.generator)).options.length > 0;
  return inDropIn || (addedOptions.known && addedOptions.value.options.length > 0);
}
