import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import type { DeviceLockFile, Diagnostic, HostState } from "../../src/model/index.ts";
import { makePlan } from "../../src/plan/make.ts";
import { verify } from "../../src/plan/verify.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { pciDevice } from "../pci/support/device.ts";
import { stateOf } from "../pci/support/state.ts";

const CARD = pciDevice({
  address: "0000:01:00.0",
  path: "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0",
});
const SPEC: HostSpec = {
  apiVersion: "hostcfg/v1",
  devices: { nic: { id: "1af4:1041" } },
  iommuGroups: { isolated: ["nic"] },
};

function lockAt(path: string): DeviceLockFile {
  const functions = [{ function: 0, id: "1af4:1041", subsystem: "1af4:1100" }];
  const nic = { rootBus: "0000:00", path, slot: "0000:02:00", functions };
  return { path: "/specs/host.lock.json", content: known({ formatVersion: "1.0", devices: { nic } }) };
}

const DAMAGED: DeviceLockFile = {
  path: "/specs/host.lock.json",
  content: unknown("format 2.0; this hostcfg reads 1.0"),
};

function observed(lock?: DeviceLockFile, spec = SPEC, state: HostState = stateOf({ devices: [CARD] })) {
  const source = { path: "/specs/host.yaml", sha256: "0", spec, diagnostics: [], locate: () => undefined };
  return { source, state, debs: [], ...(lock === undefined ? {} : { lock }) };
}

const planned = (...args: Parameters<typeof observed>): readonly Diagnostic[] =>
  makePlan({ ...observed(...args), hostcfgVersion: "0" }).diagnostics;
const ofLock = (diagnostics: readonly Diagnostic[]) =>
  diagnostics
    .filter(({ code }) => /^(lock|device)-/.test(code))
    .map(({ severity, code }) => [severity, code]);

describe("the lock in a plan", () => {
  it.each<[string, DeviceLockFile | undefined, string[][]]>([
    ["is not missed", undefined, []],
    ["that says the same is silent", lockAt("01.0/00"), []],
    ["shows that a card moved", lockAt("1c.0/00"), [["warning", "device-moved"]]],
    ["that cannot be read is an error", DAMAGED, [["error", "lock-unreadable"]]],
  ])("%s", (_what, lock, expected) => {
    expect(ofLock(planned(lock))).toEqual(expected);
  });

  it("names the file and the remedy where it cannot be read", () => {
    expect(planned(DAMAGED).find(({ code }) => code === "lock-unreadable")).toMatchObject({
      summary: "the lock file host.lock.json cannot be used: format 2.0; this hostcfg reads 1.0",
      hint: expect.stringContaining("restore it from version control") as string,
      specPath: ["devices"],
    });
  });

  it("is nothing to a spec without devices", () => {
    expect(ofLock(planned(DAMAGED, { apiVersion: "hostcfg/v1" }))).toEqual([]);
  });

  it("is not judged where the devices are unknown", () => {
    expect(ofLock(planned(lockAt("1c.0/00"), SPEC, { ...stateOf({}), pci: unknown("no sysfs") }))).toEqual(
      [],
    );
  });

  it("says where a device was last that is not found", () => {
    const found = planned(lockAt("1c.0/00"), SPEC, stateOf({ devices: [] }));
    expect(found.find(({ code }) => code === "device-not-found")?.detail).toBe(
      "host.lock.json has it at 02:00 (path 1c.0/00): card 1af4:1041, board 1af4:1100",
    );
  });
});

describe("the lock in a verification", () => {
  it.each([
    ["device-moved", lockAt("1c.0/00")],
    ["lock-unreadable", DAMAGED],
  ])("gives %s as a warning", (code, lock) => {
    expect(ofLock(verify(observed(lock)).diagnostics)).toEqual([["warning", code]]);
  });

  it("warns that a card moved while the plan has changes too", () => {
    const kernel = { release: "6.1.0-25-amd64" };
    const links = { "/vmlinuz": "boot/vmlinuz-6.1.0-25-amd64" };
    const spec: HostSpec = { ...SPEC, kernel, bootSymlinks: links };
    const file = { path: "/boot/vmlinuz-6.1.0-25-amd64", size: 1 };
    const state: HostState = {
      ...stateOf({ devices: [CARD] }),
      bootPaths: [
        { path: "/vmlinuz", kind: "absent" },
        { path: "/", kind: "directory" },
        { path: "/boot/vmlinuz-6.1.0-25-amd64", kind: "file" },
      ],
      mounts: known([]),
      kernels: known([{ release: kernel.release, image: file, initrd: file, config: true, modules: true }]),
    };
    expect(
      makePlan({ ...observed(lockAt("1c.0/00"), spec, state), hostcfgVersion: "0" }).changes,
    ).not.toEqual([]);
    expect(ofLock(verify(observed(lockAt("1c.0/00"), spec, state)).diagnostics)).toContainEqual([
      "warning",
      "device-moved",
    ]);
  });
});
