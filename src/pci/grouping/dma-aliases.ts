import type { PciDevice } from "../../model/index.ts";
import type { Place } from "./topology.ts";

/**
 * Devices that also use another's requester id: the alias fix-ups of drivers/pci/quirks.c, Linux 6.1.192. The rows for
 * conventional bridges that speak as a PCI Express bridge would (ASMedia 1080, Tundra 8113, ITE 8892 and 8893, Intel
 * 244e) change the id but not the group, for a bridge's own id groups the same devices.
 */
type AliasRule = "function-0" | "function-1" | "adaptec" | "mic-x200" | "pex-vca";

const RULES: Readonly<Record<string, AliasRule>> = {
  ...rows("1180", "function-0", "e832 e476"),
  ...rows("6766", "function-0", "3d40 3d41"),
  ...rows("1b4b", "function-1", "9120 9123 9125 9128 9130 9170 9172 917a 9182 9183 91a0 9215 9220 9230 9235"),
  ...rows("1103", "function-1", "0642 0645"),
  ...rows("197b", "function-1", "2392"),
  ...rows("9005", "adaptec", "0285"),
  ...rows("8086", "mic-x200", "2260 2264"),
  ...rows("8086", "pex-vca", "2954 2955 2956 2958 2959 295a"),
};

function rows(vendor: string, rule: AliasRule, devices: string): Record<string, AliasRule> {
  return Object.fromEntries(devices.split(" ").map((device) => [`${vendor}:${device}`, rule]));
}

/** Root ports that have a translation unit of their own above which no alias counts (Broadcom, Cavium ThunderX2). */
export function endsAliasWalk({ vendor, device }: PciDevice): boolean {
  return vendor === "14e4" && (device === "9000" || device === "9084");
}

/** ASPEED's bridge to the parts of its own chip, which have ids that the IOMMU sees. */
export function isAst1150({ vendor, device }: PciDevice): boolean {
  return vendor === "1a03" && device === "1150";
}

const ADAPTEC_SUBSYSTEMS = new Set(["9005:02bb", "9005:02bc"]);

/** Whether a device is known to use the requester id `devfn` of its bus besides its own. */
export function aliasesOf({ device, devfn }: Place): ((other: number) => boolean) | undefined {
  const slot = devfn & ~7;
  const rule = RULES[`${device.vendor}:${device.device}`];
  if (rule === undefined) return undefined;
  switch (rule) {
    case "function-0":
      return (other) => other === slot;
    case "function-1":
      return (other) => other === slot + 1;
    case "adaptec":
      return ADAPTEC_SUBSYSTEMS.has(`${device.subsystemVendor}:${device.subsystemDevice}`)
        ? (other) => other === 0x08
        : undefined;
    case "mic-x200":
      return (other) => other === 0x80 || other === 0x88 || other === 0x93;
    case "pex-vca":
      return (other) => other % 8 < 5;
  }
}
