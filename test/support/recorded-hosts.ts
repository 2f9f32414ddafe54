import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Capture } from "../../src/host/capture.ts";
import validateCapture from "../../src/host/validate-capture.gen.js";

/** test/hosts: each folder is a recorded host, with its `capture.json` and the spec for it. */
export const HOSTS_FOLDER = fileURLToPath(new URL("../hosts", import.meta.url));

export interface RecordedHost {
  /** Its folder's name. */
  readonly name: string;
  readonly folder: string;
  /** Its host.yaml. */
  readonly spec: string;
  /** Its host.lock.json, where there is one. */
  readonly lock?: string;
  readonly capture: Capture;
}

/** All of them, found by listing the folder, so that a new one is tested without a line of code. */
export function recordedHosts(): readonly RecordedHost[] {
  return readdirSync(HOSTS_FOLDER)
    .sort()
    .map((name) => recordedHost(name));
}

const read = new Map<string, RecordedHost>();

/** For who has changed the recorded hosts. */
export function forgetRecordedHosts(): void {
  read.clear();
}

/** @param hosts Where test/hosts is, for a bundle, which stands elsewhere than this file. */
export function recordedHost(name: string, hosts = HOSTS_FOLDER): RecordedHost {
  const folder = join(hosts, name);
  const known = read.get(folder) ?? readHost(name, folder);
  read.set(folder, known);
  return known;
}

function readHost(name: string, folder: string): RecordedHost {
  const lock = join(folder, "host.lock.json");
  return {
    name,
    folder,
    spec: join(folder, "host.yaml"),
    ...(existsSync(lock) ? { lock } : {}),
    capture: readCapture(join(folder, "capture.json")),
  };
}

/**
 * What differs on pop-x570 after the reboot into the patched kernel, in the format of a capture: only the paths
 * that changed, to be laid over the tree after apply.
 */
export function afterReboot(hosts = HOSTS_FOLDER): Pick<Capture, "paths"> {
  return readCapture(join(hosts, "pop-x570", "after-reboot.json"));
}

/**
 * A capture without the PCI devices and their groups, which are most of its paths: for tests of what happens to
 * files, which are many times faster for it.
 */
export function withoutDevices(capture: Pick<Capture, "paths">): Pick<Capture, "paths"> {
  const devices = /^\/sys\/(devices|bus|kernel)\//;
  return { paths: Object.fromEntries(Object.entries(capture.paths).filter(([path]) => !devices.test(path))) };
}

function readCapture(path: string): Capture {
  const document: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isCapture(document))
    throw new Error(`${path} is no capture: ${JSON.stringify(validateCapture.errors)}`);
  // One reading is given to many tests.
  return frozen(document);
}

function isCapture(document: unknown): document is Capture {
  return validateCapture(document);
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
