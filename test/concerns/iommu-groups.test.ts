import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeGroups } from "../../src/concerns/iommu-groups.ts";
import type { Outlook } from "../../src/concerns/outlook.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import type { IommuGroup, PciDevice, Requirement } from "../../src/model/index.ts";
import { isBridge } from "../../src/pci/kinds.ts";
import { slotsOf } from "../../src/pci/slots.ts";
import type { DeviceSelector, HostSpec, IOMMUGroups } from "../../src/spec/host-spec.gen.ts";
import { AMD_B550, INTEL_DESKTOP } from "../pci/support/boards.ts";
import { pciDevice } from "../pci/support/device.ts";
import { stateOf } from "../pci/support/state.ts";
import type { PciState } from "../pci/support/state.ts";
import { machines } from "../pci/support/topology.ts";

const ROOT = "/sys/devices/pci0000:00";
const AMD = "Advanced Micro Devices, Inc. [AMD/ATI]";

/** Two graphics cards below two functions of one root port slot, as in the story that hostcfg exists for. */
const DEVICES = [
  pciDevice({ address: "0000:00:03.0", class: "060000" }),
  pciDevice({ address: "0000:00:03.1", class: "060400" }),
  pciDevice({ address: "0000:00:03.2", class: "060400" }),
  pciDevice({
    address: "0000:0c:00.0",
    path: `${ROOT}/0000:00:03.1/0000:0c:00.0`,
    vendor: "1002",
    device: "731f",
    class: "030000",
    names: { vendor: AMD, device: "Navi 10" },
  }),
  pciDevice({
    address: "0000:0c:00.1",
    path: `${ROOT}/0000:00:03.1/0000:0c:00.1`,
    vendor: "1002",
    device: "ab38",
    class: "040300",
  }),
  pciDevice({
    address: "0000:0d:00.0",
    path: `${ROOT}/0000:00:03.2/0000:0d:00.0`,
    vendor: "10de",
    device: "2206",
    class: "030000",
    names: { vendor: "NVIDIA Corporation" },
  }),
  pciDevice({
    address: "0000:0d:00.1",
    path: `${ROOT}/0000:00:03.2/0000:0d:00.1`,
    vendor: "10de",
    device: "1aef",
    class: "040300",
  }),
];

const NAMED = { "host-gpu": { id: "1002:731f" }, "vm-gpu": { id: "10de:2206" } };
const HOST_GPU = "host-gpu (0c:00.0 VGA compatible controller: AMD/ATI Navi 10 [1002:731f])";
const VM_GPU = "vm-gpu (0d:00.0 VGA compatible controller: NVIDIA Corporation Device [10de:2206])";

/** Groups by number, members without domain. */
function groupsOf(members: Record<number, readonly string[]>): readonly IommuGroup[] {
  return Object.entries(members).map(([id, short]) => ({
    id: Number(id),
    devices: short.map((address) => `0000:${address}`),
  }));
}

const TOGETHER = groupsOf({
  30: ["00:03.0", "00:03.1", "00:03.2", "0c:00.0", "0c:00.1", "0d:00.0", "0d:00.1"],
});
const APART = groupsOf({
  28: ["00:03.0"],
  29: ["00:03.1"],
  30: ["0c:00.0"],
  31: ["0c:00.1"],
  32: ["00:03.2", "0d:00.0", "0d:00.1"],
});

/** Nothing changes with the next boot. */
const THIS_BOOT: Outlook = { rebootNeeded: false, after: unknown("not asked"), next: unknown("not asked") };

function judge(
  iommuGroups: IOMMUGroups,
  groups: readonly IommuGroup[],
  devices: Record<string, DeviceSelector> = NAMED,
  state: PciState = {},
) {
  const spec: HostSpec = { apiVersion: "hostcfg/v1", devices, iommuGroups };
  return judgeGroups(spec, stateOf({ devices: DEVICES, groups: known(groups), ...state }), THIS_BOOT);
}

function judgeOne(...input: Parameters<typeof judge>): Requirement {
  const { requirements, diagnostics } = judge(...input);
  expect(diagnostics).toEqual([]);
  expect(requirements).toHaveLength(1);
  const [requirement] = requirements;
  if (requirement === undefined) throw new Error("no requirement");
  return requirement;
}

