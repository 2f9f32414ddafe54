import { isRepeatable } from "../boot/options.ts";
import { isLoadersOwn, parseOption, sameOption, splitLine } from "../cmdline.ts";
import type { Diagnostic } from "../model/index.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";
import { optionTraps } from "./option-traps/option-traps.ts";
import type { Declare } from "./declare/declare.ts";
import { scalar } from "./declare/yaml.ts";

/** `kernelOptions`: handed to the boot loader, which knows what is configured and what is staged. */
export function kernelOptions({ spec, state }: ConcernInput): ConcernResult {
  if (spec.kernelOptions === undefined) return {};
  const { present = [], absent = [] } = spec.kernelOptions;
  const diagnostics = [
    ...loadersOwn("present", present),
    ...loadersOwn("absent", absent),
    ...rivals(present),
    ...optionTraps(present, state),
    ...withoutReason(present, spec.iommuGroups?.acsOverrideReason),
  ];
  return { wish: { options: { present, absent } }, diagnostics };
}

/** A second one could change the root file system. */
function loadersOwn(list: "present" | "absent", options: readonly string[]): Diagnostic[] {
  return options.flatMap((spelling, index): Diagnostic[] => {
    if (!isLoadersOwn(spelling)) return [];
    const { name } = parseOption(spelling);
    return [
      {
        severity: "error",
        code: "option-of-the-loader",
        summary: `${spelling} cannot be declared: the boot loader writes ${name} itself`,
        hint: "leave it out",
        specPath: ["kernelOptions", list, index],
      },
    ];
  });
}

/** Read every time they appear, so that their values add up; hostcfg manages each as one list. */
const ADDED_UP = new Set(["amd_iommu", "intel_iommu", "intremap", "iommu", "pcie_acs_override"]);

/** Two values for a name that stands on the line once: one of them is a mistake. */
function rivals(present: readonly string[]): Diagnostic[] {
  return present.flatMap((spelling, index): Diagnostic[] => {
    const { name } = parseOption(spelling);
    // The kernel reads hugepages= once for each hugepagesz= before it.
    if (isRepeatable(name) || name === "hugepages") return [];
    const first = present.find((other) => parseOption(other).name === name);
    if (first === undefined || sameOption(first, spelling)) return [];
    return [
      {
        severity: "error",
        code: "option-two-values",
        ...(ADDED_UP.has(name) ? asOneList(first, spelling) : oneOfThem(first, spelling)),
        specPath: ["kernelOptions", "present", index],
      },
    ];
  });
}

function oneOfThem(first: string, second: string): Pick<Diagnostic, "summary" | "hint"> {
  return {
    summary: `${first} and ${second} cannot both hold: the kernel keeps one value of ${parseOption(first).name}`,
    hint: "keep one of them",
  };
}

function asOneList(first: string, second: string): Pick<Diagnostic, "summary" | "hint"> {
  const values = [first, second].map((spelling) => parseOption(spelling).value ?? "");
  const { name } = parseOption(first);
  return {
    summary: `${first} and ${second} are one list in two places: the kernel reads both, and hostcfg manages ${name} as one option`,
    hint: `write one option: ${name}=${values.filter((value) => value !== "").join(",")}`,
  };
}

function withoutReason(present: readonly string[], reason: string | undefined): Diagnostic[] {
  const index = present.findIndex((spelling) => parseOption(spelling).name === "pcie_acs_override");
  if (index === -1 || reason !== undefined) return [];
  return [
    {
      severity: "warning",
      code: "acs-override-risk",
      summary:
        "pcie_acs_override makes the kernel assume isolation that the hardware does not give: devices in different groups may still reach each other's memory",
      hint: "say why that is acceptable here: iommuGroups.acsOverrideReason",
      specPath: ["kernelOptions", "present", index],
    },
  ];
}

/** What installers write, or loaders and the initrd need to find the root file system. */
const INSTALLERS =
  /^(?:root|rootflags|rootfstype|ro|rw|quiet|splash|initrd|BOOT_IMAGE|boot|resume|resume_offset|crashkernel|cryptdevice|zfs|vt\.handoff|systemd\.machine_id|rd\..*|---?)$/;

export const declareOptions: Declare = ({ state: { addedOptions }, boot, needs }) => {
  const own = new Set(addedOptions.known ? addedOptions.value.options : []);
  const absent = needs?.absent ?? [];
  const there = splitLine(boot?.options ?? "")
    .filter((option) => !INSTALLERS.test(parseOption(option).name))
    .filter((option) => !absent.includes(option));
  const more = (needs?.present ?? []).filter((option) => !there.includes(option));
  const present = [
    ...there.map((option) => `    - ${scalar(option)}${own.has(option) ? " # added by hostcfg" : ""}`),
    ...more.map((option) => `    - ${scalar(option)} # for the virtual machine`),
  ];
  // Below a list of its own there is none: then it stands among the ways alone.
  const override =
    needs?.override === undefined || present.length === 0
      ? []
      : [
          `    # - ${scalar(needs.override)} # would part them, and gives isolation up: needs a patched kernel and`,
          "    #   iommuGroups.acsOverrideReason",
        ];
  const gone = absent.map((option) => `    - ${scalar(option)} # for the virtual machine`);
  const lines = [
    ...(present.length === 0 ? [] : ["  present:", ...present, ...override]),
    ...(gone.length === 0 ? [] : ["  absent:", ...gone]),
  ];
  return lines.length === 0
    ? undefined
    : {
        about: ["Options of the kernel beyond those of the installer (root=, ro, quiet)."],
        value: lines,
      };
};
