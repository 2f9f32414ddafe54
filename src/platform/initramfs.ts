import type { InitramfsFacts, InitramfsGeneratorName } from "../model/index.ts";
import { initramfsTools } from "./initramfs-tools/generator.ts";
import type { InitramfsGenerator } from "./platform.ts";

/** Every generator that hostcfg can drive. A new one is a folder beside these and a line here. */
export const GENERATORS: Readonly<Record<InitramfsGeneratorName, InitramfsGenerator>> = {
  "initramfs-tools": initramfsTools,
};

/** What a person does to make the initrd of a release, which lacks one unless `missing` is false. */
export function toMakeInitrd({ generator }: InitramfsFacts, release: string, missing = true): string {
  if (!generator.known) return `make the initrd of ${release}`;
  const by = generator.value;
  return ["sudo", ...GENERATORS[by].command({ does: "make-initrd", by, release, missing }).argv].join(" ");
}

/** Whether some initrd is made from what stands at this path. */
export function isInitrdSource(path: string): boolean {
  return Object.values(GENERATORS).some(({ sources }) => sources.test(path));
}
