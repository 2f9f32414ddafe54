import { parseOption } from "../cmdline.ts";
import type { Diagnostic, HostState } from "../model/index.ts";

/** What is known of an option that is written in good faith and does not do what its name says. */
export interface Trap {
  readonly summary: string;
  readonly hint: string;
}

/**
 * Options that guides hand on and that do nothing, or something else (Documentation/admin-guide/kernel-parameters.txt;
 * the ACS override patch's own parser). Warnings, for the kernel takes the line all the same.
 */
export function optionTraps(present: readonly string[], { cpuVendor }: HostState["iommu"]): Diagnostic[] {
  const vendor = cpuVendor.known ? cpuVendor.value : undefined;
  return present.flatMap((spelling, index) =>
    trapsOf(spelling, vendor).map(({ summary, hint }): Diagnostic => ({
      severity: "warning",
      code: "option-trap",
      summary,
      hint,
      specPath: ["kernelOptions", "present", index],
    })),
  );
}

export function trapsOf(spelling: string, vendor: "intel" | "amd" | "other" | undefined): Trap[] {
  const { name, value } = parseOption(spelling);
  switch (name) {
    case "pcie_acs_override":
      return acsOverride(value ?? "");
    case "pci_acs_override":
    case "pcie_acs_overrides":
    case "pci_acs_overrides":
      return [
        {
          summary: `no kernel knows ${name}: the ACS override patch reads pcie_acs_override`,
          hint: `pcie_acs_override=${value ?? "downstream"}`,
        },
      ];
    case "amd_iommu":
      return amdIommu(value, vendor);
    case "intel_iommu":
      return vendor === "amd"
        ? [
            {
              summary:
                "intel_iommu does nothing on an AMD machine: its IOMMU is on unless the firmware switches it off",
              hint: "leave it out",
            },
          ]
        : [];
    case "video":
      return value === "efifb:off" || value === "vesafb:off" || value === "simplefb:off"
        ? [
            {
              summary: `since Linux 5.15, video=${value} takes no device from the boot screen: simpledrm or sysfb holds it`,
              hint: "bind the card to vfio-pci early; initcall_blacklist=sysfb_init is the newer switch, and leaves no console on that card",
            },
          ]
        : [];
    default:
      return oldModules(name, value ?? "");
  }
}

/** The longest list of ids that the patch keeps. */
const MOST_IDS = 15;

/** The patch compares each item by its beginning only, and passes over what it does not know without a word. */
function acsOverride(value: string): Trap[] {
  const items = value.split(",");
  const known = (item: string): boolean => /^(downstream|multifunction|id:)/.test(item);
  const traps = items.flatMap((item): Trap[] => {
    if (!known(item))
      return [
        {
          summary: `pcie_acs_override silently ignores "${item}"`,
          hint: "it knows downstream, multifunction and id:VVVV:DDDD, in small letters, with commas between them",
        },
      ];
    if (item.startsWith("id:"))
      return /^id:[0-9a-f]{4}:[0-9a-f]{4}$/i.test(item)
        ? []
        : [
            {
              summary: `pcie_acs_override misreads "${item}": an id is exactly four hex digits for the vendor and four for the device`,
              hint: "id:VVVV:DDDD as lspci -nn shows it, without 0x, subsystem or address",
            },
          ];
    return item === "downstream" || item === "multifunction"
      ? []
      : [
          {
            summary: `pcie_acs_override reads "${item}" as ${item.startsWith("d") ? "downstream" : "multifunction"} and ignores the rest`,
            hint: "put commas between the items",
          },
        ];
  });
  const ids = items.filter((item) => item.startsWith("id:")).length;
  return ids <= MOST_IDS
    ? traps
    : [
        ...traps,
        {
          summary: `pcie_acs_override keeps ${MOST_IDS} ids, and ${ids} are given`,
          hint: "name the ports that matter, or use downstream",
        },
      ];
}

/** The values that the kernel reads (amd_iommu= in kernel-parameters.txt); `on` is none of them. */
function amdIommu(value: string | undefined, vendor: string | undefined): Trap[] {
  if (vendor === "intel")
    return [{ summary: "amd_iommu does nothing on an Intel machine", hint: "intel_iommu=on" }];
  return value === "on"
    ? [
        {
          summary:
            "amd_iommu=on does nothing: the kernel knows no such value, and AMD's IOMMU is on unless the firmware switches it off",
          hint: "leave it out (iommu=pt does something; keep that)",
        },
      ]
    : [];
}

/** Lists of modules that the initramfs tools load, wherever they are written. */
function oldModules(name: string, value: string): Trap[] {
  const lists = ["rd.driver.pre", "rd.driver.post", "modules_load", "modules"];
  if (
    !lists.includes(name) ||
    !value.split(",").some((module) => module.replaceAll("-", "_") === "vfio_virqfd")
  )
    return [];
  return [
    {
      summary: "since Linux 6.2, vfio_virqfd is a part of vfio and no module of its own",
      hint: "leave it out; where an older kernel must boot too, name it in its own configuration",
    },
  ];
}
