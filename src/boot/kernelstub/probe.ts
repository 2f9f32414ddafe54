import { posix } from "node:path";
import { attempt, known, unknown } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type {
  BootFile,
  EspFacts,
  Fact,
  HostState,
  KernelFact,
  KernelstubConfiguration,
  KernelstubFacts,
  LoaderDefault,
  LoaderEntry,
} from "../../model.ts";
import { hasVariables, readLoaderVariable } from "../efi-variables.ts";
import {
  BUILT_IN_TEXT,
  CONFIGURATION,
  FALLBACK_CONFIGURATION,
  parseConfiguration,
} from "./configuration.ts";
import { loaderSetting, parseEntry } from "../bls/entry-text.ts";

export const PROGRAM = "/usr/bin/kernelstub";
/** Both run `kernelstub --verbose --preserve-live-mode` without paths. */
const HOOKS = ["/etc/kernel/postinst.d/zz-kernelstub", "/etc/initramfs/post-update.d/zz-kernelstub"];

export type KernelstubSurroundings = Pick<HostState, "identity" | "mounts">;

/** kernelstub's files, or undefined on a host that has none. */
export function readKernelstub(reader: Reader, around: KernelstubSurroundings): KernelstubFacts | undefined {
  if (reader.stat(PROGRAM) === undefined && reader.stat(CONFIGURATION) === undefined) return undefined;
  const configuration = readConfiguration(reader);
  const { os } = around.identity;
  const name = os.known ? known(cleanName(os.value.name)) : os;
  const esp = configuration.known
    ? readEsp(reader, configuration.value.espPath, around.mounts)
    : configuration;
  return {
    configuration,
    name,
    esp,
    loaderDefault: esp.known ? readDefault(reader, esp.value.mountPoint) : esp,
    entries: esp.known ? readEntries(reader, esp.value.mountPoint, name) : esp,
    hooks: HOOKS.filter((hook) => reader.stat(hook) !== undefined),
  };
}

/**
 * Adds digests to those kernels that an entry's copies may have been made from: only files of the same size can
 * be equal, and hashing every initrd in /boot would take seconds.
 */
export function withDigests(
  reader: Reader,
  kernels: readonly KernelFact[],
  entries: readonly LoaderEntry[],
): KernelFact[] {
  const copies = entries.flatMap((entry) => [entry.image, entry.initrd]);
  const sizes = new Set(copies.flatMap((copy) => (copy?.sha256?.known === true ? [copy.size] : [])));
  const digested = (file: BootFile): BootFile =>
    sizes.has(file.size) ? { ...file, sha256: digestOf(reader, file.path) } : file;
  return kernels.map((kernel) => ({
    ...kernel,
    ...(kernel.image === undefined ? {} : { image: digested(kernel.image) }),
    ...(kernel.initrd === undefined ? {} : { initrd: digested(kernel.initrd) }),
  }));
}

/** Windows' device names, which kernelstub keeps out of FAT file names. */
const DEVICE_NAMES = ["CON", "PRN", "AUX", "NUL", ...numbered("COM"), ...numbered("LPT")];

/** os-release NAME as kernelstub 3.1.4 uses it in file names, e.g. `Pop!_OS` becomes `Pop_OS`. */
export function cleanName(name: string): string {
  const plain = name
    .replaceAll(" ", "_")
    .replaceAll("~", "-")
    .replace(/[!'<>:"/\\|?*]/g, "");
  return DEVICE_NAMES.reduce((text, device) => text.replaceAll(device, ""), plain);
}

function numbered(prefix: string): string[] {
  return Array.from({ length: 9 }, (_, index) => `${prefix}${index + 1}`);
}

function readConfiguration(reader: Reader): Fact<KernelstubConfiguration> {
  for (const path of [CONFIGURATION, FALLBACK_CONFIGURATION]) {
    const text = attempt(path, () => reader.readText(path) ?? "");
    if (!text.known) return text;
    const stat = reader.stat(path);
    if (stat === undefined) continue;
    const { mode, uid, gid } = stat;
    // A link to it stays a link: what it names is written.
    const real = reader.realPath(path) ?? path;
    return parseConfiguration(real, text.value, path === CONFIGURATION ? { mode, uid, gid } : undefined);
  }
  return parseConfiguration(CONFIGURATION, BUILT_IN_TEXT);
}

function readEsp(reader: Reader, espPath: string, mounts: HostState["mounts"]): Fact<EspFacts> {
  if (!mounts.known) return mounts;
  const mount = mounts.value.findLast((candidate) => candidate.mountPoint === espPath);
  if (mount === undefined) return unknown(`nothing is mounted at ${espPath}, kernelstub's "esp_path"`);
  const freeBytes = attempt(`the free space of ${espPath}`, () => reader.freeBytes(espPath));
  return known({ mountPoint: espPath, type: mount.type, freeBytes });
}

function readDefault(reader: Reader, esp: string): Fact<LoaderDefault> {
  const path = posix.join(esp, "loader/loader.conf");
  const text = attempt(path, () => reader.readText(path) ?? "");
  const variable = readLoaderVariable(reader, "LoaderEntryDefault");
  const oneShot = readLoaderVariable(reader, "LoaderEntryOneShot");
  if (!text.known) return text;
  if (!variable.known) return variable;
  if (!oneShot.known) return oneShot;
  const configured = loaderSetting(text.value, "default");
  return known({
    file: reader.stat(path) !== undefined,
    variablesKnown: hasVariables(reader),
    ...(configured === undefined ? {} : { configured }),
    ...(variable.value === "" ? {} : { variable: variable.value }),
    ...(oneShot.value === "" ? {} : { oneShot: oneShot.value }),
  });
}

function readEntries(reader: Reader, esp: string, name: Fact<string>): Fact<readonly LoaderEntry[]> {
  const folder = posix.join(esp, "loader/entries");
  return attempt(folder, () => {
    const names = reader.list(folder) ?? [];
    return names
      .filter((file) => file.endsWith(".conf"))
      .flatMap((file) => {
        const path = posix.join(folder, file);
        const text = reader.readText(path);
        if (text === undefined) return [];
        const id = file.slice(0, -".conf".length);
        const ours = name.known && [currentId(name.value), oldId(name.value)].includes(id);
        return [toEntry(reader, esp, id, path, text, ours)];
      });
  });
}

export function currentId(name: string): string {
  return `${name}-current`;
}

export function oldId(name: string): string {
  return `${name}-oldkern`;
}

function toEntry(
  reader: Reader,
  esp: string,
  id: string,
  path: string,
  text: string,
  digested: boolean,
): LoaderEntry {
  const { title, linux, initrds, options } = parseEntry(text);
  const [initrd] = initrds;
  const image = linux === undefined ? undefined : bootFile(reader, posix.join(esp, linux), digested);
  const ramdisk = initrd === undefined ? undefined : bootFile(reader, posix.join(esp, initrd), digested);
  return {
    id,
    path,
    ...(title === undefined ? {} : { title }),
    options,
    ...(image === undefined ? {} : { image }),
    ...(ramdisk === undefined ? {} : { initrd: ramdisk }),
  };
}

function bootFile(reader: Reader, path: string, digested: boolean): BootFile | undefined {
  const stat = reader.stat(path);
  if (stat?.kind !== "file") return undefined;
  return { path, size: stat.size, ...(digested ? { sha256: digestOf(reader, path) } : {}) };
}

function digestOf(reader: Reader, path: string): Fact<string> {
  return attempt(path, () => reader.digest(path)?.sha256);
}
