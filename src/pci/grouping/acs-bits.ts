import type { AcsRegisters } from "../../model/index.ts";
import { ALL_BITS, REDIRECT_BITS, REQUIRED_BITS, SOURCE_VALIDATION } from "./acs-flags.ts";
import type { Boot } from "./boot.ts";
import type { PciOptions } from "./pci-options.ts";
import { configuredBits, matchesDevices } from "./pci-options.ts";
import type { Place } from "./topology.ts";

/** The two words of ACS as they will be when groups are made. */
export interface AcsBits {
  readonly capability: number;
  readonly control: number;
  /** The option that has changed the bits of this device. */
  readonly by?: "disable_acs_redir" | "config_acs";
  /** The result rests on what the firmware sets, which cannot be seen now, and was taken as nothing. */
  readonly firmwareUnseen: boolean;
}

/**
 * What pci_enable_acs of the kernel (drivers/pci/pci.c) makes of a device's bits at a boot with an IOMMU: it sets what
 * the capability has of the required ones and clears nothing; then come the options. Where the present kernel has done
 * the same, the present bits are the better evidence, for they show registers that do not take a write.
 *
 * @param dword The control bits are at offset 8 (Intel's Sunrise Point), and options only take redirection from them.
 */
export function acsBits(place: Place, registers: AcsRegisters, dword: boolean, boot: Boot): AcsBits {
  const capability = capabilityOf(place, registers.capability, boot);
  const now = dword ? registers.controlAt8 : registers.control;
  const { iommuOn, pci } = boot.present;
  const touched = isConfigured(pci, place);
  const firmware = iommuOn === false && !touched ? now : undefined;
  const kernels = iommuOn === true && !touched ? now : now | (capability & REQUIRED_BITS);
  const needed = capability & REQUIRED_BITS;
  const bits = (control: number, fromFirmware: number, by?: AcsBits["by"]): AcsBits => ({
    capability,
    control,
    ...(by !== undefined && { by }),
    firmwareUnseen: firmware === undefined && (fromFirmware & needed) !== 0,
  });

  if (boot.kernel.groupsBeforeAcs) return bits(firmware ?? 0, ALL_BITS);
  const redirect = boot.pci.disableAcsRedir !== undefined && matchesDevices(boot.pci.disableAcsRedir, place);
  if (boot.kernel.acsOptions === "redirect-only" || dword) {
    const configured = boot.kernel.acsOptions !== "redirect-only" && configuredFor(place, boot) !== undefined;
    if (!redirect && !configured) return bits(kernels, 0);
    return bits(kernels & ~REDIRECT_BITS, 0, redirect ? "disable_acs_redir" : "config_acs");
  }
  const fixed = boot.kernel.acsOptions === "fixed";
  const configured = configuredFor(place, boot);
  let result = bits(kernels, 0);
  if (redirect) {
    result = fixed
      ? bits((firmware ?? 0) & ~REDIRECT_BITS, ALL_BITS & ~REDIRECT_BITS, "disable_acs_redir")
      : bits(
          ((firmware ?? 0) & REDIRECT_BITS) | (ALL_BITS & ~REDIRECT_BITS),
          REDIRECT_BITS,
          "disable_acs_redir",
        );
  }
  if (configured !== undefined) {
    const { mask, flags } = configured;
    result = fixed
      ? bits(((firmware ?? 0) & ~mask) | flags, ALL_BITS & ~mask, "config_acs")
      : bits((result.control & ~mask) | ((firmware ?? 0) & mask) | flags, mask & ~flags, "config_acs");
  }
  return result;
}

function configuredFor(place: Place, { pci, kernel }: Boot): ReturnType<typeof configuredBits> {
  if (pci.configAcs === undefined || kernel.acsOptions === "redirect-only") return undefined;
  return configuredBits(pci.configAcs, place, kernel.acsOptions === "first-device");
}

/** Whether the present bits may be the work of an option. */
export function isConfigured({ disableAcsRedir, configAcs }: PciOptions, place: Place): boolean {
  return (
    (disableAcsRedir !== undefined && matchesDevices(disableAcsRedir, place)) ||
    (configAcs !== undefined && configuredBits(configAcs, place, false) !== undefined)
  );
}

function capabilityOf({ device }: Place, capability: number, { kernel }: Boot): number {
  const idt = device.vendor === "111d" && (device.device === "80b5" || device.device === "8090");
  return idt && kernel.idtWithoutSourceValidation ? capability & ~SOURCE_VALIDATION : capability;
}
