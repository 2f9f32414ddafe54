import { menuMade } from "../boot/grub/menu-after.ts";
import { known, unknown } from "../facts/fact.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { withLoader } from "./foreseen-state.ts";

/** One run of update-grub: the menu that the settings and the kernels give as they are now. */
export function afterUpdateGrub(foreseen: ForeseenState): ForeseenState {
  const { grub } = foreseen.state.bootLoader;
  if (grub === undefined) return foreseen;
  const menu = menuMade(foreseen.state);
  const why = "what update-grub would write is unknown";
  return withLoader(foreseen, { grub: { ...grub, menu: menu === undefined ? unknown(why) : known(menu) } });
}

/** `grub-editenv set next_entry=`: GRUB starts it once. */
export function afterNextEntry(foreseen: ForeseenState, entry: string): ForeseenState {
  const { grub } = foreseen.state.bootLoader;
  if (grub?.environment.known !== true) return foreseen;
  const { next_entry: _before, ...rest } = grub.environment.value;
  const environment = known(entry === "" ? rest : { ...rest, next_entry: entry });
  return withLoader(foreseen, { grub: { ...grub, environment } });
}
