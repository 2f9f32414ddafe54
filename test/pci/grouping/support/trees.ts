import fc from "fast-check";
import { known } from "../../../../src/facts/fact.ts";
import type { IommuGroup, PciConfig, PciDevice } from "../../../../src/model/index.ts";
import { predictGroups } from "../../../../src/pci/grouping/predict.ts";
import type { GroupingBoot, GroupingFacts } from "../../../../src/pci/grouping/situation.ts";
import { pciDevice } from "../../support/device.ts";

/** Control bits as the kernel sets them, as the firmware left them, and stuck. */
export const ACS_ON = { capability: 0x1f, control: 0x1d, controlAt8: 0 };
export const ACS_OFF = { capability: 0x1f, control: 0, controlAt8: 0 };

export const ROOT_PORT = 4;
export const UPSTREAM = 5;
export const DOWNSTREAM = 6;
export const PCIE_TO_PCI = 7;

export interface Fn extends Partial<Omit<PciDevice, "config" | "address" | "path">> {
  /** `dd.f`. */
  readonly at: string;
  /** Left out for a conventional device. */
  readonly type?: number;
  readonly acs?: PciConfig["acs"];
  readonly rcba?: boolean;
  readonly below?: readonly Fn[];
}

/** Numbers the buses depth first, as firmware does, from 00 of domain 0. */
export function machine(...rootBus: readonly Fn[]): readonly PciDevice[] {
  let buses = 0;
  const on = (path: string, bus: number, functions: readonly Fn[]): PciDevice[] =>
    functions.flatMap(({ at, type, acs, rcba, below = [], ...facts }) => {
      const address = `0000:${hex(bus)}:${at}`;
      const config: PciConfig = {
        ...(type !== undefined && { pcieType: type }),
        ...(acs !== undefined && { acs }),
        ...(rcba !== undefined && { rcbaEnabled: rcba }),
      };
      const device = pciDevice({
        address,
        path: `${path}/${address}`,
        ...(below.length > 0 && { class: "060400" }),
        multifunctionBit: false,
        config: known(config),
        ...facts,
      });
      return [device, ...(below.length === 0 ? [] : on(device.path, ++buses, below))];
    });
  return on("/sys/devices/pci0000:00", 0, rootBus);
}

/** A host whose present groups do not matter but for that the IOMMU is on: every device is in one. */
export function hostOf(devices: readonly PciDevice[], options = "intel_iommu=on"): GroupingFacts {
  const groups: IommuGroup[] = devices.map(({ address }, id) => ({ id, devices: [address] }));
  return {
    devices,
    iommu: { groups: known(groups), firmwareTables: known(["DMAR"]), cpuVendor: known("intel") },
    running: { release: known("6.1.192"), cmdline: known(options) },
  };
}

export function boot(options = "", more: Partial<GroupingBoot> = {}): GroupingBoot {
  return { options: `intel_iommu=on ${options}`, acsOverride: "assume", ...more };
}

/** Groups as lines of short addresses. */
export function groupsOf(
  devices: readonly PciDevice[],
  options = "",
  more: Partial<GroupingBoot> = {},
): string[] {
  return lines(predictGroups(hostOf(devices), boot(options, more)).groups);
}

export function lines(groups: readonly { readonly devices: readonly string[] }[]): string[] {
  return groups.map(({ devices }) => devices.map((address) => address.slice("0000:".length)).join(" "));
}

function hex(number: number): string {
  return number.toString(16).padStart(2, "0");
}

const registers = fc.option(
  fc.record({
    capability: fc.constantFrom(0, 0x01, 0x1d, 0x1f, 0x5f),
    control: fc.constantFrom(0, 0x01, 0x0c, 0x1d),
    controlAt8: fc.constantFrom(0, 0x1d),
  }),
  { nil: undefined },
);
const ids = fc.constantFrom(
  ["1b36", "000c"],
  ["8086", "8c10"],
  ["8086", "a110"],
  ["8086", "10d3"],
  ["8086", "1521"],
  ["1b4b", "9230"],
  ["1180", "e832"],
  ["1d17", "0800"],
  ["14e4", "9000"],
  ["8086", "2954"],
);
const place = fc
  .tuple(fc.constantFrom(0, 1, 0x1c, 0x1f), fc.nat({ max: 3 }))
  .map(([slot, fn]) => `${hex(slot)}.${fn}`);

const functions: fc.Arbitrary<Fn[]> = fc.letrec<{ bus: Fn[]; below: Fn[]; fn: Fn }>((tie) => ({
  bus: fc.uniqueArray(tie("fn"), { minLength: 1, maxLength: 5, selector: ({ at }) => at }),
  below: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.constant<Fn[]>([]), tie("bus")),
  fn: fc
    .tuple(
      place,
      fc.option(fc.nat({ max: 11 }), { nil: undefined }),
      registers,
      ids,
      fc.boolean(),
      tie("below"),
    )
    .map(([at, type, acs, [vendor = "", device = ""], multifunctionBit, below]) => ({
      at,
      vendor,
      device,
      multifunctionBit,
      ...(type !== undefined && { type }),
      ...(type !== undefined && acs !== undefined && { acs }),
      ...(at === "1f.0" && { rcba: multifunctionBit }),
      below,
    })),
})).bus;

/** Any machine, also such as cannot be. */
export const machines: fc.Arbitrary<readonly PciDevice[]> = functions.map((rootBus) => machine(...rootBus));
