import { describe, expect, it } from "vitest";
import { judgeGroups } from "../../src/concerns/iommu-groups.ts";
import { outlookOf } from "../../src/concerns/outlook.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import type { AcsPatch, HostState, NextBoot } from "../../src/model/index.ts";
import { predictionWrong } from "../../src/plan/prediction-check.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { slotAddress } from "../../src/pci/address.ts";
import { isBridge } from "../../src/pci/kinds.ts";
import { allCases, caseNamed, factsOf } from "../pci/grouping/support/cases.ts";
import { stateOf } from "../pci/support/state.ts";

/** Two cards in one group: below ports without ACS that are functions of one slot. */
const MACHINE = caseNamed("t09-two-gpus-one-group");
const BOOT = MACHINE.boots.find(({ name }) => name === "none") ?? MACHINE.boots[0];

function host(most?: number): HostState {
  if (BOOT === undefined) throw new Error("no boot");
  const { devices, iommu, running } = factsOf(MACHINE, BOOT, most);
  const base = stateOf({ devices, ...iommu });
  return { ...base, running: { ...base.running, ...running } };
}

const SPEC: HostSpec = {
  apiVersion: "hostcfg/v1",
  devices: { "host-gpu": { address: "01:00" }, "vm-gpu": { address: "02:00" } },
  iommuGroups: { separate: [["host-gpu", "vm-gpu"]] },
};

const patch = (answer: AcsPatch["answer"]): AcsPatch => ({ release: "6.8.0-acso", answer, evidence: [] });

function nextBoot(line: string): NextBoot {
  return {
    loader: "grub",
    release: known("6.8.0-acso"),
    kernel: "/boot/vmlinuz",
    initrd: "/boot/initrd.img",
    options: line,
    rule: "",
    fallback: unknown("none"),
  };
}

function requirement(line: string, answer: AcsPatch["answer"], state = host()) {
  const outlook = outlookOf(state, known(nextBoot(line)), patch(answer), true);
  return judgeGroups(SPEC, state, outlook).requirements[0];
}

const LINE = BOOT?.cmdline ?? "";

describe("a requirement of the groups, before the reboot", () => {
  it("is predicted where the boot that is planned meets it", () => {
    expect(requirement(`${LINE} pcie_acs_override=downstream,multifunction`, "carried")).toMatchObject({
      status: "predicted",
      reason: "at the next boot host-gpu and vm-gpu are in different groups (prediction: exact)",
      thisBoot: { status: "unsatisfied" },
    });
  });

  it("stays unsatisfied where it does not, with the reason and what would help", () => {
    const found = requirement(LINE, "absent");
    expect(found?.status).toBe("unsatisfied");
    expect(found?.reason).toMatch(/still in one group \(prediction: exact\); .*has no ACS capability/);
    expect(found?.remedy).toMatch(/pcie_acs_override=/);
  });

  it("is met by the override that is said to help, on every machine: a device is parted from all that is in the way", () => {
    let helped = 0;
    for (const machine of allCases()) {
      const [boot] = machine.boots;
      if (boot === undefined) continue;
      const { devices, iommu, running } = factsOf(machine, boot);
      const base = stateOf({ devices, ...iommu });
      const state = { ...base, running: { ...base.running, ...running } };
      for (const slot of new Set(
        devices.filter((one) => !isBridge(one)).map(({ address }) => slotAddress(address)),
      )) {
        const spec: HostSpec = {
          apiVersion: "hostcfg/v1",
          devices: { card: { address: slot } },
          iommuGroups: { isolated: ["card"] },
        };
        const judged = (line: string) =>
          judgeGroups(spec, state, outlookOf(state, known(nextBoot(line)), patch("carried"), true))
            .requirements[0];
        const line = boot.cmdline.replace(/ pcie_acs_override=\S+/, "");
        const [override] = /pcie_acs_override=\S+/.exec(judged(line)?.remedy ?? "") ?? [];
        if (override === undefined) continue;
        helped += 1;
        const status = judged(`${line} ${override}`)?.status;
        const then = status === "satisfied" ? "predicted" : status;
        expect([machine.topology, slot, override, then]).toEqual([
          machine.topology,
          slot,
          override,
          "predicted",
        ]);
      }
    }
    expect(helped).toBeGreaterThan(10);
  });

  it("is predicted of a line that has the option already, undeclared, by what this boot's groups show", () => {
    const boot = MACHINE.boots.find(({ name }) => name === "ds");
    if (boot === undefined) throw new Error("no boot");
    const { devices, iommu, running } = factsOf(MACHINE, boot);
    const base = stateOf({ devices, ...iommu });
    const state = { ...base, running: { ...base.running, ...running, release: known("6.8.0-mine") } };
    const again = { ...nextBoot(`${boot.cmdline} quiet`), release: known("6.8.0-mine") };
    const next = outlookOf(state, known(again), undefined, true);
    expect(judgeGroups(SPEC, state, next).requirements[0]).toMatchObject({ status: "satisfied" });
    const other = { ...nextBoot(`${boot.cmdline} quiet`), release: known("6.9.1-mine") };
    const unsure = judgeGroups(SPEC, state, outlookOf(state, known(other), undefined, true));
    expect(unsure.requirements[0]).toMatchObject({ status: "unknown" });
  });

  it("is as if the option were not there where the kernel does not know it", () => {
    expect(requirement(`${LINE} pcie_acs_override=downstream`, "absent")?.status).toBe("unsatisfied");
  });

  it.each([
    [
      "whether the kernel obeys the option is unknown",
      `${LINE} pcie_acs_override=downstream`,
      undefined,
      /obeys/,
    ],
    ["configuration space could not be read", LINE, 64, /only a guess/],
  ])("is unknown where %s", (_what, line, most, reason) => {
    const found = requirement(line, "unknown", host(most));
    expect(found?.status).toBe("unknown");
    expect(found?.reason).toMatch(reason);
  });

  it("is unsatisfied where the next boot has no IOMMU", () => {
    const off = LINE.replace("intel_iommu=on", "intel_iommu=off");
    expect(requirement(off, "absent")?.reason).toMatch(/^the next boot has no IOMMU groups/);
  });
});

describe("the groups that came", () => {
  it("are those that were predicted, on this machine as it is", () => {
    expect(predictionWrong(host())).toEqual([]);
  });

  it("are told to be others where they are", () => {
    const state = host();
    const [first, second, ...others] = state.iommu.groups.known ? state.iommu.groups.value : [];
    if (first === undefined || second === undefined) throw new Error("too few groups");
    const merged = { id: first.id, devices: [...first.devices, ...second.devices] };
    const other = { ...state, iommu: { ...state.iommu, groups: known([merged, ...others]) } };
    expect(predictionWrong(other).map(({ code }) => code)).toEqual(["prediction-wrong"]);
  });

  it("are not compared where what the kernel did with the override is unknown", () => {
    const state = host();
    const cmdline = known(`${LINE} pcie_acs_override=downstream`);
    expect(predictionWrong({ ...state, running: { ...state.running, cmdline } })).toEqual([]);
  });
});
