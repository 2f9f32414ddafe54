import type { AcsQuirkRule } from "./acs-quirk-table.ts";
import {
  CAVIUM_ROOT_PORTS,
  INTEL_PCH_ROOT_PORTS,
  INTEL_SUNRISE_POINT_PORTS,
  ISOLATED_WANGXUN_NICS,
  ISOLATED_ZHAOXIN_PORTS,
  within,
} from "./acs-quirk-table.ts";
import type { Boot } from "./boot.ts";
import { DOWNSTREAM_PORT, INTEGRATED_ENDPOINT, ROOT_PORT } from "./port-types.ts";
import type { Place, Topology } from "./topology.ts";
import type { Traits } from "./traits.ts";

/** `registers`: the control bits at offset 8 decide. */
export type QuirkAnswer = "yes" | "no" | "registers" | "not mine";

/** What a rule of the table says about a device; the functions of the rules are in drivers/pci/quirks.c. */
export function askQuirk(
  rule: AcsQuirkRule,
  place: Place,
  traits: Traits,
  topology: Topology,
  boot: Boot,
): QuirkAnswer {
  const { pcieType, multifunction, acs, seenToIsolate } = traits;
  const { device } = place.device;
  const rootPort = pcieType === ROOT_PORT;
  switch (rule) {
    case "mf_endpoint":
    case "qcom_rp":
    case "xgene":
    case "brcm":
    case "loongson":
    case "nxp_rp":
      return "yes";
    case "amd_sb":
      return multifunction && place.above === undefined && boot.ivrs ? "yes" : "not mine";
    case "rciep":
      return pcieType === INTEGRATED_ENDPOINT ? "yes" : "not mine";
    case "cavium":
      return rootPort && within(CAVIUM_ROOT_PORTS, device) ? "yes" : "not mine";
    case "al":
      return rootPort ? "yes" : "not mine";
    case "zhaoxin_pcie_ports":
      if (!rootPort && pcieType !== DOWNSTREAM_PORT) return "not mine";
      return within(ISOLATED_ZHAOXIN_PORTS, device) ? "yes" : "no";
    case "wangxun_nic":
      return within(ISOLATED_WANGXUN_NICS, device) ? "yes" : "no";
    case "intel_pch":
      if (!rootPort || !INTEL_PCH_ROOT_PORTS.has(device)) return "not mine";
      // The port is marked when ACS is switched on, which such a kernel does too late.
      if (boot.kernel.groupsBeforeAcs) return "no";
      return (rcbaEnabled(place, topology) ?? seenToIsolate ?? true) ? "yes" : "no";
    case "intel_spt_pch":
      if (!rootPort || !within(INTEL_SUNRISE_POINT_PORTS, device) || acs === undefined) return "not mine";
      return boot.pci.noExtendedConfig ? "not mine" : "registers";
  }
}

/** Of the LPC bridge on the port's bus; where nothing is there, all bits read as one. Undefined where not readable. */
function rcbaEnabled({ bus }: Place, topology: Topology): boolean | undefined {
  const lpc = topology.at(`${bus}:1f.0`);
  if (lpc === undefined) return true;
  const { config } = lpc.device;
  return config.known ? config.value.rcbaEnabled : undefined;
}
