import type { BootLoaderName } from "../model/index.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { mayKernelInstall } from "./kernel-install.ts";
import { afterKernelstubHooks } from "./kernelstub.ts";
import { afterProxmoxHooks } from "./proxmox.ts";
import type { ForeseenState } from "./foreseen-state.ts";

/** What runs hooks for a release: its package's installation, or its initrd that was made anew. */
export type HookEvent = "installed" | "initrd-made";

type Hooks = (foreseen: ForeseenState, release: string, event: HookEvent) => readonly ForeseenState[];

/** What the hooks of each loader leave, in the order of run-parts; nothing where the loader or its hook is not there. */
const HOOKS: Readonly<Record<BootLoaderName, Hooks>> = {
  kernelstub: (foreseen, release, event) => [afterKernelstubHooks(foreseen, release, event)],
  proxmox: (foreseen) => [afterProxmoxHooks(foreseen)],
  grub: (foreseen, _release, event) =>
    event === "installed" && foreseen.state.bootLoader.grub?.hook === true
      ? [afterUpdateGrub(foreseen)]
      : [foreseen],
  "systemd-boot": (foreseen, release) => mayKernelInstall(foreseen, release),
};

export function afterHooks(
  foreseen: ForeseenState,
  release: string,
  event: HookEvent,
): readonly ForeseenState[] {
  return Object.values(HOOKS).reduce<readonly ForeseenState[]>(
    (outcomes, hooks) => outcomes.flatMap((one) => hooks(one, release, event)),
    [foreseen],
  );
}
