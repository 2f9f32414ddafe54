import type { BootLoaderName } from "../model/index.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { mayKernelInstall } from "./kernel-install.ts";
import { afterKernelstubHooks } from "./kernelstub.ts";
import { afterProxmoxHooks } from "./proxmox.ts";
import type { World } from "./world.ts";

/** What runs hooks for a release: its package's installation, or its initrd that was made anew. */
export type HookEvent = "installed" | "initrd-made";

type Hooks = (world: World, release: string, event: HookEvent) => readonly World[];

/** What the hooks of each loader leave, in the order of run-parts; nothing where the loader or its hook is not there. */
const HOOKS: Readonly<Record<BootLoaderName, Hooks>> = {
  kernelstub: (world, release, event) => [afterKernelstubHooks(world, release, event)],
  proxmox: (world) => [afterProxmoxHooks(world)],
  grub: (world, _release, event) =>
    event === "installed" && world.state.bootLoader.grub?.hook === true ? [afterUpdateGrub(world)] : [world],
  "systemd-boot": (world, release) => mayKernelInstall(world, release),
};

export function afterHooks(world: World, release: string, event: HookEvent): readonly World[] {
  return Object.values(HOOKS).reduce<readonly World[]>(
    (worlds, hooks) => worlds.flatMap((one) => hooks(one, release, event)),
    [world],
  );
}
