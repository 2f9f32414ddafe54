import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../src/facts/fact.ts";
import type { Fact, IommuFacts, IommuGroup } from "../../../src/model/index.ts";
import { iommuMaker, nextIommu } from "../../../src/pci/grouping/next-iommu.ts";
import { pciDevice } from "../support/device.ts";

const GROUPS = known([{ id: 0, devices: ["0000:00:00.0"] }]);
const NONE = known<readonly IommuGroup[]>([]);
const needsRoot = unknown("reading /sys/firmware/acpi/tables needs root");

interface Given {
  readonly groups?: Fact<readonly IommuGroup[]>;
  readonly tables?: Fact<readonly string[]>;
  readonly cpu?: "intel" | "amd" | "other";
  readonly now?: Fact<string> | string;
  readonly sameKernel?: boolean;
  /** The next kernel's; the running one is 6.12.1. */
  readonly release?: string;
  readonly iommu?: Partial<IommuFacts>;
}

function ask(
  next: string,
  {
    groups = GROUPS,
    tables = known(["DMAR"]),
    cpu = "intel",
    now = "",
    release = "6.12.1",
    sameKernel = release === "6.12.1",
    iommu = {},
  }: Given = {},
) {
  return nextIommu({
    iommu: { groups, firmwareTables: tables, cpuVendor: known(cpu), ...iommu },
    maker: iommuMaker({ groups, firmwareTables: tables, cpuVendor: known(cpu) }, []),
    presentLine: typeof now === "string" ? known(now) : now,
    nextLine: next,
    sameKernel,
    presentRelease: "6.12.1",
    nextRelease: sameKernel ? "6.12.1" : release,
  });
}

