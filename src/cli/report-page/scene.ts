import type { PciDevice } from "../../model/index.ts";
import type { Namer } from "../../pci/explain/names.ts";
import { namer } from "../../pci/explain/names.ts";
import type { Branch } from "../../pci/tree.ts";
import { rootBuses } from "../../pci/tree.ts";
import type { DeclaredDevice, HostReport } from "../../plan/report.ts";
import type { Regions } from "./regions.ts";
import { regionsOf } from "./regions.ts";

/** The document, and what several parts of its page look up in it. */
export interface Scene {
  readonly report: HostReport;
  readonly devices: ReadonlyMap<string, PciDevice>;
  /** By address. */
  readonly declared: ReadonlyMap<string, DeclaredDevice>;
  readonly buses: ReadonlyMap<string, readonly Row[]>;
  readonly regions: Regions;
  readonly name: Namer;
}

/** A line of the tree. */
export interface Row {
  readonly device: PciDevice;
  /** So many bridges are above it. */
  readonly depth: number;
}

export function sceneOf(report: HostReport): Scene {
  const all = report.groups.devices.known ? report.groups.devices.value : [];
  const buses = new Map([...rootBuses(all)].map(([bus, branches]) => [bus, rowsOf(branches, 0)] as const));
  const declared = new Map(
    report.devices.flatMap((one) => one.functions.map((address) => [address, one] as const)),
  );
  const inOrder = [...buses.values()].flat().map(({ device }) => device.address);
  return {
    report,
    devices: new Map(all.map((device) => [device.address, device])),
    declared,
    buses,
    regions: regionsOf(report, inOrder, declared),
    name: namer(all),
  };
}

function rowsOf(branches: readonly Branch[], depth: number): readonly Row[] {
  return branches.flatMap(({ device, below }) => [{ device, depth }, ...rowsOf(below, depth + 1)]);
}
