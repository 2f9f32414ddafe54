import type { BootLoaderName } from "../model/index.ts";
import { grub } from "./grub/plan.ts";
import { kernelstub } from "./kernelstub/plan.ts";
import type { BootLoader } from "./loader.ts";
import { proxmox } from "./proxmox/plan.ts";
import { systemdBoot } from "./systemd-boot/plan.ts";

/** Every loader that hostcfg can drive. A new one is a folder beside these and a line here. */
export const LOADERS: Readonly<Record<BootLoaderName, BootLoader>> = {
  kernelstub,
  grub,
  "systemd-boot": systemdBoot,
  proxmox,
};
