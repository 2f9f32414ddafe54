import type { HostState } from "../model/index.ts";
import { ownedOf } from "./grub/wanted.ts";

/** Whether this host shows options that hostcfg has added: by its record, or by its own settings of GRUB. */
export function ownsOptions({ addedOptions, bootLoader }: HostState): boolean {
  const settings = bootLoader.grub?.settings;
  const inDropIn = settings?.known === true && ownedOf(settings.value).options.length > 0;
  return inDropIn || (addedOptions.known && addedOptions.value.options.length > 0);
}
