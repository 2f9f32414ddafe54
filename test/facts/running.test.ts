import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { readRunning } from "../../src/facts/running.ts";
import { readerOf } from "../support/host.ts";

describe("readRunning", () => {
  it("reads this boot's kernel, options and id", () => {
    const reader = readerOf({
      "/proc/sys/kernel/osrelease": "5.3.0-acso\n",
      "/proc/cmdline": 'root=UUID=1 ro  quiet dyndbg="file a.c +p"\n',
      "/proc/sys/kernel/random/boot_id": "7b5c3a52-3b1e-4d65-b7a5-0f6a1b2c3d4e\n",
    });
    expect(readRunning(reader)).toEqual({
      release: known("5.3.0-acso"),
      cmdline: known('root=UUID=1 ro  quiet dyndbg="file a.c +p"'),
      bootId: known("7b5c3a52-3b1e-4d65-b7a5-0f6a1b2c3d4e"),
    });
  });

  it("knows a boot without options", () => {
    expect(readRunning(readerOf({ "/proc/cmdline": "\n" })).cmdline).toEqual(known(""));
  });

  it("knows nothing of a root that does not run", () => {
    expect(readRunning(readerOf({ "/proc": { folder: true } }))).toEqual({
      release: unknown("/proc/sys/kernel/osrelease is not there"),
      cmdline: unknown("/proc/cmdline is not there"),
      bootId: unknown("/proc/sys/kernel/random/boot_id is not there"),
    });
  });
});
