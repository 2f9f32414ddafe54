import { describe, expect, it } from "vitest";
import type { DeviceLock, Diagnostic, PciDevice } from "../../src/model/index.ts";
import { compareWithLock, withLastPlaces } from "../../src/pci/compare-lock.ts";
import { lockOf } from "../../src/pci/device-lock.ts";
import { resolveDevices } from "../../src/pci/named-devices.ts";
import type { Devices } from "../../src/spec/host-spec.gen.ts";
import { pciDevice } from "./support/device.ts";

const NVIDIA = { vendor: "10de", device: "2206", subsystemVendor: "10de", subsystemDevice: "1467" };
const AMD = { vendor: "1002", device: "731f", subsystemVendor: "1458", subsystemDevice: "2313" };

/** A graphics card below a root port; the bus number follows from what else is there. */
function card(port: string, bus: string, ids: Partial<PciDevice>): PciDevice {
  const address = `0000:${bus}:00.0`;
  return pciDevice({
    address,
    path: `/sys/devices/pci0000:00/0000:00:${port}/${address}`,
    class: "030000",
    ...ids,
  });
}

const BY_ID: Devices = { "vm-gpu": { id: "10de:2206" } };

/** What is said of these devices by those that the lock was made of. */
function since(
  before: readonly PciDevice[],
  now: readonly PciDevice[],
  selectors: Devices = BY_ID,
  thenSelectors: Devices = selectors,
): readonly Diagnostic[] {
  const { devices } = lockBy(before, thenSelectors);
  return compareWithLock(
    { file: "host.lock.json", devices },
    resolveDevices(selectors, now).byName.values(),
    selectors,
    now,
  );
}

function lockBy(devices: readonly PciDevice[], selectors: Devices): DeviceLock {
  return lockOf(resolveDevices(selectors, devices).byName.values());
}

