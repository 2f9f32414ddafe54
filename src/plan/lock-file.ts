import { posix } from "node:path";
import { attempt, known, unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { DeviceLock, DeviceLockFile, Fact, HostState } from "../model/index.ts";
import { lockOf } from "../pci/device-lock.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { readJson, whyRefused } from "../facts/read-document.ts";

/** Bytes; a lock of ten devices has some two thousand. */
const MOST_BYTES = 1 << 20;

/** Where the lock of a spec is: `/x/host.yaml` has `/x/host.lock.json`. */
export function lockPathOf(specPath: string): string {
  const { dir, name } = posix.parse(specPath);
  return posix.join(dir, `${name}.lock.json`);
}

/**
 * Reads the lock beside a spec, on the machine that runs hostcfg; `undefined` where there is none. What is there and
 * is no lock is an unknown content with the reason, never a failure.
 *
 * @param specPath Absolute.
 */
export async function readLock(workspace: Reader, specPath: string): Promise<DeviceLockFile | undefined> {
  const path = lockPathOf(specPath);
  const there = attempt(path, () => workspace.lstat(path) ?? "absent");
  if (!there.known) return { path, content: there };
  const stat = there.value;
  if (stat === "absent") return undefined;
  // A link would make apply, which runs as root, report of a file that the folder's owner may not read.
  if (stat.kind !== "file") return { path, content: unknown("it is no regular file") };
  if (stat.size > MOST_BYTES) return { path, content: unknown("it is larger than 1 MiB") };
  const bytes = attempt(path, () => workspace.readFile(path));
  return { path, content: bytes.known ? await parseLock(bytes.value) : bytes };
}

async function parseLock(bytes: Uint8Array): Promise<Fact<DeviceLock>> {
  // Large, and few commands need it.
  const { default: validate } = await import("./validate-lock.gen.js");
  const isLock = (document: unknown): document is DeviceLock => validate(document);
  const document = readJson(bytes);
  return isLock(document) ? known(document) : unknown(whyRefused(document, validate.errors));
}

/** What the lock shall say; `undefined` where no name under `devices` is known to mean a card. */
export function lockNow(spec: HostSpec, state: HostState): DeviceLock | undefined {
  if (spec.devices === undefined || !state.pci.known) return undefined;
  const lock = lockOf(resolveDevices(spec.devices, state.pci.value).byName.values());
  return Object.keys(lock.devices).length === 0 ? undefined : lock;
}
