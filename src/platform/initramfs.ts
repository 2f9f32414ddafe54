import { attempt, known, unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { InitramfsFacts, InitramfsGeneratorName, KernelFact } from "../model/index.ts";
import { dracut } from "./dracut/generator.ts";
import { mkinitcpio } from "./mkinitcpio/generator.ts";
import { initramfsTools } from "./initramfs-tools/generator.ts";
import type { InitramfsGenerator } from "./platform.ts";

/** Every generator that hostcfg can drive. A new one is a folder beside these and a line here. */
export const GENERATORS: Readonly<Record<InitramfsGeneratorName, InitramfsGenerator>> = {
  "initramfs-tools": initramfsTools,
  dracut,
  mkinitcpio,
};
const GENERATOR_NAMES = Object.keys(GENERATORS) as readonly InitramfsGeneratorName[];

/** Which program makes initrds here. */
export function readInitramfs(reader: Reader): InitramfsFacts {
  const programs = GENERATOR_NAMES.map((name) => GENERATORS[name].program).join(" or ");
  const found = attempt(programs, () => findGenerator(reader), `${programs} is not installed`);
  if (!found.known) return { generator: found };
  const { name, why } = found.value;
  return why === undefined ? { generator: known(name) } : { generator: unknown(why), undriven: name };
}

/** The first one counts: packages of two of them keep each other out, but files stay behind. */
function findGenerator(reader: Reader): { name: InitramfsGeneratorName; why?: string } | undefined {
  for (const name of GENERATOR_NAMES) {
    const makes = GENERATORS[name].makesThem(reader);
    if (makes !== false) return { name, ...(makes === true ? {} : makes) };
  }
  return undefined;
}

/** What a person does to make the initrd of a kernel, which lacks one unless `missing` is false. */
export function toMakeInitrd(
  { generator, undriven }: InitramfsFacts,
  { release, name }: Pick<KernelFact, "release" | "name">,
  missing = true,
): string {
  const by = generator.known ? generator.value : undriven;
  if (by === undefined) return `make the initrd of ${release}`;
  return ["sudo", ...GENERATORS[by].command({ does: "make-initrd", by, release, name, missing }).argv].join(
    " ",
  );
}

/** Whether some initrd is made from what stands at this path. */
export function isInitrdSource(path: string): boolean {
  return Object.values(GENERATORS).some(({ sources }) => sources.test(path));
}
