import { attempt, unknown } from "../facts/fact.ts";
import { ifRecorded } from "../facts/unrecorded.ts";
import type { Reader } from "../host/reader.ts";
import type { InitramfsFacts, InitramfsGeneratorName } from "../model/index.ts";
import { initrdPath } from "./debian/layout.ts";
import { initramfsTools } from "./initramfs-tools/generator.ts";
import type { InitramfsGenerator } from "./platform.ts";

/** Every generator that hostcfg can drive. A new one is a folder beside these and a line here. */
export const GENERATORS: Readonly<Record<InitramfsGeneratorName, InitramfsGenerator>> = {
  "initramfs-tools": initramfsTools,
};

const DRACUT = ["/usr/bin/dracut", "/usr/sbin/dracut"];

/** Which program makes initrds here. */
export function readInitramfs(reader: Reader): InitramfsFacts {
  const all = Object.values(GENERATORS);
  const programs = all.map(({ program }) => program).join(" or ");
  const find = () => all.find((one) => one.isThere(reader))?.name;
  const generator = attempt(programs, find, `${programs} is not installed`);
  if (generator.known || !hasDracut(reader)) return { generator };
  return {
    generator: unknown("dracut makes the initrds here, which hostcfg does not drive"),
    undriven: "dracut",
  };
}

function hasDracut(reader: Reader): boolean {
  return DRACUT.some((path) => ifRecorded(() => reader.stat(path)) !== undefined);
}

/** What a person does to make the initrd of a release, which lacks one unless `missing` is false. */
export function toMakeInitrd(
  { generator, undriven }: InitramfsFacts,
  release: string,
  missing = true,
): string {
  if (undriven === "dracut") return `sudo dracut --force ${initrdPath(release)} ${release}`;
  if (!generator.known) return `make the initrd of ${release}`;
  const by = generator.value;
  return ["sudo", ...GENERATORS[by].command({ does: "make-initrd", by, release, missing }).argv].join(" ");
}

/** Whether some initrd is made from what stands at this path. */
export function isInitrdSource(path: string): boolean {
  return Object.values(GENERATORS).some(({ sources }) => sources.test(path));
}
