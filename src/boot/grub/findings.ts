import { known } from "../../facts/fact.ts";
import type { Diagnostic, HostState, KernelFact } from "../../model/index.ts";
import { checkEntry } from "../check-entry.ts";
import type { MenuEntry } from "../menu.ts";
import { warning } from "../problem.ts";
import { menu } from "./menu.ts";
import { menuMade } from "./menu-after.ts";

/**
 * Whether a host that comes up will not any more once somebody runs update-grub, as each kernel package does: the newest
 * kernel of /boot comes first, also where its initrd is missing.
 */
export function findings(state: HostState): readonly Diagnostic[] {
  const { grub: facts } = state.bootLoader;
  if (facts === undefined || !state.kernels.known || !state.kernels.value.some(isBare)) return [];
  const after = menuMade(state);
  if (after === undefined) return [];
  const made = { ...state, bootLoader: { ...state.bootLoader, grub: { ...facts, menu: known(after) } } };
  const [now, then] = [state, made].map((one) => {
    const found = menu(one);
    return found.known ? found.value.chosen : undefined;
  });
  if (now === undefined || then === undefined || whyBroken(now, state) !== undefined) return [];
  const why = whyBroken(then, made);
  if (why === undefined) return [];
  return [
    warning(
      "next-menu-broken",
      `the next update-grub, which each kernel package runs, makes ${then.name} the default, which would not come up: ${why}`,
      "make what is missing, or remove that kernel",
    ),
  ];
}

function isBare({ image, initrd, expected }: KernelFact): boolean {
  return image !== undefined && initrd === undefined && expected !== true;
}

function whyBroken(entry: MenuEntry, state: HostState): string | undefined {
  return checkEntry(entry, state).parts.find(({ verdict }) => verdict === "broken")?.reason;
}
