import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { DriverForm, Fact } from "../model/index.ts";
import { attempt, unknown } from "./fact.ts";

/** Lists of one kernel's modules, a path a line (modules.dep(5), depmod(8)); a capture keeps only what is asked. */
export const MODULE_LISTS = ["modules.builtin", "modules.dep"] as const;

/**
 * How these drivers come with a kernel.
 *
 * @param names Module names with `_`.
 */
export function readDrivers(
  reader: Reader,
  release: Fact<string>,
  names: readonly string[],
): Fact<Readonly<Record<string, DriverForm>>> {
  if (!release.known) return release;
  const folder = `/lib/modules/${release.value}`;
  const [builtIn, modules] = MODULE_LISTS.map((file) => {
    const path = posix.join(folder, file);
    return attempt(path, () => reader.readText(path));
  });
  if (builtIn?.known !== true) return builtIn ?? unknown("no list");
  if (modules?.known !== true) return modules ?? unknown("no list");
  const [inside, outside] = [namesIn(builtIn.value), namesIn(modules.value)];
  const form = (name: string): DriverForm =>
    inside.has(name) ? "built-in" : outside.has(name) ? "module" : "absent";
  return { known: true, value: Object.fromEntries(names.map((name) => [name, form(name)])) };
}

function namesIn(list: string): ReadonlySet<string> {
  return new Set(list.split("\n").flatMap((line) => moduleIn(line) ?? []));
}

/** `kernel/drivers/vfio/pci/vfio-pci.ko.zst: …` is `vfio_pci`. */
function moduleIn(line: string): string | undefined {
  const [path = ""] = line.trim().split(":");
  return /([^/]+)\.ko(?:\.\w+)?$/.exec(path)?.[1]?.replaceAll("-", "_");
}

/** The lines of such a list that are about these modules: all that a capture keeps. */
export function trimModuleList(list: string, names: ReadonlySet<string>): string {
  const kept = list.split("\n").filter((line) => names.has(moduleIn(line) ?? ""));
  return kept.map((line) => `${line.replace(/:.*$/, ":")}\n`).join("");
}
