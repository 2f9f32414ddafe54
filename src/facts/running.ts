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

/** Its line `btime` says when the boot began, in seconds since 1970 (proc_stat(5)); the others are of no use. */
export const BOOT_TIME = "/proc/stat";

export function bootTimeLine(text: string): string {
  return `${/^btime \d+$/m.exec(text)?.[0] ?? ""}\n`;
}

/** Whether the file was written since this boot began. */
export function madeSinceBoot(reader: Reader, path: string): Fact<boolean> {
  return attempt("when this boot began", () => {
    const [, seconds] = (reader.readText(BOOT_TIME) ?? "").split(/btime (\d+)/);
    const made = reader.modifiedAt(path);
    // By a clock that was set back since, nobody can tell.
    if (seconds === undefined || made === undefined || made > reader.now()) return undefined;
    return made > Number(seconds) * 1000;
  });
}
