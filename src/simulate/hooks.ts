import type { BootLoaderName } from "../model/index.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { mayKernelInstall } from "./kernel-install.ts";
import { afterKernelstubHooks } from "./kernelstub.ts";
import { afterProxmoxHooks } from "./proxmox.ts";
import type { ForeseenState, HookEvent } from "./foreseen-state.ts";

type Hooks = (foreseen: ForeseenState, release: string, event: HookEvent) => readonly ForeseenState[];

/**
 * What the hooks of each loader leave, in the order in which run-parts(8) runs them (zz-kernelstub, zz-proxmox-boot,
 * zz-systemd-boot, zz-update-grub).
 */
const HOOKS: Readonly<Record<BootLoaderName, Hooks>> = {
  kernelstub: (foreseen, release, event) => [afterKernelstubHooks(foreseen, release, event)],
  proxmox: afterProxmoxHooks,
  "systemd-boot": (foreseen, release) => mayKernelInstall(foreseen, release),
  grub: (foreseen, _release, event) =>
    event === "installed" && foreseen.state.bootLoader.grub?.hook === true
      ? [afterUpdateGrub(foreseen)]
      : [foreseen],
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
