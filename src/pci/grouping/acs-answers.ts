import type { AcsNo } from "../../model/index.ts";
import { acsBits, isConfigured } from "./acs-bits.ts";
import { missingFlags } from "./acs-flags.ts";
import type { AcsOverride } from "./acs-override.ts";
import { acsQuirkRules } from "./acs-quirk-table.ts";
import { askQuirk } from "./acs-quirks.ts";
import type { Boot } from "./boot.ts";
import { matchesDevices } from "./pci-options.ts";
import {
  DOWNSTREAM_PORT,
  ENDPOINT,
  EVENT_COLLECTOR,
  INTEGRATED_ENDPOINT,
  LEGACY_ENDPOINT,
  PCI_TO_PCIE,
  PCIE_TO_PCI,
  ROOT_PORT,
  UPSTREAM_PORT,
} from "./port-types.ts";
import type { Place, Topology } from "./topology.ts";
import type { Traits } from "./traits.ts";

/** Whether ACS is effectively on for a device: `pci_acs_enabled` of drivers/pci/pci.c for the flags that groups need. */
export type AcsAnswer = { readonly isolates: true } | { readonly isolates: false; readonly no: AcsNo };

export interface AcsAnswers {
  readonly of: (place: Place) => AcsAnswer;
  /** Items of pcie_acs_override that would make a "no" of the device a "yes". */
  readonly overridesFor: (place: Place) => readonly string[];
  /** Devices whose answer rests on what the firmware sets, as far as they were asked for. */
  readonly restingOnFirmware: ReadonlySet<Place>;
}

const YES: AcsAnswer = { isolates: true };

function no(reason: AcsNo): AcsAnswer {
  return { isolates: false, no: reason };
}

export function acsAnswers(topology: Topology, traitsOf: (place: Place) => Traits, boot: Boot): AcsAnswers {
  const answers = new Map<Place, AcsAnswer>();
  const restingOnFirmware = new Set<Place>();

  const of = (place: Place): AcsAnswer => {
    const before = answers.get(place);
    if (before !== undefined) return before;
    const answer = ask(place, traitsOf(place));
    answers.set(place, answer);
    return answer;
  };

  function ask(place: Place, traits: Traits): AcsAnswer {
    const { vendor, device } = place.device;
    for (const rule of acsQuirkRules(vendor, device)) {
      const answer = askQuirk(rule, place, traits, topology, boot);
      if (answer === "yes") return YES;
      if (answer === "no") return no({ why: "quirk-row-no", rule });
      if (answer === "registers") return lookAtRegisters(place, traits, true);
    }
    // What isolates by nature has the capability, where it could not be read.
    const capable = naturallySeen(place, traits) === true && !boot.pci.noExtendedConfig;
    if (!capable && overridable(traits, boot) && overrides(place, traits, boot.override)) return YES;
    return traits.unread === "nothing" ? byType(place, traits) : assume(place, traits);
  }

  function byType(place: Place, traits: Traits): AcsAnswer {
    switch (traits.pcieType) {
      case undefined:
        return no({ why: "conventional" });
      case PCIE_TO_PCI:
      case PCI_TO_PCIE:
      case EVENT_COLLECTOR:
        return no({ why: "bridge-type", pcieType: traits.pcieType });
      case DOWNSTREAM_PORT:
      case ROOT_PORT:
        return lookAtRegisters(place, traits, false);
      case ENDPOINT:
      case UPSTREAM_PORT:
      case LEGACY_ENDPOINT:
      case INTEGRATED_ENDPOINT:
        return traits.multifunction ? lookAtRegisters(place, traits, false) : YES;
      default:
        return YES;
    }
  }

  function lookAtRegisters(place: Place, { acs }: Traits, dword: boolean): AcsAnswer {
    if (acs === undefined || boot.pci.noExtendedConfig) return no({ why: "no-acs-capability" });
    const { capability, control, by, firmwareUnseen } = acsBits(place, acs, dword, boot);
    if (firmwareUnseen) restingOnFirmware.add(place);
    const missing = missingFlags(capability, control);
    if (missing.length === 0) return YES;
    return no({ why: "acs-bits-off", missing, ...(by !== undefined && { by }) });
  }

  /** What present groups show holds for the next boot too, but for options that give ACS or take it away. */
  function assume(place: Place, traits: Traits): AcsAnswer {
    const natural = byType(place, traits);
    // Out of reach for that boot's kernel as well, so nothing is assumed.
    if (traits.unread === "acs" && boot.pci.noExtendedConfig) return natural;
    const seen = naturallySeen(place, traits);
    if (seen === undefined || (seen === natural.isolates && !seen)) return marked(natural);
    if (!seen || boot.pci.noExtendedConfig) return marked(no({ why: "no-acs-capability" }));
    const { disableAcsRedir } = boot.pci;
    if (natural.isolates || disableAcsRedir === undefined || !matchesDevices(disableAcsRedir, place))
      return YES;
    return no({ why: "acs-bits-off", missing: ["ReqRedir", "CmpltRedir"], by: "disable_acs_redir" });
  }

  /** Leaves out what an option of the present boot may have brought about. */
  function naturallySeen(place: Place, traits: Traits): boolean | undefined {
    const { override, pci } = boot.present;
    if (traits.seenToIsolate === true) return overrides(place, traits, override) ? undefined : true;
    if (traits.seenToIsolate === false && isConfigured(pci, place)) return true;
    return traits.seenToIsolate;
  }

  return {
    of,
    restingOnFirmware,
    overridesFor: (place) => {
      const traits = traitsOf(place);
      const answer = of(place);
      if (answer.isolates || answer.no.why === "quirk-row-no" || !overridable(traits, boot)) return [];
      const { vendor, device } = place.device;
      const id = `id:${vendor}:${device}`;
      return overrides(place, traits, { downstream: true, multifunction: false, ids: [] })
        ? ["downstream", id]
        : overrides(place, traits, { downstream: false, multifunction: true, ids: [] })
          ? ["multifunction", id]
          : [id];
    },
  };
}

function marked(answer: AcsAnswer): AcsAnswer {
  if (answer.isolates || answer.no.why !== "no-acs-capability") return answer;
  return no({ why: "no-acs-capability", assumed: true });
}

/** The override leaves conventional devices alone, and those with the capability, whatever its bits. */
function overridable({ pcieType, acs }: Traits, { pci }: Boot): boolean {
  return pcieType !== undefined && (acs === undefined || pci.noExtendedConfig);
}

function overrides(
  { device: { vendor, device } }: Place,
  { pcieType, multifunction }: Traits,
  override: AcsOverride,
): boolean {
  if (override.ids.includes(`${vendor}:${device}`)) return true;
  switch (pcieType) {
    case DOWNSTREAM_PORT:
    case ROOT_PORT:
      return override.downstream;
    case ENDPOINT:
    case UPSTREAM_PORT:
    case LEGACY_ENDPOINT:
    case INTEGRATED_ENDPOINT:
      return override.multifunction && multifunction;
    case undefined:
    default:
      return false;
  }
}
