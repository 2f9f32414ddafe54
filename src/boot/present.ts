import type { BootLoaderFacts, BootLoaderName } from "../model/index.ts";

type FactsOfLoaders = Pick<BootLoaderFacts, "kernelstub" | "grub" | "systemdBoot" | "proxmox">;

/** The loaders whose files were found on the host, so that `bootLoader:` in a spec may name them. */
export function presentLoaders(facts: FactsOfLoaders): readonly BootLoaderName[] {
  return [
    ...(facts.kernelstub === undefined ? [] : (["kernelstub"] as const)),
    ...(facts.proxmox === undefined ? [] : (["proxmox"] as const)),
    ...(facts.systemdBoot === undefined ? [] : (["systemd-boot"] as const)),
    ...(facts.grub === undefined ? [] : (["grub"] as const)),
  ];
}
