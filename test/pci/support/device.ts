import { unknown } from "../../../src/facts/fact.ts";
import type { PciDevice } from "../../../src/model/index.ts";

/** A device on the root bus; say what the test is about. */
export function pciDevice(facts: Partial<PciDevice> & { address: string }): PciDevice {
  return {
    path: `/sys/devices/pci0000:00/${facts.address}`,
    vendor: "1af4",
    device: "1041",
    subsystemVendor: "1af4",
    subsystemDevice: "1100",
    class: "020000",
    revision: "00",
    names: {},
    config: unknown("the configuration space is not there"),
    ...facts,
  };
}
