import { usable } from "../boot/grub/host.ts";
import { menuAfter } from "../boot/grub/menu-after.ts";
import { known, unknown } from "../facts/fact.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { withLoader } from "./foreseen-state.ts";

/** One run of update-grub: the menu that the settings and the kernels give as they are now. */
export function afterUpdateGrub(foreseen: ForeseenState): ForeseenState {
  const { grub } = foreseen.state.bootLoader;
  if (grub === undefined) return foreseen;
  const { state } = foreseen;
  const host = usable(state, {});
  const why = "what update-grub would write is unknown";
  const menu =
    "problems" in host || !state.kernels.known
      ? undefined
      : menuAfter(host, { state, kernels: state.kernels.value }, host.settings);
  return withLoader(foreseen, { grub: { ...grub, menu: menu === undefined ? unknown(why) : known(menu) } });
}
