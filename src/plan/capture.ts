import { CUSTOM, GRUB_MENUS, withoutPasswords } from "../boot/grub/probe.ts";
import { ALIAS_LISTS, trimAliasList } from "../facts/driver-aliases.ts";
import { MODULE_LISTS, trimModuleList } from "../facts/drivers.ts";
import { trimBootLog } from "../facts/boot-log.ts";
import { INTERRUPTS, trimInterrupts } from "../facts/interrupts.ts";
import { readHealth, trimNeighbour } from "../facts/health.ts";
import { FSTAB, trimFstab } from "../facts/fstab.ts";
import { POOL_CACHE, UDEV_DATA, trimPoolCache, trimUdevData } from "../facts/zfs-pools.ts";
import type { Capture, CapturedPath } from "../host/capture.ts";
import { LinkReader } from "../host/link-reader.ts";
import type { Reader } from "../host/reader.ts";
import { BOOT_LOG_QUERIES } from "../host/queries.ts";
import { HostError } from "../host/reader.ts";
import { RecordingTree } from "../host/recorder.ts";
import type { Tree } from "../host/tree.ts";
import type { Diagnostic } from "../model/index.ts";
import { PCI_IDS_PATHS, trimPciIds } from "../pci/ids.ts";
import { BOOT_TIME, bootTimeLine } from "../facts/running.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { checkBoot } from "./check.ts";
import { readForDoctor } from "./doctor-facts.ts";
import { NOTHING_DECLARED, probe } from "./probe.ts";
import { PLATFORMS } from "../platform/platforms.ts";
import { readJson, whyRefused } from "../facts/read-document.ts";

/**
 * Records all that a plan reads of a host.
 *
 * @param spec Also records the paths that this spec names.
 */
export async function takeCapture(
  tree: Tree,
  spec: HostSpec | undefined,
  hostcfgVersion: string,
  now: Date,
): Promise<Capture> {
  const recorder = new RecordingTree(tree);
  const reader = new LinkReader(recorder);
  const state = await probe(reader, spec ?? NOTHING_DECLARED);
  // `hostcfg check` asks this, and no plan does.
  const bootable = await checkBoot({
    reader,
    state,
    ...(spec?.bootLoader === undefined ? {} : { declared: spec.bootLoader }),
  });
  // Nor this, which `hostcfg verify` asks.
  if (spec !== undefined) await readHealth(reader, spec, state);
  // Nor this, which `hostcfg doctor` asks.
  await readForDoctor(reader, state, bootable);
  const { paths, queries } = recorder.recorded();
  const devices = state.pci.known ? state.pci.value : [];
  const modules = new Set(state.vfio?.drivers.known === true ? Object.keys(state.vfio.drivers.value) : []);
  const fstab = whereItIs(reader, FSTAB);
  const menus = [...GRUB_MENUS, CUSTOM].map((path) => whereItIs(reader, path));
  const managers = Object.values(PLATFORMS).map(({ packages }) => packages);
  const spaces = new Set(devices.map(({ path }) => `${path}/config`));
  const trimmed = Object.entries(paths).map(([path, entry]): [string, CapturedPath] => {
    // Options of other mounts may hold a password (mount.cifs(8)), and a capture is sent to others.
    if (path === fstab) return [path, trim(entry, trimFstab)];
    if (menus.includes(path)) return [path, trim(entry, withoutPasswords)];
    if (path === INTERRUPTS) return [path, trim(entry, trimInterrupts)];
    if (path === BOOT_TIME) return [path, trim(entry, bootTimeLine)];
    if (MODULE_LISTS.some((name) => path.endsWith(`/${name}`)))
      return [path, trim(entry, (text) => trimModuleList(text, modules))];
    if (ALIAS_LISTS.some((name) => path.endsWith(`/${name}`)))
      return [path, trim(entry, (text) => trimAliasList(text, devices))];
    const shorten = managers.map((manager) => manager.shortened(path)).find((one) => one !== undefined);
    if (shorten !== undefined) return [path, trim(entry, shorten)];
    // The whole list has a million and a half bytes; the names of this host's devices are all that plans read.
    if (PCI_IDS_PATHS.some((file) => file === path))
      return [path, trim(entry, (text) => trimPciIds(text, devices))];
    if (path.startsWith(`${UDEV_DATA}/`)) return [path, trim(entry, trimUdevData)];
    if (path === POOL_CACHE) return [path, trimHead(entry, trimPoolCache)];
    // 4 KB each, of which a few hundred bytes are not zero; readers take what is missing for zeros.
    if (spaces.has(path)) return [path, trimHead(entry, withoutZerosAtEnd)];
    // A file that somebody put a hash into where none is expected.
    return [path, contentOf(entry).includes("grub.pbkdf2") ? trim(entry, withoutPasswords) : entry];
  });
  return {
    formatVersion: "1.0",
    hostcfgVersion,
    takenAt: now.toISOString(),
    privileged: tree.privileged,
    paths: Object.fromEntries(trimmed),
    queries: queries.map(withoutSecrets),
  };
}

/** A kernel's log tells serial numbers and more; what it says of its options is all that plans read. */
function withoutSecrets({ argv, answer }: Capture["queries"][number]): Capture["queries"][number] {
  if (!answer.ran) return { argv, answer };
  const words = argv.join("\0");
  const isLog = BOOT_LOG_QUERIES.some((query) => query.join("\0") === words);
  const stdout = isLog ? trimBootLog(answer.stdout) : trimNeighbour(answer.stdout);
  return { argv, answer: { ...answer, stdout } };
}

/** Captures name files by their canonical paths. */
function whereItIs(reader: Reader, path: string): string | undefined {
  try {
    return reader.realPath(path);
  } catch (error) {
    // What cannot be found was not read either.
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

function withoutZerosAtEnd(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

function trimHead(
  { head, ...entry }: CapturedPath,
  shorten: (bytes: Uint8Array) => Uint8Array,
): CapturedPath {
  if (head === undefined) return entry;
  const kept = shorten(Buffer.from(head, "base64"));
  return { ...entry, size: kept.length, head: Buffer.from(kept).toString("base64") };
}

function contentOf({ text, base64 = "" }: CapturedPath): string {
  return text ?? Buffer.from(base64, "base64").toString("latin1");
}

function trim({ text, base64, ...entry }: CapturedPath, shorten: (content: string) => string): CapturedPath {
  if (text !== undefined) {
    const kept = shorten(text);
    return { ...entry, size: Buffer.byteLength(kept), text: kept };
  }
  if (base64 === undefined) return entry;
  // Not UTF-8: a character for each byte brings every byte back as it was.
  const kept = Buffer.from(shorten(Buffer.from(base64, "base64").toString("latin1")), "latin1");
  return { ...entry, size: kept.length, base64: kept.toString("base64") };
}

export type ReadCapture = { readonly capture: Capture } | { readonly diagnostics: readonly Diagnostic[] };

export async function readCapture(bytes: Uint8Array): Promise<ReadCapture> {
  // Large, and few commands need it.
  const { default: validate } = await import("../host/validate-capture.gen.js");
  const isCapture = (document: unknown): document is Capture => validate(document);
  const document = readJson(bytes);
  if (isCapture(document)) return { capture: document };
  const why = whyRefused(document, validate.errors);
  return {
    diagnostics: [
      {
        severity: "error",
        code: "not-a-capture",
        summary: `this is not a capture that hostcfg can read: ${why}`,
        hint: "take one on the host with: sudo hostcfg capture host.yaml --out host.capture.json",
      },
    ],
  };
}
