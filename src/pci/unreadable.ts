import type { PciDevice } from "../model/index.ts";

/** Why nothing that a device says of itself can be believed, as what follows its name; `undefined` where it answers. */
export function whyUnreadable({ silent, asleep }: PciDevice): string | undefined {
  if (silent === true) return "answers nothing but ones";
  return asleep === true ? "is in a deep sleep (D3cold) that reading it does not end" : undefined;
}