describe("iommuGroups.separate", () => {
  const separate = [["host-gpu", "vm-gpu"]];

  it("is unsatisfied by two devices in one group, and says who and where", () => {
    expect(judgeOne({ separate }, TOGETHER)).toEqual({
      address: "iommuGroups.separate[0]",
      status: "unsatisfied",
      reason: `${HOST_GPU} and ${VM_GPU} are both in IOMMU group 30`,
      offenders: ["0000:0c:00.0", "0000:0c:00.1", "0000:0d:00.0", "0000:0d:00.1"],
    });
  });

  it("is satisfied by devices in different groups, be the functions of one in two", () => {
    expect(judgeOne({ separate }, APART)).toEqual({
      address: "iommuGroups.separate[0]",
      status: "satisfied",
      reason: "host-gpu is in IOMMU groups 30 and 31 and vm-gpu is in IOMMU group 32",
      offenders: [],
    });
  });

  it("is unsatisfied where only companion functions share a group", () => {
    const groups = groupsOf({ 30: ["0c:00.0"], 31: ["0d:00.0"], 32: ["0c:00.1", "0d:00.1"] });
    expect(judgeOne({ separate }, groups)).toMatchObject({
      status: "unsatisfied",
      reason:
        "host-gpu (0c:00.1 Audio device [1002:ab38]) and vm-gpu (0d:00.1 Audio device [10de:1aef]) " +
        "are both in IOMMU group 32",
      offenders: ["0000:0c:00.1", "0000:0d:00.1"],
    });
  });

  it("leaves out functions that the spec leaves out", () => {
    const groups = groupsOf({ 30: ["0c:00.0"], 31: ["0d:00.0"], 32: ["0c:00.1", "0d:00.1"] });
    const devices = { ...NAMED, "vm-gpu": { id: "10de:2206", functions: [0] } };
    expect(judgeOne({ separate }, groups, devices)).toMatchObject({ status: "satisfied" });
  });

  it("names every group that devices of the set share", () => {
    const groups = groupsOf({ 30: ["0c:00.0", "0d:00.0"], 31: ["0c:00.1", "0d:00.1", "00:03.1"] });
    const devices = { ...NAMED, port: { address: "00:03.1" } };
    const set = [["host-gpu", "vm-gpu", "port"]];
    expect(judgeOne({ separate: set }, groups, devices).reason).toMatch(
      /^host-gpu .* and vm-gpu .* are both in IOMMU group 30; host-gpu .*, vm-gpu .* and port .* are all in/,
    );
  });

  it("judges each set by itself", () => {
    const devices = { ...NAMED, port: { address: "00:03" } };
    const { requirements } = judge(
      {
        separate: [
          ["host-gpu", "vm-gpu"],
          ["host-gpu", "port"],
        ],
      },
      APART.map((group) =>
        group.id === 30 ? { id: 30, devices: [...group.devices, "0000:00:03.0"] } : group,
      ),
      devices,
    );
    expect(requirements.map(({ address, status }) => [address, status])).toEqual([
      ["iommuGroups.separate[0]", "satisfied"],
      ["iommuGroups.separate[1]", "unsatisfied"],
    ]);
  });

  it("is unsatisfied where a device is in no group although others are, and says which", () => {
    const { status, reason, offenders } = judgeOne({ separate }, groupsOf({ 30: ["0c:00.0", "0c:00.1"] }));
    expect([status, offenders]).toEqual(["unsatisfied", ["0000:0d:00.0", "0000:0d:00.1"]]);
    expect(reason).toMatch(/^vm-gpu \(0d:00.0 .*\) is in no IOMMU group, so nothing isolates it/);
  });

  it("cannot be about one device twice", () => {
    const devices = { gpu: { id: "10de:2206" }, sound: { id: "10de:1aef" } };
    const { diagnostics, requirements } = judge({ separate: [["gpu", "sound"]] }, APART, devices);
    expect(diagnostics).toEqual([
      {
        severity: "error",
        code: "devices-same-slot",
        summary: "gpu and sound are to be separated but are the same device, 0d:00",
        hint: "correct one of the selectors under devices, or take the name out of the set",
        specPath: ["iommuGroups", "separate", 0],
        address: "iommuGroups.separate[0]",
      },
    ]);
    expect(requirements).toMatchObject([{ status: "unsatisfied" }]);
  });
});