describe("a host held against its lock", () => {
  it("has nothing to say where all is as it was", () => {
    const devices = [card("01.0", "01", NVIDIA), card("01.1", "02", AMD)];
    expect(since(devices, devices)).toEqual([]);
  });

  it("does not take another bus number for another place", () => {
    expect(since([card("01.1", "02", NVIDIA)], [card("01.1", "05", NVIDIA)])).toEqual([]);
  });

  it("says nothing of a name that the lock does not know, nor of one that only the lock knows", () => {
    const devices = [card("01.0", "01", NVIDIA)];
    expect(since(devices, devices, { other: { id: "10de:2206" } }, BY_ID)).toEqual([]);
  });

  it("warns where the only such card moved", () => {
    expect(since([card("01.0", "01", NVIDIA)], [card("03.1", "0d", NVIDIA)])).toEqual([
      {
        severity: "warning",
        code: "device-moved",
        summary: "vm-gpu has moved: it was at 01:00 (path 01.0/00) and is now at 0d:00 (path 03.1/00)",
        detail:
          "It is the only card of its kind here, so the selector still finds the right one: 0d:00.0 VGA compatible controller [10de:2206].",
        hint: "the next apply records its place in host.lock.json",
        specPath: ["devices", "vm-gpu"],
        address: "devices.vm-gpu",
      },
    ]);
  });

  it("refuses where nth counts another of two like cards, and shows which path means the locked one", () => {
    const [diagnostic, ...others] = since(
      [card("01.1", "02", NVIDIA)],
      [card("01.0", "01", NVIDIA), card("01.1", "02", NVIDIA)],
      { "vm-gpu": { id: "10de:2206", nth: 1 } },
    );
    expect(others).toEqual([]);
    expect(diagnostic).toEqual({
      severity: "error",
      code: "device-moved",
      summary:
        "vm-gpu may be the other card now: it was at 02:00 (path 01.1/00) and is now at 01:00 (path 01.0/00), and this host has 2 such cards",
      detail:
        "these cards are alike:\n" +
        "  01:00.0 VGA compatible controller [10de:2206], path 01.0/00\n" +
        "  02:00.0 VGA compatible controller [10de:2206], path 01.1/00",
      hint: 'if that is meant, remove vm-gpu from host.lock.json and apply again; to name it by its place: vm-gpu: { id: "10de:2206", path: "01.1/00" }',
      specPath: ["devices", "vm-gpu"],
      address: "devices.vm-gpu",
    });
  });

  it("does not count a card of the same chip on another board as alike", () => {
    const [diagnostic] = since(
      [card("01.1", "02", NVIDIA)],
      [card("01.0", "01", NVIDIA), card("01.1", "02", { ...NVIDIA, subsystemVendor: "1462" })],
      { "vm-gpu": { id: "10de:2206", nth: 1 } },
    );
    expect(diagnostic).toMatchObject({ severity: "warning", code: "device-moved" });
  });

  it("offers no path where the selector has one", () => {
    const cards = [card("01.0", "01", NVIDIA), card("01.1", "02", NVIDIA)];
    const [diagnostic] = since(
      cards,
      cards,
      { "vm-gpu": { path: "01.0/00" } },
      { "vm-gpu": { path: "01.1/00" } },
    );
    expect(diagnostic).toMatchObject({
      severity: "error",
      hint: "if that is meant, remove vm-gpu from host.lock.json and apply again",
    });
  });

  it("refuses where one of two like cards is gone and the one left was the other name's", () => {
    const [diagnostic, ...others] = since(
      [card("01.0", "01", NVIDIA), card("01.1", "02", NVIDIA)],
      [card("01.1", "02", NVIDIA)],
      { "vm-gpu": { id: "10de:2206", nth: 1 } },
      { "vm-gpu": { id: "10de:2206", nth: 1 }, "host-gpu": { id: "10de:2206", nth: 2 } },
    );
    expect(others).toEqual([]);
    expect(diagnostic).toMatchObject({ severity: "error", code: "device-moved" });
    expect(diagnostic?.summary).toMatch(/, and host\.lock\.json knows that one as host-gpu$/);
  });

  it("refuses both names where two like cards are counted the other way round", () => {
    const cards = [card("01.0", "01", NVIDIA), card("01.1", "02", NVIDIA)];
    const said = since(
      cards,
      cards,
      { a: { id: "10de:2206", nth: 2 }, b: { id: "10de:2206", nth: 1 } },
      { a: { id: "10de:2206", nth: 1 }, b: { id: "10de:2206", nth: 2 } },
    );
    expect(said.map(({ severity, code, address }) => [severity, code, address])).toEqual([
      ["error", "device-moved", "devices.a"],
      ["error", "device-moved", "devices.b"],
    ]);
  });

  it("refuses another card at the address, and says where the card is now", () => {
    const [diagnostic, ...others] = since(
      [card("01.1", "01", NVIDIA)],
      [card("01.0", "01", AMD), card("01.1", "02", NVIDIA)],
      { "vm-gpu": { address: "01:00" } },
    );
    expect(others).toEqual([]);
    expect(diagnostic).toEqual({
      severity: "error",
      code: "device-replaced",
      summary:
        "vm-gpu is another card than before: 01:00.0 VGA compatible controller [1002:731f], board 1458:2313, is at 01:00 (path 01.0/00); host.lock.json has card 10de:2206, board 10de:1467, then at 01:00 (path 01.1/00)",
      detail:
        "the card that was vm-gpu, or one like it, is now 02:00.0 VGA compatible controller [10de:2206], path 01.1/00",
      hint: "if vm-gpu should be this card, remove vm-gpu from host.lock.json and apply again; if not, correct its selector",
      specPath: ["devices", "vm-gpu"],
      address: "devices.vm-gpu",
    });
  });

  it("names the root bus where it is not the usual one", () => {
    const elsewhere = {
      ...card("01.0", "81", NVIDIA),
      path: "/sys/devices/pci0000:80/0000:80:01.0/0000:81:00.0",
    };
    const [diagnostic] = since([card("01.0", "01", NVIDIA)], [elsewhere]);
    expect(diagnostic?.summary).toContain("is now at 81:00 (path 0000:80/01.0/00)");
  });
});

describe("a device that is not there any more", () => {
  it("is said to have been last where the lock has it, and where its like is now", () => {
    const before = [card("01.1", "01", NVIDIA)];
    const now = [card("03.1", "0d", NVIDIA)];
    const selectors: Devices = { "vm-gpu": { id: "10de:2206", address: "01:00" } };
    const { diagnostics } = resolveDevices(selectors, now);
    const lock = { file: "host.lock.json", devices: lockBy(before, selectors).devices };
    const [diagnostic] = withLastPlaces(diagnostics, lock, now);
    expect(diagnostic?.detail?.split("\n").slice(0, 3)).toEqual([
      "host.lock.json has it at 01:00 (path 01.1/00): card 10de:2206, board 10de:1467",
      "the card that was vm-gpu, or one like it, is now 0d:00.0 VGA compatible controller [10de:2206], path 03.1/00",
      "this host has:",
    ]);
  });

  it("is reported as before where the lock does not know it", () => {
    const { diagnostics } = resolveDevices(BY_ID, [card("01.0", "01", AMD)]);
    expect(diagnostics).toMatchObject([{ code: "device-not-found" }]);
    expect(withLastPlaces(diagnostics, { file: "host.lock.json", devices: {} }, [])).toEqual(diagnostics);
  });
});