describe("nextIommu", () => {
  const intelOn = { now: "intel_iommu=on" };
  const amd: Given = { tables: known(["IVRS"]), cpu: "amd" };
  it.each<[string, string, Given, "on" | "off" | "unknown"]>([
    ["keeps on what an option has on", "intel_iommu=on", intelOn, "on"],
    ["is off by Intel's option", "intel_iommu=off", intelOn, "off"],
    ["is off by the generic option, whatever else is said", "intel_iommu=on iommu=off", intelOn, "off"],
    ["goes by the last of Intel's switches", "intel_iommu=off intel_iommu=on,sm_on", intelOn, "on"],
    ["ignores what is for init", "intel_iommu=on -- iommu=off", intelOn, "on"],
    ["does not know the default of a kernel that was told", "quiet", intelOn, "unknown"],
    ["knows the default of a kernel that was not told, and is on", "quiet", {}, "on"],
    ["knows the default of a kernel that was not told, and is off", "quiet", { groups: NONE }, "off"],
    [
      "does not know it where iommu=off spoke instead",
      "quiet",
      { groups: NONE, now: "iommu=off" },
      "unknown",
    ],
    ["is switched on where only the option was missing", "intel_iommu=on", { groups: NONE }, "on"],
    [
      "is switched on where an option had it off",
      "intel_iommu=on",
      { groups: NONE, now: "intel_iommu=off" },
      "on",
    ],
    [
      "is off as now where its options stay",
      "intel_iommu=on",
      { groups: NONE, now: "intel_iommu=on" },
      "off",
    ],
    [
      "doubts what does not work now, of another kernel",
      "intel_iommu=on",
      { groups: NONE, now: "intel_iommu=on", sameKernel: false },
      "unknown",
    ],
    [
      "is off as now where the firmware is not known",
      "x",
      { groups: NONE, tables: needsRoot, now: "y" },
      "off",
    ],
    ["is off where the firmware has none", "intel_iommu=on", { groups: NONE, tables: known([]) }, "off"],
    [
      "is not known where the firmware is not",
      "intel_iommu=on",
      { groups: NONE, tables: needsRoot },
      "unknown",
    ],
    ["goes by the groups where the firmware is not known", "intel_iommu=on", { tables: needsRoot }, "on"],
    ["is on by default with AMD", "quiet", amd, "on"],
    ["is off by AMD's option", "amd_iommu=off", amd, "off"],
    ["does not listen to the other maker's option", "intel_iommu=off", amd, "on"],
    ["comes back when AMD's option goes", "quiet", { ...amd, groups: NONE, now: "amd_iommu=off" }, "on"],
    ["doubts an AMD that has none for no reason seen", "iommu=pt", { ...amd, groups: NONE }, "unknown"],
    [
      "does not know without the present options",
      "quiet",
      { groups: NONE, now: unknown("no /proc") },
      "unknown",
    ],
    [
      "does not know without the present groups",
      "intel_iommu=on",
      { groups: unknown("no sysfs") },
      "unknown",
    ],
    ["is as now on other processors", "quiet", { tables: needsRoot, cpu: "other" }, "on"],
  ])("%s: %s", (_what, next, given, state) => {
    expect(ask(next, given).state).toBe(state);
  });

  const dmar = (optIn: boolean, forcedOff: boolean) => ({ dmar: known({ optIn, forcedOff }) });
  const unreadDmar = { dmar: needsRoot };
  const iort: Given = { tables: known(["IORT"]), cpu: "other" };
  it.each<[string, string, Given, "on" | "off" | "unknown", doubt: boolean]>([
    ["this boot has it on in spite of iommu=off", "iommu=off", { now: "iommu=off" }, "on", true],
    ["nothing tells what overrules the option", "iommu=off", { ...intelOn, iommu: unreadDmar }, "off", true],
    [
      "the firmware asks for protection",
      "iommu=off",
      { ...intelOn, iommu: dmar(true, false) },
      "unknown",
      false,
    ],
    [
      "that does not overrule Intel's own option",
      "intel_iommu=off",
      { ...intelOn, iommu: dmar(true, false) },
      "off",
      false,
    ],
    [
      "another kernel may not be overruled",
      "iommu=off",
      { now: "iommu=off", release: "6.18.1" },
      "unknown",
      false,
    ],
    ["of one option's words the last counts", "intel_iommu=off,on", intelOn, "on", false],
    ["and the other way round", "intel_iommu=on,off", intelOn, "off", false],
    [
      "Linux 7.3 obeys the firmware",
      "intel_iommu=on",
      { ...intelOn, release: "7.3.4", iommu: dmar(false, true) },
      "off",
      false,
    ],
    [
      "Linux 7.2 does not",
      "intel_iommu=on",
      { ...intelOn, release: "7.2.13", iommu: dmar(false, true) },
      "on",
      false,
    ],
    [
      "of which kernel nothing is known",
      "intel_iommu=on",
      { ...intelOn, release: "custom", iommu: dmar(false, true) },
      "unknown",
      false,
    ],
    [
      "the firmware's wish cannot be read",
      "intel_iommu=on",
      { ...intelOn, release: "7.3.4", iommu: unreadDmar },
      "on",
      true,
    ],
    [
      "it cannot, and does not matter",
      "intel_iommu=on",
      { ...intelOn, release: "7.2.1", iommu: unreadDmar },
      "on",
      false,
    ],
    [
      "the next kernel lacks the driver",
      "quiet",
      { ...amd, release: "6.13.1", iommu: { kernels: { "6.13.1": { drivers: ["intel"] } } } },
      "off",
      false,
    ],
    [
      "the next kernel has it",
      "quiet",
      { ...amd, release: "6.13.1", iommu: { kernels: { "6.13.1": { drivers: ["amd"] } } } },
      "on",
      false,
    ],
    [
      "only this boot's kernel lacks it",
      "quiet",
      { ...amd, groups: NONE, release: "6.13.1", iommu: { kernels: { "6.12.1": { drivers: [] } } } },
      "on",
      false,
    ],
    ["an SMMU does not listen to x86's options", "iommu=off intel_iommu=off", iort, "on", false],
    [
      "an SMMU that is announced does not work",
      "quiet",
      { ...iort, groups: NONE, now: "quiet" },
      "off",
      true,
    ],
    [
      "and may with another kernel",
      "quiet",
      { ...iort, groups: NONE, now: "quiet", release: "6.13.1" },
      "unknown",
      false,
    ],
    ["virtio's is no Intel's", "intel_iommu=off", { ...intelOn, tables: known(["VIOT"]) }, "on", false],
  ])("is foreseen where %s: %s", (_what, next, given, state, doubt) => {
    const found = ask(next, given);
    expect([found.state, found.doubt !== undefined]).toEqual([state, doubt]);
  });

  it("says what would make it sure", () => {
    expect(ask("quiet", intelOn).why).toBe(
      "no option says whether the IOMMU is on, so the kernel's default decides; intel_iommu=on would make it sure",
    );
  });
});

describe("iommuMaker", () => {
  const function0806 = pciDevice({ address: "0000:00:00.2", class: "080600", vendor: "1022" });
  it.each([
    ["the firmware's table", known(["DMAR"]), [function0806], "intel"],
    ["AMD's own function where there is no table to see", needsRoot, [function0806], "amd"],
    ["the processor where there is neither", needsRoot, [], "intel"],
    ["nothing where the firmware has no table", known([]), [], undefined],
  ] as const)("goes by %s", (_what, firmwareTables, devices, maker) => {
    expect(iommuMaker({ groups: GROUPS, firmwareTables, cpuVendor: known("intel") }, devices)).toBe(maker);
  });
});
