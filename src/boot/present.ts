import type { BootLoaderFacts, BootLoaderName } from "../model/index.ts";

type FactsOfLoaders = Pick<BootLoaderFacts, "kernelstub" | "grub" | "systemdBoot" | "proxmox">;

/** Under which name each loader's facts stand. */
const FACTS: Readonly<Record<BootLoaderName, keyof FactsOfLoaders>> = {
  kernelstub: "kernelstub",
  proxmox: "proxmox",
  "systemd-boot": "systemdBoot",
  grub: "grub",
};

/** The loaders whose files were found on the host, so that `bootLoader:` in a spec may name them. */
export function presentLoaders(facts: FactsOfLoaders): readonly BootLoaderName[] {
  const names = Object.keys(FACTS) as readonly BootLoaderName[];
  return names.filter((name) => facts[FACTS[name]] !== undefined);
}
