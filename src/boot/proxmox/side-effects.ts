import type { ExecStep, HostState } from "../../model/index.ts";
import { PLATFORMS } from "../../platform/platforms.ts";
import { MENU, PROXMOX_PIN } from "../grub/probe.ts";
import { loaderOfEsps } from "./host.ts";

// What a refresh changes beside the ESPs, which neither /etc/kernel nor the loader tells of.

/** The list of kernels that apt must not remove by itself; proxmox-auto-removal writes it. */
const KEPT_BY_APT = "/etc/apt/apt.conf.d/76pveconf";
/** Since 9.0.4 a link to /dev/null. */
const GENERATOR = "/etc/systemd/system-generators/systemd-gpt-auto-generator";
/** Since 8.0.1 they end before they do anything. */
const HOOKS_OF_SYSTEMD_BOOT = [
  "/etc/initramfs/post-update.d/systemd-boot",
  "/etc/kernel/postinst.d/zz-systemd-boot",
  "/etc/kernel/postrm.d/zz-systemd-boot",
];

export type Written = Pick<ExecStep, "touches" | "flushes">;

/** The paths on this host. With GRUB a refresh has update-grub run with the ESP in the place of /boot. */
export function writtenBeside(state: HostState): Written {
  const { packages, bootLoader } = state;
  const isInstalled = (name: string): boolean =>
    packages.known && packages.value.some((one) => one.name === name && one.state === "installed");
  const isGrub = bootLoader.proxmox !== undefined && loaderOfEsps(bootLoader.proxmox) === "grub";
  return {
    touches: [
      ...(isGrub ? [MENU, PROXMOX_PIN] : []),
      KEPT_BY_APT,
      ...(helperSince(state, "9.0.4") ? [GENERATOR] : []),
      ...(["systemd-boot", "systemd-boot-tools"].some(isInstalled) ? HOOKS_OF_SYSTEMD_BOOT : []),
    ],
    flushes: isGrub ? ["/boot/grub"] : [],
  };
}

/** A refresh of an undo writes them as well, so they are put back after it. */
export function isSideEffect(path: string): boolean {
  return [KEPT_BY_APT, GENERATOR, ...HOOKS_OF_SYSTEMD_BOOT].includes(path);
}

/** A kernel's package has proxmox-auto-removal write it again, whoever installs or removes that. */
export function isWrittenByPackages(path: string): boolean {
  return path === KEPT_BY_APT;
}

/** Whether proxmox-kernel-helper is known to be this version or a later one. */
export function helperSince({ packages }: HostState, first: string): boolean {
  const { packages: manager } = PLATFORMS.debian;
  const helper = (packages.known ? packages.value : []).find(
    ({ name, state }) => name === "proxmox-kernel-helper" && state === "installed",
  );
  return helper !== undefined && manager.compareVersions(helper.version, first) >= 0;
}
