import type { BootLoaderFacts, BootLoaderName } from "../model.ts";
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

/** Whether its files were found on the host, so that `bootLoader:` in a spec may name it. */
export function hasLoader(facts: BootLoaderFacts, name: BootLoaderName): boolean {
  const found = {
    kernelstub: facts.kernelstub,
    grub: facts.grub,
    "systemd-boot": facts.systemdBoot,
    proxmox: facts.proxmox,
  };
  return found[name] !== undefined;
}
