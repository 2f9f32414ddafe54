import type { IommuGroup, PciDevice } from "../../../src/model/index.ts";
import amdB550 from "../data/amd-b550.json" with { type: "json" };
import intelDesktop from "../data/intel-desktop.json" with { type: "json" };
import twoRootBuses from "../data/two-root-buses.json" with { type: "json" };
import { pciDevice } from "./device.ts";

/** What a real kernel showed of a machine. */
export interface Board {
  readonly about: string;
  readonly devices: readonly PciDevice[];
  readonly groups: {
    readonly stock: readonly IommuGroup[];
    /** With `pcie_acs_override=downstream` on a kernel that has it. */
    readonly downstreamOverride: readonly IommuGroup[];
  };
}

type Recorded = Omit<Board, "devices"> & { readonly devices: readonly Omit<PciDevice, "names" | "config">[] };

function board(recorded: Recorded): Board {
  return { ...recorded, devices: recorded.devices.map((device) => pciDevice(device)) };
}

export const AMD_B550 = board(amdB550);
export const INTEL_DESKTOP = board(intelDesktop);
export const TWO_ROOT_BUSES = board(twoRootBuses);
export const BOARDS = [AMD_B550, INTEL_DESKTOP, TWO_ROOT_BUSES];
