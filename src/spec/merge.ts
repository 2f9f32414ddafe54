import { posix } from "node:path";
import { parseOption } from "../cmdline.ts";
import type { SpecPath } from "../model/index.ts";
import type { Mapping } from "./document.ts";
import { isMapping, valueAt } from "./document.ts";
import type { Place } from "./places.ts";
import type { Resolved } from "./resolve.ts";

/**
 * A host's spec over the base that it includes. docs/include.md says these rules to users:
 *
 * 1. Mappings are joined key by key. What both have, the host's value decides.
 * 2. A list is one value, and so is the selector of a device: half of one selector says nothing.
 * 3. Kernel options are joined by their names: the host's options of a name, in `present` or `absent`, take the place of
 *    all of the base's of that name in both lists. The others of the base come first, as they stand there.
 *
 * `apiVersion` and `include` are each file's own.
 */
export function mergedOver(base: Resolved, host: Resolved): Resolved {
  return join(without(base, ["apiVersion", "include"]), host, []);
}

/** The packages of a base name files beside it; in the merged spec, names start at the host's file. */
export function withPackagesFrom(base: Resolved, folder: string): Resolved {
  const packages: unknown = valueAt(base.value, ["kernel", "packages"]);
  if (!Array.isArray(packages) || folder === ".") return base;
  const moved = packages.map((entry: unknown) => {
    const file = valueAt(entry, ["file"]);
    if (!isMapping(entry) || typeof file !== "string" || file === "" || posix.isAbsolute(file)) return entry;
    return { ...entry, file: posix.join(folder, file) };
  });
  const kernel = valueAt(base.value, ["kernel"]);
  const value = { ...mappingOf(base), kernel: { ...(isMapping(kernel) ? kernel : {}), packages: moved } };
  return { value, place: base.place };
}

function join(base: Resolved, host: Resolved, path: SpecPath): Resolved {
  if (!isMapping(base.value) || !isMapping(host.value) || isOneValue(path)) return host;
  const under = path.join(".") === "kernelOptions" ? withoutRivals(base, host) : base;
  const keys = [...new Set([...Object.keys(mappingOf(under)), ...Object.keys(host.value)])];
  const entries = keys.flatMap((key): [string, Resolved][] => {
    const [below, above] = [childOf(under, key), childOf(host, key)];
    const joined =
      below === undefined || above === undefined
        ? (above ?? below)
        : isOptionList([...path, key])
          ? appended(below, above)
          : join(below, above, [...path, key]);
    return joined === undefined ? [] : [[key, joined]];
  });
  return {
    value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
    place: { ...host.place, children: new Map(entries.map(([key, { place }]) => [key, place])) },
  };
}

function isOneValue([section, ...inside]: SpecPath): boolean {
  return section === "devices" && inside.length === 1;
}

function isOptionList(path: SpecPath): boolean {
  return path.length === 2 && path[0] === "kernelOptions" && OPTION_LISTS.some((list) => list === path[1]);
}

const OPTION_LISTS = ["present", "absent"] as const;

/** The base without the options that the host names itself. */
function withoutRivals(base: Resolved, host: Resolved): Resolved {
  const own = new Set(OPTION_LISTS.flatMap((list) => itemsOf(childOf(host, list)).flatMap(optionName)));
  return OPTION_LISTS.reduce((found, list) => {
    const options = childOf(found, list);
    if (options === undefined || !Array.isArray(options.value)) return found;
    const kept = itemsOf(options).filter((item) => !optionName(item).some((name) => own.has(name)));
    return withChild(found, list, kept.length === 0 ? undefined : listOf(kept, options.place));
  }, base);
}

function optionName({ value }: Resolved): string[] {
  return typeof value === "string" ? [parseOption(value).name] : [];
}

/** Where one of the two is no list, what the host has is judged. */
function appended(base: Resolved, host: Resolved): Resolved {
  if (!Array.isArray(base.value) || !Array.isArray(host.value)) return host;
  return listOf([...itemsOf(base), ...itemsOf(host)], host.place);
}

function listOf(items: readonly Resolved[], place: Place): Resolved {
  return {
    value: items.map(({ value }) => value),
    place: { ...place, children: new Map(items.map((item, index) => [index, item.place])) },
  };
}

function itemsOf(list: Resolved | undefined): Resolved[] {
  if (list === undefined || !Array.isArray(list.value)) return [];
  return list.value.flatMap((_, index) => childOf(list, index) ?? []);
}

function childOf({ value, place }: Resolved, step: string | number): Resolved | undefined {
  const child = place.children?.get(step);
  return child === undefined ? undefined : { value: valueAt(value, [step]), place: child };
}

function without(resolved: Resolved, keys: readonly string[]): Resolved {
  return keys.reduce((left, key) => withChild(left, key, undefined), resolved);
}

/** `undefined` takes the child away. */
function withChild(resolved: Resolved, key: string, child: Resolved | undefined): Resolved {
  const values = Object.entries(mappingOf(resolved)).filter(([name]) => name !== key);
  const places = [...(resolved.place.children ?? [])].filter(([name]) => name !== key);
  return {
    value: Object.fromEntries([...values, ...(child === undefined ? [] : [[key, child.value] as const])]),
    place: {
      ...resolved.place,
      children: new Map([...places, ...(child === undefined ? [] : [[key, child.place] as const])]),
    },
  };
}

function mappingOf({ value }: Resolved): Mapping {
  return isMapping(value) ? value : {};
}
