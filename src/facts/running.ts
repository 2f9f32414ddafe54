import type { Reader } from "../host/reader.ts";
import type { Fact, Running } from "../model/index.ts";
import { attempt } from "./fact.ts";

/** What this boot runs, from proc(5); each unknown where there is no /proc, as in another root. */
export function readRunning(reader: Reader): Running {
  return {
    release: line(reader, "/proc/sys/kernel/osrelease"),
    cmdline: line(reader, "/proc/cmdline"),
    bootId: line(reader, "/proc/sys/kernel/random/boot_id"),
  };
}

function line(reader: Reader, path: string): Fact<string> {
  return attempt(path, () => reader.readText(path)?.trim());
}
