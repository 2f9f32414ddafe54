import { parseOption } from "../../cmdline.ts";
import { isString, itemsAt } from "../document.ts";
import { nearOptionName } from "../option-names.ts";
import type { Problem } from "../problem.ts";
import type { Check } from "./check.ts";

/**
 * Options that do nothing under the name that they are given, on any machine. Of those that must be absent nothing is said:
 * whoever takes a misspelt one off the line is right.
 */
export const optionNames: Check = function* (document) {
  for (const { path, value } of itemsAt(document, ["kernelOptions", "present"]).filter(isString)) {
    const problem = problemOf(value);
    if (problem !== undefined) yield { ...problem, path, at: "value" };
  }
};

function problemOf(spelling: string): Problem | undefined {
  const { name, value } = parseOption(spelling);
  const module = own(MODULE_OF, name);
  if (module !== undefined)
    return {
      code: "option-trap",
      summary: `${name} does nothing on the kernel's line: it is a parameter of the module ${module}`,
      hint: `${module}.${name}${value === undefined ? "" : `=${value}`}`,
    };
  const meant = own(MEANT, name);
  if (meant !== undefined)
    return {
      code: "option-trap",
      summary: `${name} does nothing: no kernel knows it`,
      hint: meant(value),
    };
  const near = nearOptionName(name);
  if (near === undefined) return undefined;
  return {
    code: "option-misspelt",
    summary: `${nameIn(spelling)} is no kernel option that hostcfg knows`,
    hint: `did you mean ${near}${value === undefined ? "" : `=${value}`}? Else leave it: it is written as it stands`,
  };
}

/** As it was spelled. */
function nameIn(spelling: string): string {
  return spelling.replace(/^"/, "").replace(/=[^]*$/, "");
}

/** Names that no kernel knows, and what was meant. */
const MEANT: Readonly<Record<string, (value: string | undefined) => string>> = {
  pci_acs_override: acsOverride,
  pcie_acs_overrides: acsOverride,
  pci_acs_overrides: acsOverride,
  acs_override: acsOverride,
  iommu_pt: () => "iommu=pt",
  iommu_passthrough: () => "iommu.passthrough=1, or iommu=pt on x86",
  intel_iommu_on: () => "intel_iommu=on",
  intel_iommu_pt: () => "intel_iommu=on and iommu=pt, as two options",
  amd_iommu_on: () => "leave it out: AMD's IOMMU is on unless the firmware switches it off",
  vfio_iommu_type1: (value) => `vfio_iommu_type1.${value ?? "allow_unsafe_interrupts"}=1`,
  vfio_pci: () => "vfio-pci.ids=VVVV:DDDD",
  vfio_ids: (value) => `vfio-pci.ids=${value ?? "VVVV:DDDD"}`,
};

/** Parameters of modules, which the kernel reads with the module's name in front only. */
const MODULE_OF: Readonly<Record<string, string>> = {
  allow_unsafe_interrupts: "vfio_iommu_type1",
  disable_idle_d3: "vfio-pci",
  disable_vga: "vfio-pci",
  enable_unsafe_noiommu_mode: "vfio",
  ids: "vfio-pci",
  ignore_msrs: "kvm",
  nointxmask: "vfio-pci",
};

function acsOverride(value: string | undefined): string {
  return `the ACS override patch reads pcie_acs_override=${value ?? "downstream"}`;
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