describe("names of one slot", () => {
  it("are different devices where their functions do not overlap", () => {
    const devices = {
      gpu: { id: "10de:2206", functions: [0] },
      sound: { id: "10de:1aef", functions: [1] },
    };
    const apart = groupsOf({ 31: ["0d:00.0"], 32: ["0d:00.1"] });
    const { diagnostics, requirements } = judge({ separate: [["gpu", "sound"]] }, apart, devices);
    expect(diagnostics).toEqual([]);
    expect(requirements).toMatchObject([{ status: "satisfied" }]);
  });
});

describe("iommuGroups.isolated", () => {
  const isolated = ["vm-gpu"];

  it("is satisfied by a group that holds only the slot and bridges", () => {
    expect(judgeOne({ isolated }, APART)).toEqual({
      address: "iommuGroups.isolated.vm-gpu",
      status: "satisfied",
      reason: "vm-gpu is in IOMMU group 32, with nothing else but its own slot and bridges",
      offenders: [],
    });
  });

  it("is satisfied where the functions of the slot have groups of their own", () => {
    expect(judgeOne({ isolated: ["host-gpu"] }, APART)).toMatchObject({ status: "satisfied" });
  });

  it("is unsatisfied by any other endpoint in the group, and says which", () => {
    expect(judgeOne({ isolated }, TOGETHER)).toEqual({
      address: "iommuGroups.isolated.vm-gpu",
      status: "unsatisfied",
      reason:
        `${VM_GPU} shares IOMMU group 30 with 0c:00.0 VGA compatible controller: AMD/ATI Navi 10 [1002:731f] ` +
        "and 0c:00.1 Audio device [1002:ab38]",
      offenders: ["0000:0c:00.0", "0000:0c:00.1"],
    });
  });

  it("counts functions that the spec leaves out: they stay with the host", () => {
    const devices = { "vm-gpu": { id: "10de:2206", functions: [0] } };
    expect(judgeOne({ isolated }, APART, devices)).toMatchObject({
      status: "unsatisfied",
      offenders: ["0000:0d:00.1"],
    });
  });

  it("looks only at the groups of the functions that the spec speaks of", () => {
    const groups = groupsOf({ 31: ["0d:00.0"], 32: ["0c:00.1", "0d:00.1"] });
    const devices = { "vm-gpu": { id: "10de:2206", functions: [0] } };
    expect(judgeOne({ isolated }, groups, devices)).toMatchObject({ status: "satisfied" });
    expect(judgeOne({ isolated }, groups)).toMatchObject({
      status: "unsatisfied",
      offenders: ["0000:0c:00.1"],
    });
  });

  it("is unsatisfied by a member that is no known PCI device", () => {
    const groups = [{ id: 32, devices: ["0000:0d:00.0", "0000:0d:00.1", "AMDI0095:00"] }];
    expect(judgeOne({ isolated }, groups)).toMatchObject({
      status: "unsatisfied",
      reason: `${VM_GPU} shares IOMMU group 32 with AMDI0095:00`,
      offenders: ["AMDI0095:00"],
    });
  });

  it("is unsatisfied where a function has no group although others have", () => {
    expect(judgeOne({ isolated }, groupsOf({ 32: ["0d:00.0"] }))).toEqual({
      address: "iommuGroups.isolated.vm-gpu",
      status: "unsatisfied",
      reason:
        "vm-gpu (0d:00.1 Audio device [10de:1aef]) is in no IOMMU group, so nothing isolates it: no IOMMU that the firmware describes covers it (root bus 0000:00)",
      offenders: [],
    });
  });
});

