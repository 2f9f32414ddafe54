import type { AcsObstacle, IommuFacts, PciDevice } from "../../model/index.ts";
import { inWords } from "../describe.ts";
import type { Namer } from "./names.ts";

const AMD = "1022";

/**
 * Ports of a processor for which AMD's own firmware settings (AGESA, as vendors of boards hand them on) may have a
 * switch: root ports of Zen, on a board whose firmware has such a menu. What is behind a chipset has none.
 */
export function portsWithSwitch(
  obstacles: readonly AcsObstacle[],
  devices: readonly PciDevice[],
  iommu: IommuFacts,
): readonly PciDevice[] {
  if (!hasMenu(iommu)) return [];
  const found = obstacles.flatMap(({ device, no, place }) => {
    const port = devices.find(({ address }) => address === device);
    const fits = place === "between" && no.why === "no-acs-capability";
    return port !== undefined && fits && isZenRootPort(port, iommu) ? [port] : [];
  });
  return [...new Set(found)];
}

/** Firmware that is built from open sources shows none of AMD's menus, and a guest's is not the machine's. */
const OPEN_FIRMWARE = /coreboot|libreboot|dasharo|3mdeb|system76|seabios|edk ii|tianocore|u-boot|oreboot/i;

function hasMenu({ machine }: IommuFacts): boolean {
  if (machine === undefined) return true;
  const { runsOn, biosVendor = "" } = machine;
  return !OPEN_FIRMWARE.test(biosVendor) && !(runsOn.known && runsOn.value.kind === "guest");
}

const ZEN = 23;
/** Where device ids of Zen's root ports lie; those of older families lie between them (pci.ids, vendor 1022). */
const ZEN_PORTS = [
  [0x1440, 0x150f],
  [0x15c0, 0x15ff],
  [0x1630, 0x16ff],
] as const;

function isZenRootPort({ vendor, device, path }: PciDevice, { machine }: IommuFacts): boolean {
  if (vendor !== AMD || !/\/pci[0-9a-f]+:[0-9a-f]{2}\/[^/]+$/.test(path)) return false;
  if (machine?.cpuFamily !== undefined && machine.cpuFamily < ZEN) return false;
  const id = parseInt(device, 16);
  return ZEN_PORTS.some(([from, to]) => id >= from && id <= to);
}

/** What to do, and what is not known of it. */
export interface FirmwareWay {
  readonly kind: "firmware";
  readonly what: string;
  readonly risk: string;
}

export function amdSwitch(ports: readonly PciDevice[], name: Namer): FirmwareWay {
  return {
    kind: "firmware",
    what: `look in the firmware for "ACS Enable" and "Enable AER Cap" (AMD CBS, NBIO Common Options) and switch both on: ${inWords(ports.map(({ address }) => name(address)))} then may show the capability that they lack`,
    risk: "None known; not every board has the switch, and whether it helps is only seen after a reboot.",
  };
}

/** @param controller Behind which drives speak with its id. */
export function vmdOff(controller: string, name: Namer): FirmwareWay {
  return {
    kind: "firmware",
    what: `switch VMD (Intel RST, "RAID") off in the firmware's settings: what is behind ${name(controller)} is then ordinary devices of domain 0000, with groups of their own`,
    risk: "Addresses change, an array that Intel RST made can no longer be read as one, and another system on these drives may not start.",
  };
}
