import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fact, PciDevice } from "../model/index.ts";
import { attempt } from "./fact.ts";

/** Which devices each module of a kernel takes: `alias PATTERN MODULE` (depmod(8)), and the same of what is built in. */
export const ALIAS_LISTS = ["modules.alias", "modules.builtin.modinfo"] as const;

type Ids = Pick<PciDevice, "vendor" | "device" | "subsystemVendor" | "subsystemDevice" | "class">;

/**
 * The modules of a kernel, with `_`, that udev would load for a device, or that are inside of the kernel and take it,
 * whatever has it now: once a device is vfio-pci's, nothing else tells whose it would be. Empty where no list is there.
 */
export function aliasReader(reader: Reader, release: Fact<string>): (device: Ids) => readonly string[] {
  if (!release.known) return () => [];
  const entries = ALIAS_LISTS.flatMap((name) => {
    const path = posix.join("/lib/modules", release.value, name);
    const list = attempt(path, () => reader.readText(path));
    return list.known ? linesOf(list.value).flatMap((line) => aliasIn(line) ?? []) : [];
  });
  return (device) => {
    const alias = aliasOf(device);
    const found = entries.filter(({ pattern }) => matches(pattern, alias));
    return [...new Set(found.map(({ module }) => module.replaceAll("-", "_")))].sort();
  };
}

/** The lines of such a list that are about these devices: all that a capture keeps. */
export function trimAliasList(list: string, devices: readonly Ids[]): string {
  const own = devices.map(aliasOf);
  return linesOf(list)
    .filter((line) => own.some((alias) => matches(aliasIn(line)?.pattern ?? "", alias)))
    .map((line) => `${line}\n`)
    .join("");
}

/** modules.builtin.modinfo ends its entries with NUL. */
function linesOf(list: string): string[] {
  return list.split(/[\n\0]/).filter((line) => line.includes("pci:v"));
}

function aliasIn(line: string): { readonly pattern: string; readonly module: string } | undefined {
  const [, pattern, module] = /^alias (pci:\S+) (\S+)$/.exec(line) ?? [];
  if (pattern !== undefined && module !== undefined) return { pattern, module };
  const [, inside, builtIn] = /^([^.=]+)\.alias=(pci:\S+)$/.exec(line) ?? [];
  return inside === undefined || builtIn === undefined ? undefined : { pattern: builtIn, module: inside };
}

/** As the kernel makes a modalias (pci_uevent in drivers/pci/pci-driver.c). */
function aliasOf({ vendor, device, subsystemVendor, subsystemDevice, class: code }: Ids): string {
  const [v, d, sv, sd] = [vendor, device, subsystemVendor, subsystemDevice].map((id) =>
    id.toUpperCase().padStart(8, "0"),
  );
  const upper = code.toUpperCase();
  return `pci:v${v}d${d}sv${sv}sd${sd}bc${upper.slice(0, 2)}sc${upper.slice(2, 4)}i${upper.slice(4, 6)}`;
}

/** fnmatch(3), of which these patterns use the star alone. */
function matches(pattern: string, alias: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return alias === pattern;
  if (!alias.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? "";
  for (const part of rest) {
    const found = alias.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return alias.length - at >= last.length && alias.endsWith(last);
}
