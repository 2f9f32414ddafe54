import { usable } from "../boot/grub/host.ts";
import { menuAfter } from "../boot/grub/plan.ts";
import { known, unknown } from "../facts/fact.ts";
import type { World } from "./world.ts";
import { withLoader } from "./world.ts";

/** One run of update-grub: the menu that the settings and the kernels give as they are now. */
export function afterUpdateGrub(world: World): World {
  const { grub } = world.state.bootLoader;
  if (grub === undefined) return world;
  const { state } = world;
  const host = usable(state, {});
  const why = "what update-grub would write is unknown";
  const menu =
    "problems" in host || !state.kernels.known
      ? undefined
      : menuAfter(host, { state, kernels: state.kernels.value }, host.settings);
  return withLoader(world, { grub: { ...grub, menu: menu === undefined ? unknown(why) : known(menu) } });
}
