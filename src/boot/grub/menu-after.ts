import type { GrubMenu, HostState } from "../../model/index.ts";
import { layoutOf } from "../../platform/platforms.ts";
import type { LoaderInput } from "../loader.ts";
import type { Grub } from "./host.ts";
import { usable } from "./host.ts";
import { precedenceOf, predictMenu } from "./predict-menu.ts";
import type { Settings } from "./settings.ts";

/** The menu that update-grub makes as the host is; undefined where that cannot be told. */
export function menuMade(state: HostState): GrubMenu | undefined {
  const host = usable(state, {});
  if ("problems" in host || !state.kernels.known) return undefined;
  return menuAfter(host, { state, kernels: state.kernels.value }, host.settings);
}

/** The menu that update-grub makes from these settings; undefined where what they say cannot be told. */
export function menuAfter(
  grub: Grub,
  { state, kernels }: Pick<LoaderInput, "state" | "kernels">,
  settings: Settings,
): GrubMenu | undefined {
  const { everywhere, usual, default: chosen } = settings;
  if (!everywhere.known || !usual.known || !chosen.known) return undefined;
  const precedence = precedenceOf(grub.generator, settings);
  // Which kernel comes first is then not predicted; an entry that the default names by its id is found all the same.
  if (!precedence.known && !chosen.value.includes("-advanced-")) return undefined;
  return predictMenu({
    present: grub.generated,
    kernels,
    order: grub.generator.order,
    ...(precedence.known ? { precedence: precedence.value } : {}),
    access: grub.generator.access,
    everywhere: everywhere.value.map(({ option }) => option),
    usual: usual.value.map(({ option }) => option),
    default: chosen.value,
    submenus: grub.submenus,
    pruned: grub.pruned,
    recovery: settings.recovery.known ? settings.recovery.value : true,
    initrd: (release) => layoutOf(state).initrd(release),
    rootUuid: state.rootUuid.known ? state.rootUuid.value : undefined,
  });
}
