import type { HostState } from "../../model/index.ts";
import { PLATFORMS } from "../../platform/platforms.ts";

// What a refresh changes beside the ESPs, which neither /etc/kernel nor the loader tells of.

/** proxmox-auto-removal writes the kernels there that apt shall not remove by itself. */
const KEPT_BY_APT = "/etc/apt/apt.conf.d/76pveconf";
/** Since 9.0.4 a link to /dev/null. */
const GENERATOR = "/etc/systemd/system-generators/systemd-gpt-auto-generator";
/** Since 8.0.1 they end before they do anything. */
const HOOKS_OF_SYSTEMD_BOOT = [
  "/etc/initramfs/post-update.d/systemd-boot",
  "/etc/kernel/postinst.d/zz-systemd-boot",
  "/etc/kernel/postrm.d/zz-systemd-boot",
];

/** The paths on this host. */
export function sideEffects(state: HostState): readonly string[] {
  const isInstalled = (name: string): boolean =>
    state.packages.known && state.packages.value.some((one) => one.name === name && one.state === "installed");
  return [
    KEPT_BY_APT,
    ...(helperSince(state, "9.0.4") ? [GENERATOR] : []),
    ...(["systemd-boot", "systemd-boot-tools"].some(isInstalled) ? HOOKS_OF_SYSTEMD_BOOT : []),
  ];
}

/** A refresh of an undo writes them as well, so they are put back after it. */
export function isSideEffect(path: string): boolean {
  return [KEPT_BY_APT, GENERATOR, ...HOOKS_OF_SYSTEMD_BOOT].includes(path);
}

/** Whether proxmox-kernel-helper is known to be this version or a later one. */
export function helperSince({ packages }: HostState, first: string): boolean {
  const { packages: manager } = PLATFORMS.debian;
  const helper = (packages.known ? packages.value : []).find(
    ({ name, state }) => name === "proxmox-kernel-helper" && state === "installed",
  );
  return helper !== undefined && manager.compareVersions(helper.version, first) >= 0;
}
