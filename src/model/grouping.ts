/**
 * How exact a prediction of IOMMU groups is. `exact`: configuration space was read and the IOMMU is on, so the rules
 * and the registers decide; `likely`: what one fact stands in for another, as the capabilities do for the control
 * bits while the IOMMU is off; `guess`: parts of configuration space could not be read, so positions and the present
 * groups stand in.
 */
export type Confidence = "exact" | "likely" | "guess";

/** The groups that a boot will make. Numbers are not predicted: they are of no meaning, and hot-plugging moves them. */
export interface GroupsPrediction {
  readonly confidence: Confidence;
  /** What is missing for `exact`, one clause each; empty where it is. */
  readonly missing: readonly string[];
  readonly iommu: PredictedIommu;
  /** In the order of their first device. No groups where the IOMMU is off; those of "on" where that is unknown. */
  readonly groups: readonly PredictedGroup[];
  /** Devices that no IOMMU stands before, in address order. */
  readonly ungrouped: readonly string[];
}

export interface PredictedIommu {
  readonly state: "on" | "off" | "unknown";
  /** One clause. */
  readonly why: string;
  /** Where it is off for want of one: what to do about it, in the imperative. */
  readonly remedy?: string | undefined;
  /** What keeps the answer from being certain, one clause. */
  readonly doubt?: string;
  /** The kernel or the firmware takes the IOMMU away, or may, although the options leave it on. */
  readonly byKernel?: true;
}

export interface PredictedGroup {
  /** In address order, never empty. */
  readonly devices: readonly string[];
  /** One for each device but the first that came into the group, in the order in which the kernel asks them. */
  readonly reasons: readonly MergeReason[];
}

/** Why `device` came into the group in which `joins` already was. Both are addresses. */
export type MergeReason =
  | {
      /** A port between the device and the root lets devices reach each other: `port` is the first that does. */
      readonly rule: "acs-climb";
      readonly device: string;
      /** The port whose group all below it falls into; `port` is this one or one above. */
      readonly joins: string;
      readonly port: string;
      readonly no: AcsNo;
    }
  | {
      /** Behind a bridge to conventional PCI, every device speaks with the bridge's id. */
      readonly rule: "conventional-bridge";
      readonly device: string;
      readonly joins: string;
    }
  | {
      /** One of both is known to also use the other's id (drivers/pci/quirks.c). */
      readonly rule: "dma-alias";
      readonly device: string;
      readonly joins: string;
    }
  | {
      /** Functions of one slot that could reach each other. */
      readonly rule: "slot-mates";
      readonly device: string;
      readonly joins: string;
      /** The function that was judged: the device, or the port that it was carried to. */
      readonly judged: string;
      readonly no: AcsNo;
      readonly mateNo: AcsNo;
    }
  | {
      /** Intel VMD: a device behind it speaks with the id of the VMD controller. */
      readonly rule: "real-dma-device";
      readonly device: string;
      readonly joins: string;
    }
  | {
      /** The rules do not say so, but they are together now and nothing of it changes. Only in a guess. */
      readonly rule: "together-now";
      readonly device: string;
      readonly joins: string;
    };

/** A bit that an isolated device must have on (PCI Express Base Specification, 6.12): lspci's names. */
export type AcsFlag = "SrcValid" | "ReqRedir" | "CmpltRedir" | "UpstreamFwd";

/** Why a device does not keep transactions apart. */
export type AcsNo =
  | {
      readonly why: "no-acs-capability";
      /** Configuration space could not be read: that there is none is what position and present groups suggest. */
      readonly assumed?: true;
    }
  | {
      readonly why: "acs-bits-off";
      readonly missing: readonly AcsFlag[];
      /** The kernel option that switches them off, where one does. */
      readonly by?: "disable_acs_redir" | "config_acs";
    }
  /** The kernel's table says no, whatever the registers and the override say. `rule` is the table's own name. */
  | { readonly why: "quirk-row-no"; readonly rule: string }
  /** PCI Express types that never do: 7 and 8 (bridges to and from PCI), 10 (event collector). */
  | { readonly why: "bridge-type"; readonly pcieType: number }
  | { readonly why: "conventional" };

/** A device that does not keep transactions apart, and what could change that. */
export interface AcsObstacle {
  readonly device: string;
  readonly no: AcsNo;
  /**
   * `between`: a port on the way to the root, which carries the device into the port's group. `conventional-bridge`: a
   * bridge whose id the device's transactions carry. `slot`: the device itself, or the topmost port that it is carried
   * to, which comes together with the functions of its slot.
   */
  readonly place: "between" | "conventional-bridge" | "slot";
  /** Items of pcie_acs_override that would make it answer yes; empty where none can. */
  readonly overrides: readonly string[];
}
