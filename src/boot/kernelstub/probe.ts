import { posix } from "node:path";
import { attempt, known } from "../../facts/fact.ts";
import { readTextFiles } from "../../facts/text-files.ts";
import type { Reader } from "../../host/reader.ts";
import type {
  Fact,
  HostState,
  KernelstubConfiguration,
  KernelstubFacts,
  LoaderEntry,
  PinFiles,
  PinnedCopy,
} from "../../model/index.ts";
import { readCopies } from "../bls/copies.ts";
import { readEntries } from "../bls/entries.ts";
import { loaderConf, readDefault } from "../bls/loader-default.ts";
import { readOtherEntries } from "../bls/other-entries.ts";
import { readEsp } from "../bls/partition.ts";
import { BUILT_IN_TEXT, CONFIGURATION, FALLBACK_CONFIGURATION, parseConfiguration } from "./configuration.ts";
import { COPY_NAMES, isOurs, pinFolder, pinHooks } from "./pin-files.ts";

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
    ? readEsp(reader, around.mounts, configuration.value.espPath, noEsp(configuration.value.espPath))
    : configuration;
  const entries = esp.known
    ? readEntries(reader, esp.value.mountPoint, (id) => isKernelstubs(id, name) || isOurs(id))
    : esp;
  const others = esp.known ? readOtherEntries(reader, [esp.value.mountPoint]) : [];
  return {
    configuration,
    name,
    esp,
    loaderDefault: esp.known ? readDefault(reader, esp.value.mountPoint) : esp,
    entries,
    ...(others.length === 0 ? {} : { others }),
    hooks: HOOKS.filter((hook) => reader.stat(hook) !== undefined),
    pins: esp.known ? readPins(reader, esp.value.mountPoint, entries) : esp,
  };
}

function readPins(reader: Reader, esp: string, entries: Fact<readonly LoaderEntry[]>): Fact<PinFiles> {
  if (!entries.known) return entries;
  const ours = entries.value.filter(({ id }) => isOurs(id));
  const paths = [loaderConf(esp), ...ours.map(({ path }) => path), ...pinHooks(esp).map(({ path }) => path)];
  const texts = readTextFiles(reader, paths, "the files of hostcfg's own entries");
  if (!texts.known) return texts;
  const copies = readPinnedCopies(reader, esp, ours);
  return copies.known ? known({ texts: texts.value, copies: copies.value }) : copies;
}

function readPinnedCopies(
  reader: Reader,
  esp: string,
  entries: readonly LoaderEntry[],
): Fact<readonly PinnedCopy[]> {
  const folder = pinFolder(esp, "");
  return attempt(folder, () => {
    const releases = reader.list(folder) ?? [];
    const paths = releases.flatMap((release) =>
      Object.values(COPY_NAMES).map((name) => posix.join(folder, release, name)),
    );
    return readCopies(reader, paths, entries);
  });
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

function noEsp(espPath: string): string {
  return `nothing is mounted at ${espPath}, kernelstub's "esp_path"`;
}

function isKernelstubs(id: string, name: Fact<string>): boolean {
  return name.known && [currentId(name.value), oldId(name.value)].includes(id);
}

export function currentId(name: string): string {
  return `${name}-current`;
}

export function oldId(name: string): string {
  return `${name}-oldkern`;
}
