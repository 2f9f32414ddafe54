import type { AcsRegisters } from "../../model/index.ts";
import {
  DOWNSTREAM_PORT,
  ENDPOINT,
  facesDown,
  INTEGRATED_ENDPOINT,
  keptType,
  PCIE_TO_PCI,
  ROOT_PORT,
  UPSTREAM_PORT,
} from "./port-types.ts";
import type { Place, Topology } from "./topology.ts";

/** What the kernel knows of a device when it makes groups. */
export interface Traits {
  /** Undefined for a conventional device. */
  readonly pcieType: number | undefined;
  readonly multifunction: boolean;
  /** Undefined where the capability is not there, or is not known to be. */
  readonly acs: AcsRegisters | undefined;
  /** Whether the type, or just what it has of ACS, could not be read and is assumed. */
  readonly unread: "nothing" | "acs" | "all";
  /** Where something could not be read: whether the present groups show the device to isolate. */
  readonly seenToIsolate?: boolean;
}

/**
 * @param hidden The present kernel cannot reach extended capabilities, so that their absence means nothing.
 * @param seen What the present groups give away (present-evidence.ts).
 */
export function traitsOf(
  topology: Topology,
  hidden: boolean,
  seen: ReadonlyMap<Place, boolean>,
): (place: Place) => Traits {
  const known = new Map<Place, Traits>();
  // Above comes before below, and a type depends on the one above.
  for (const place of topology.places) {
    const above = place.above === undefined ? undefined : known.get(place.above);
    known.set(place, { multifunction: isMultifunction(place, topology), ...read(place, above) });
  }
  return (place) =>
    known.get(place) ?? { pcieType: undefined, multifunction: false, acs: undefined, unread: "all" };

  function read(place: Place, above: Traits | undefined): Omit<Traits, "multifunction"> {
    const isolates = seen.get(place);
    const evidence = isolates === undefined ? {} : { seenToIsolate: isolates };
    const { config } = place.device;
    if (!config.known) {
      const pcieType = typeByPosition(place, above, isolates, isMultifunction(place, topology));
      return { pcieType, acs: undefined, unread: "all", ...evidence };
    }
    const { pcieType: claimed, acs } = config.value;
    const pcieType = claimed === undefined ? undefined : keptType(claimed, above?.pcieType);
    const unread = hidden && pcieType !== undefined ? "acs" : "nothing";
    return unread === "acs" ? { pcieType, acs: undefined, unread, ...evidence } : { pcieType, acs, unread };
  }
}

/**
 * The kernel notes it for each function above 0 that it finds; SR-IOV's functions never are. With ARI, a device
 * number is a part of the function number.
 */
function isMultifunction(place: Place, topology: Topology): boolean {
  const { device, devfn } = place;
  if (device.physicalFunction !== undefined) return false;
  const number = device.ari === true ? devfn : devfn & 7;
  if (number > 0) return true;
  return device.multifunctionBit ?? topology.inSlot(place).length > 1;
}

/** Where a device sits mostly tells its type; `undefined` for a conventional one. */
function typeByPosition(
  { device, below }: Place,
  above: Traits | undefined,
  isolates: boolean | undefined,
  multifunction: boolean,
): number | undefined {
  if (device.pcie === false) return undefined;
  const bridge = device.class.startsWith("0604") || below.length > 0;
  if (above === undefined) {
    if (bridge) return ROOT_PORT;
    return device.pcie === true ? INTEGRATED_ENDPOINT : undefined;
  }
  if (above.pcieType === undefined || above.pcieType === PCIE_TO_PCI) return undefined;
  if (!bridge) return ENDPOINT;
  if (above.pcieType === UPSTREAM_PORT) return DOWNSTREAM_PORT;
  if (!facesDown(above.pcieType)) return ENDPOINT;
  // An upstream port that is alone in its slot always isolates, so what collects all that is below is another bridge.
  if (isolates === false && !multifunction) return PCIE_TO_PCI;
  // Below an upstream port there are downstream ports.
  return below.length > 0 && !below.some(couldBePort) ? PCIE_TO_PCI : UPSTREAM_PORT;
}

function couldBePort({ device, below }: Place): boolean {
  return device.pcie !== false && (device.class.startsWith("0604") || below.length > 0);
}
