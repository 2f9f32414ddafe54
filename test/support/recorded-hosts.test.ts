import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { ARCHITECTURE_QUERY, PACKAGES_QUERY, ROOT_UUID_QUERY } from "../../src/host/queries.ts";
import type { Reader } from "../../src/host/reader.ts";
import type { Fact, HostState } from "../../src/model/index.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "./materialise.ts";
import type { RecordedHost } from "./recorded-hosts.ts";
import { afterReboot, recordedHost, recordedHosts } from "./recorded-hosts.ts";

/** They were recorded when hostcfg did not yet read configuration space, and nobody can say what was in it. */
const UNRECORDED = /^pci\.value\.\d+\.config$/;

/** What cannot be known of a recorded host. */
const UNKNOWN: Readonly<Record<string, readonly string[]>> = {
  // A ZFS root has no UUID, and does not say what it lies on.
  "proxmox-zfs": ["rootUuid", "hostDevices.disks.value.0.addresses"],
  // Their loader is refused, these have no dpkg, and their initrds come from elsewhere.
  container: [
    "initramfs.generator",
    "rootUuid",
    "bootLoader.detected",
    "hostDevices.disks.value.0.addresses",
  ],
  "fedora-bls": ["identity.architecture", "packages", "initramfs.generator", "bootLoader.detected"],
  nixos: ["identity.architecture", "packages", "initramfs.generator", "bootLoader.detected"],
  "uki-arch": ["identity.architecture", "packages", "initramfs.generator", "bootLoader.detected"],
};

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "hostcfg-hosts-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe.each(recordedHosts())("the recorded host $name", (host) => {
  it("has a spec without a mistake", () => {
    expect(parseSpec(host.spec, readFileSync(host.spec)).diagnostics).toEqual([]);
  });

  it("answers every question of the probes, with nothing unknown that its kind of host knows", async () => {
    const state = await probe(readerOf(host.capture), specOf(host));
    expect(unknowns(state).filter((fact) => !UNRECORDED.test(fact))).toEqual(UNKNOWN[host.name] ?? []);
  });

  it("answers the same once it is a tree with the stand-ins' programs", async () => {
    const tree = treeOf(host.name, host.capture);
    const fromTree = await probe(new StandInHost(tree).reader(), specOf(host));
    expect(withoutFreeBytes(fromTree)).toEqual(
      withoutFreeBytes(await probe(readerOf(host.capture), specOf(host))),
    );
  });

  it("holds the answers of the programs that the stand-ins give", async () => {
    const reader = new StandInHost(treeOf(host.name, host.capture)).reader();
    const asked = [PACKAGES_QUERY, ARCHITECTURE_QUERY, ROOT_UUID_QUERY].map(async (argv) => ({
      argv,
      answer: await reader.query(argv),
    }));
    expect(host.capture.queries).toEqual(await Promise.all(asked));
  });
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

function specOf(host: RecordedHost): HostSpec | undefined {
  return parseSpec(host.spec, readFileSync(host.spec)).spec;
}

function valueOf<T>(fact: Fact<T>): T {
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}

/** How much is free belongs to the machine that runs the tests. */
function withoutFreeBytes(state: HostState): unknown {
  return JSON.parse(
    JSON.stringify(state, (key, value: unknown) => (/freeBytes$/i.test(key) ? undefined : value)),
  );
}

/** The paths of all facts that could not be had. */
function unknowns(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("known" in value && value.known === false) return [at.slice(1)];
  return Object.entries(value).flatMap(([key, below]) => unknowns(below, `${at}.${key}`));
}
