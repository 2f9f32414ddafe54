import { afterEach, beforeEach, describe, expect, it } from "vitest";
import fs from "node:fs";
import { join } from "node:path";
import { VERIFIED } from "../../src/facts/state-folder.ts";
import type { Finding } from "../../src/model/index.ts";
import { readRecord, recordVerification } from "../../src/verify-at-boot/record.ts";
import { FaultyHost } from "../support/faulty-host.ts";
import { readerOf } from "../support/host.ts";
import { BootVerifiedHost } from "../support/verify-at-boot.ts";

const FINDINGS: readonly Finding[] = [
  { address: "kernel.release", status: "satisfied", reason: "it runs", offenders: [] },
  { address: "kernelOptions.quiet", status: "unsatisfied", reason: "it is not there", offenders: [] },
];
const RUNNING = {
  "/proc/sys/kernel/random/boot_id": { kind: "file", text: "b-1\n" },
  "/proc/sys/kernel/osrelease": { kind: "file", text: "6.1.0\n" },
} as const;

let on: BootVerifiedHost;
beforeEach(() => {
  on = new BootVerifiedHost({ paths: RUNNING });
});
afterEach(() => {
  on.remove();
});

const common = { spec: { path: "/s", sha256: "a".repeat(64) }, hostcfgVersion: "0.0.0", now: new Date(0) };
const unsatisfied = { status: "unsatisfied", findings: FINDINGS } as const;

describe("the record of a verification", () => {
  it("is read back with what is not satisfied, and with the boot that it was of", async () => {
    expect(recordVerification({ host: on.host, ...common, verified: unsatisfied })).toBeUndefined();
    expect(await readRecord(on.host.reader())).toEqual({
      known: true,
      value: {
        formatVersion: "1.0",
        hostcfgVersion: "0.0.0",
        at: "1970-01-01T00:00:00.000Z",
        bootId: { known: true, value: "b-1" },
        release: { known: true, value: "6.1.0" },
        spec: { path: "/s", sha256: "a".repeat(64) },
        verdict: "unsatisfied",
        findings: [FINDINGS[1]],
      },
    });
    expect(fs.statSync(join(on.root, VERIFIED)).mode & 0o777).toBe(0o600);
  });

  it("says why there is no verdict", async () => {
    recordVerification({ host: on.host, ...common, verified: { why: "the spec is gone" } });
    expect(await readRecord(on.host.reader())).toMatchObject({
      value: { verdict: "failed", why: "the spec is gone" },
    });
  });

  it("stays as it was when the new one cannot be written, which is a warning", async () => {
    recordVerification({ host: on.host, ...common, verified: unsatisfied });
    const before = await readRecord(on.host.reader());
    const full = new FaultyHost(on.host, { at: 2, code: "ENOSPC" });
    expect(
      recordVerification({ host: full, ...common, verified: { status: "satisfied", findings: [] } }),
    ).toMatchObject({ severity: "warning", code: "verify-not-recorded" });
    expect(await readRecord(on.host.reader())).toEqual(before);
  });

  it("of a later hostcfg is read with what this one knows of it", async () => {
    recordVerification({ host: on.host, ...common, verified: unsatisfied });
    const document = JSON.parse(fs.readFileSync(join(on.root, VERIFIED), "utf8")) as object;
    const later = { ...document, formatVersion: "1.3", trial: { returnsTo: "x" } };
    expect(await readRecord(readerOf({ [VERIFIED]: JSON.stringify(later) }))).toMatchObject({
      known: true,
      value: { verdict: "unsatisfied" },
    });
  });

  it.each([
    ["{", "it is no JSON, perhaps cut off"],
    ["{}", "it has no formatVersion"],
    ['{"formatVersion":"2.0"}', "format 2.0; this hostcfg reads 1.0"],
  ])("that is damaged is unknown: %s", async (text, why) => {
    expect(await readRecord(readerOf({ [VERIFIED]: text }))).toEqual({ known: false, why });
  });

  it("is none where nothing was recorded", async () => {
    expect(await readRecord(readerOf({ "/var/lib": { folder: true } }))).toBeUndefined();
  });
});