describe("judgeGroups", () => {
  const wanted = { separate: [["host-gpu", "vm-gpu"]], isolated: ["vm-gpu"] };

  it("asks nothing of the groups where the spec does not", () => {
    expect(judgeGroups({ apiVersion: "hostcfg/v1" }, stateOf({ devices: DEVICES }), THIS_BOOT)).toEqual({
      requirements: [],
      diagnostics: [],
    });
  });

  it("leaves all open where the PCI devices are not known", () => {
    const state = {
      ...stateOf({ groups: known(TOGETHER) }),
      pci: unknown("there is no /sys/bus/pci/devices"),
    };
    const verdict = { status: "unknown", reason: "there is no /sys/bus/pci/devices", offenders: [] };
    expect(
      judgeGroups({ apiVersion: "hostcfg/v1", devices: NAMED, iommuGroups: wanted }, state, THIS_BOOT),
    ).toEqual({
      requirements: [
        { address: "iommuGroups.separate[0]", ...verdict },
        { address: "iommuGroups.isolated.vm-gpu", ...verdict },
      ],
      diagnostics: [],
    });
  });

  it("leaves all open where the groups are not known", () => {
    const groups = unknown("there is no /sys/kernel/iommu_groups");
    const { requirements, diagnostics } = judge(wanted, [], NAMED, { groups });
    expect(diagnostics).toEqual([]);
    expect(requirements.map(({ status, reason }) => [status, reason])).toEqual([
      ["unknown", groups.why],
      ["unknown", groups.why],
    ]);
  });

  it("says why a host has no groups at all", () => {
    const state = { firmwareTables: known([]), cpuVendor: known("amd" as const) };
    const { requirements } = judge(wanted, [], NAMED, state);
    const why =
      "the firmware announces no IOMMU (no DMAR or IVRS table): switch on AMD-Vi (IOMMU) in the BIOS; where it has no such switch, the processor or the board has none";
    expect(requirements.map(({ status, reason }) => [status, reason])).toEqual([
      ["unsatisfied", why],
      ["unsatisfied", why],
    ]);
  });

  it("complains about a selector that does not resolve, used or not, and leaves open what needs it", () => {
    const devices = { ...NAMED, "vm-gpu": { id: "10de:ffff" }, sound: { class: "audio" } };
    const { requirements, diagnostics } = judge(wanted, TOGETHER, devices);
    expect(diagnostics.map(({ code, specPath }) => [code, specPath])).toEqual([
      ["device-not-found", ["devices", "vm-gpu"]],
      ["device-ambiguous", ["devices", "sound"]],
    ]);
    expect(requirements).toMatchObject([
      { status: "unknown", reason: "the device that vm-gpu means is unknown" },
      { status: "unknown", reason: "the device that vm-gpu means is unknown" },
    ]);
  });

  it.each([
    ["an override parts the cards below one root port slot", INTEL_DESKTOP, "01:00", "02:00"],
    ["an override parts nothing below a switch that is a function of its slot", AMD_B550, "06:00", "02:00"],
  ])("agrees with a real kernel's groups: %s", (_what, { devices, groups }, one, other) => {
    const named = { one: { address: one }, other: { address: other } };
    const statuses = [groups.stock, groups.downstreamOverride].map(
      (live) => judgeOne({ separate: [["one", "other"]] }, live, named, { devices }).status,
    );
    expect(statuses).toEqual(["unsatisfied", devices === AMD_B550.devices ? "unsatisfied" : "satisfied"]);
  });

  it("calls devices isolated that are alone, and no two devices both isolated and together", () => {
    fc.assert(
      fc.property(partitions, ({ devices, groups }) => {
        const slots = slotsOf(devices).filter((slot) => !slot.functions.some(isBridge));
        fc.pre(slots.length >= 2);
        const named = Object.fromEntries(
          slots.map((slot, index) => [`d${index}`, { address: slot.address }]),
        );
        const names = Object.keys(named);
        const { requirements, diagnostics } = judge({ separate: [names], isolated: names }, groups, named, {
          devices,
        });
        const [separate, ...isolated] = requirements.map(({ status }) => status);
        expect(diagnostics).toEqual([]);
        if (isolated.every((status) => status === "satisfied")) expect(separate).toBe("satisfied");
        if (separate === "unsatisfied") {
          expect(isolated.filter((status) => status === "unsatisfied").length).toBeGreaterThanOrEqual(2);
        }
      }),
    );
  });
});

/** A machine and an arbitrary partition of its devices into groups. */
const partitions: fc.Arbitrary<{ devices: readonly PciDevice[]; groups: readonly IommuGroup[] }> =
  machines.chain((devices) =>
    fc
      .array(fc.nat({ max: 3 * devices.length }), { minLength: devices.length, maxLength: devices.length })
      .map((ids) => ({
        devices,
        groups: [...new Set(ids)].map((id) => ({
          id,
          devices: devices.filter((_, index) => ids[index] === id).map(({ address }) => address),
        })),
      })),
  );
