import { describe, expect, it } from "vitest";
import { lockPathOf, readLock } from "../../src/plan/lock-file.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

describe("where the lock of a spec is", () => {
  it.each([
    ["/etc/hostcfg/host.yaml", "/etc/hostcfg/host.lock.json"],
    ["/x/gpu.box.yml", "/x/gpu.box.lock.json"],
    ["/x/host.json", "/x/host.lock.json"],
    ["/x/host", "/x/host.lock.json"],
    ["/x.d/.host", "/x.d/.host.lock.json"],
    ["/host.yaml", "/host.lock.json"],
  ])("%s has %s", (spec, lock) => {
    expect(lockPathOf(spec)).toBe(lock);
  });
});

const read = (files: Record<string, Content>) => readLock(readerOf(files), "/specs/host.yaml");
const LOCK = "/specs/host.lock.json";
const CARD = { function: 0, id: "10de:2206", subsystem: "10de:1467" };
const DEVICE = { rootBus: "0000:00", path: "03.2/00", slot: "0000:0d:00", functions: [CARD] };
const lockOf = (device: object): string =>
  JSON.stringify({ formatVersion: "1.0", devices: { "vm-gpu": device } });

describe("the lock beside a spec", () => {
  it("is nothing where there is no such file, nor such a folder", async () => {
    expect(await read({ "/specs/host.yaml": "" })).toBeUndefined();
    expect(await read({})).toBeUndefined();
  });

  it("is read", async () => {
    expect(await read({ [LOCK]: lockOf(DEVICE) })).toEqual({
      path: LOCK,
      content: { known: true, value: { formatVersion: "1.0", devices: { "vm-gpu": DEVICE } } },
    });
  });

  it.each<[string, Content, string]>([
    ["empty", "", "it is no JSON, perhaps cut off"],
    ["cut off", '{"formatVersion": "1.0", "dev', "it is no JSON, perhaps cut off"],
    ["in the middle of a merge", `<<<<<<< HEAD\n${lockOf(DEVICE)}`, "it is no JSON, perhaps cut off"],
    ["of a newer hostcfg", '{"formatVersion": "2.0", "devices": {}}', "format 2.0; this hostcfg reads 1.0"],
    ["another document", '{"a": 1}', "it has no formatVersion"],
    ["without its devices", '{"formatVersion": "1.0"}', "something is missing or was edited at its top"],
    [
      "with an address that is none",
      lockOf({ ...DEVICE, slot: "0d:00" }),
      "something is missing or was edited at /devices/vm-gpu/slot",
    ],
    [
      "without a card",
      lockOf({ ...DEVICE, functions: [] }),
      "something is missing or was edited at /devices/vm-gpu/functions",
    ],
    ["a link, wherever it leads", { link: "/etc/shadow" }, "it is no regular file"],
    ["a folder", { folder: true }, "it is no regular file"],
    ["a pipe", { kind: "other" }, "it is no regular file"],
    ["huge", { kind: "file", size: (1 << 20) + 1 }, "it is larger than 1 MiB"],
    ["not to be read", { kind: "file", error: "EACCES" }, `reading ${LOCK} needs root`],
  ])("is unknown with the reason where it is %s", async (_what, content, why) => {
    expect(await read({ [LOCK]: content })).toEqual({ path: LOCK, content: { known: false, why } });
  });
});
