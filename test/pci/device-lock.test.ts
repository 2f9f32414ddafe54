import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lockOf, sameIds, sameLock } from "../../src/pci/device-lock.ts";
import { resolveDevices } from "../../src/pci/named-devices.ts";
import type { DeviceLock, LockedDevice } from "../../src/model/index.ts";
import type { Devices } from "../../src/spec/host-spec.gen.ts";
import { BOARDS, TWO_ROOT_BUSES } from "./support/boards.ts";
import { pciDevice } from "./support/device.ts";

const GPU = "/sys/devices/pci0000:00/0000:00:03.2";
const DEVICES = [
  pciDevice({ address: "0000:00:03.2", class: "060400" }),
  pciDevice({
    address: "0000:0d:00.0",
    path: `${GPU}/0000:0d:00.0`,
    vendor: "10de",
    device: "2206",
    subsystemVendor: "10de",
    subsystemDevice: "1467",
  }),
  pciDevice({
    address: "0000:0d:00.1",
    path: `${GPU}/0000:0d:00.1`,
    vendor: "10de",
    device: "1aef",
    subsystemVendor: "10de",
    subsystemDevice: "1467",
  }),
];

function lockFor(selectors: Devices, devices = DEVICES): DeviceLock {
  return lockOf(resolveDevices(selectors, devices).byName.values());
}

describe("a lock", () => {
  it("has the place of each card and the ids of all functions of its slot", () => {
    expect(lockFor({ "vm-gpu": { id: "10de:2206", functions: [0] } })).toEqual({
      formatVersion: "1.0",
      devices: {
        "vm-gpu": {
          rootBus: "0000:00",
          path: "03.2/00",
          slot: "0000:0d:00",
          functions: [
            { function: 0, id: "10de:2206", subsystem: "10de:1467" },
            { function: 1, id: "10de:1aef", subsystem: "10de:1467" },
          ],
        },
      },
    });
  });

  it("reads the same whatever the order of the spec", () => {
    const a = { "vm-gpu": { id: "10de:2206" }, bridge: { address: "00:03" } };
    const b = { bridge: { address: "00:03" }, "vm-gpu": { id: "10de:2206" } };
    expect(JSON.stringify(lockFor(a))).toBe(JSON.stringify(lockFor(b)));
  });

  it("leaves out what does not resolve, and what is plugged into no root bus", () => {
    const lone = pciDevice({ address: "0000:01:00.0", path: "/sys/devices/elsewhere/0000:01:00.0" });
    expect(lockFor({ lone: { address: "01:00" }, none: { id: "ffff:ffff" } }, [lone]).devices).toEqual({});
  });

  it("names the root bus of each card on a machine with several", () => {
    const slots = Object.fromEntries(
      TWO_ROOT_BUSES.devices.map(({ address }) => [`d${address.replace(/\W/g, "-")}`, { address }]),
    );
    const buses = Object.values(lockFor(slots, [...TWO_ROOT_BUSES.devices]).devices).map(
      ({ rootBus }) => rootBus,
    );
    expect(new Set(buses).size).toBe(2);
  });

  it("differs by what it says, not by how the file is laid out", () => {
    const lock = lockFor({ "vm-gpu": { id: "10de:2206" }, bridge: { address: "00:03" } });
    const turned: DeviceLock = {
      devices: Object.fromEntries(
        Object.entries(lock.devices)
          .reverse()
          .map(([name, { functions, ...place }]) => [
            name,
            { functions: [...functions].reverse(), ...place },
          ]),
      ),
      formatVersion: "1.0",
    };
    expect(JSON.stringify(turned)).not.toBe(JSON.stringify(lock));
    expect(sameLock(lock, turned)).toBe(true);
    expect(sameLock(lock, lockFor({ "vm-gpu": { id: "10de:2206" } }))).toBe(false);
  });
});

describe("whether two can be the same card", () => {
  const card = (...functions: readonly (readonly [number, string, string])[]): LockedDevice => ({
    rootBus: "0000:00",
    path: "01.0/00",
    slot: "0000:01:00",
    functions: functions.map(([number, id, subsystem]) => ({ function: number, id, subsystem })),
  });
  const gpu = card([0, "10de:2206", "10de:1467"], [1, "10de:1aef", "10de:1467"]);

  it.each<[string, LockedDevice, boolean]>([
    ["the same functions", gpu, true],
    ["one function hidden by the firmware", card([0, "10de:2206", "10de:1467"]), true],
    ["the same chip on another board", card([0, "10de:2206", "1462:3892"]), false],
    ["another chip", card([0, "1002:731f", "10de:1467"]), false],
    ["another second function", card([0, "10de:2206", "10de:1467"], [1, "10de:10f0", "10de:1467"]), false],
    ["no function in common", card([2, "10de:1ad8", "10de:1467"]), false],
  ])("%s", (_what, other, expected) => {
    expect([sameIds(gpu, other), sameIds(other, gpu)]).toEqual([expected, expected]);
  });

  it("holds for every slot of every board with itself, also through JSON", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BOARDS.flatMap(({ devices }) => devices.map((one) => [devices, one] as const))),
        ([devices, { address }]) => {
          const lock = lockFor({ it: { address } }, [...devices]);
          const again = JSON.parse(JSON.stringify(lock)) as DeviceLock;
          expect(sameLock(lock, again)).toBe(true);
          const { it: locked } = lock.devices;
          if (locked !== undefined) expect(sameIds(locked, locked)).toBe(true);
        },
      ),
    );
  });
});
