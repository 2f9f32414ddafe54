import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { Reader } from "../../src/host/reader.ts";
import type { Fact } from "../../src/model/index.ts";
import { probe } from "../../src/plan/probe.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "./materialise.ts";
import { afterReboot, recordedHost } from "./recorded-hosts.ts";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "hostcfg-hosts-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe("the recorded hosts", () => {
  it.each([
    {
      name: "pop-x570",
      devices: 56,
      groups: 33,
      tables: ["IVRS"],
      cpu: "amd",
      kernels: ["5.3.0-7625-generic", "5.3.0-24-generic"],
      packages: 15,
    },
    {
      name: "intel-z390",
      devices: 28,
      groups: 14,
      tables: ["DMAR"],
      cpu: "intel",
      kernels: ["6.9.3-76060903-generic", "6.8.0-76060800daily20240311-generic"],
      packages: 14,
    },
    {
      name: "debian-grub",
      devices: 16,
      groups: 0,
      tables: [],
      cpu: "intel",
      kernels: ["6.1.0-26-amd64", "6.1.0-25-amd64"],
      packages: 12,
    },
  ])("$name has $devices devices in $groups groups", async ({ name, ...expected }) => {
    const state = await probe(readerOf(recordedHost(name).capture));
    expect({
      devices: valueOf(state.pci).length,
      groups: valueOf(state.iommu.groups).length,
      tables: valueOf(state.iommu.firmwareTables),
      cpu: valueOf(state.iommu.cpuVendor),
      kernels: valueOf(state.kernels).map(({ release }) => release),
      packages: valueOf(state.packages).length,
    }).toEqual(expected);
  });
});

const CARDS = ["0000:0c:00.0", "0000:0c:00.1", "0000:0d:00.0", "0000:0d:00.1"];

describe("pop-x570", () => {
  it("has both cards with their audio functions in group 30, and in that group else only bridges", async () => {
    const state = await probe(readerOf(recordedHost("pop-x570").capture));
    const members = valueOf(state.pci).filter(({ iommuGroup }) => iommuGroup === 30);
    expect(members.filter((device) => !device.class.startsWith("06")).map(({ address }) => address)).toEqual(
      CARDS,
    );
  });

  it("has them in the groups of the note after the reboot, and every device in one group at most", async () => {
    const tree = treeOf("pop-x570-after", recordedHost("pop-x570").capture);
    materialise(afterReboot(), tree);
    const state = await probe(new StandInHost(tree).reader());
    const groups = new Map(valueOf(state.iommu.groups).map(({ id, devices }) => [id, devices]));
    expect([30, 31, 32].map((id) => groups.get(id))).toEqual([
      CARDS.slice(0, 1),
      CARDS.slice(1, 2),
      CARDS.slice(2),
    ]);
    const linked = valueOf(state.pci).flatMap(({ address, iommuGroup }) =>
      iommuGroup === undefined ? [] : [[address, iommuGroup]],
    );
    const listed = [...groups].flatMap(([id, devices]) => devices.map((address) => [address, id]));
    expect(listed.sort()).toEqual(linked.sort());
    expect(valueOf(state.running.release)).toBe("5.3.0-acso");
  });
});

function treeOf(name: string, capture: Capture): string {
  const folder = join(scratch, name);
  materialise(capture, folder);
  return folder;
}

function readerOf(capture: Capture): Reader {
  return new LinkReader(new CaptureTree(capture));
}

function valueOf<T>(fact: Fact<T>): T {
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}
