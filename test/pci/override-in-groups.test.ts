import { describe, expect, it } from "vitest";
import { known } from "../../src/facts/fact.ts";
import type { HostState } from "../../src/model/index.ts";
import { clueOfGroups } from "../../src/pci/override-in-groups.ts";
import type { Case, CaseBoot } from "./grouping/support/cases.ts";
import { allCases, caseNamed, factsOf } from "./grouping/support/cases.ts";

function clue(machine: Case, boot: CaseBoot, release = boot.kernel) {
  const { devices, iommu, running } = factsOf(machine, boot);
  const state: Pick<HostState, "pci" | "iommu" | "running"> = {
    pci: known(devices),
    iommu,
    running: { ...running, release: known(boot.kernel), bootId: known("") },
  };
  return clueOfGroups(state, release);
}

describe("what the groups of a boot show of its kernel and the override patch", () => {
  it("is right on every machine where it decides, and it decides where the option was obeyed with effect", () => {
    let decided = 0;
    for (const machine of allCases()) {
      for (const boot of machine.boots.filter(({ cmdline }) => cmdline.includes("pcie_acs_override="))) {
        const shown = clue(machine, boot);
        if (shown === undefined) continue;
        decided += 1;
        const truth = boot.kernelHasAcsOverride ? "carried" : "absent";
        expect([machine.topology, boot.name, shown.shows]).toEqual([machine.topology, boot.name, truth]);
      }
    }
    expect(decided).toBeGreaterThan(20);
  });

  it("is nothing where the option makes no difference, and of another kernel than the one that runs", () => {
    const machine = caseNamed("t15-nested-switch-noacs");
    const named = (name: string): CaseBoot => {
      const boot = machine.boots.find((one) => one.name === name);
      if (boot === undefined) throw new Error(`no boot ${name}`);
      return boot;
    };
    expect(clue(machine, named("none"))).toBeUndefined();
    expect(clue(machine, named("dsmf"))?.shows).toBe("carried");
    expect(clue(machine, named("dsmf"), "6.12.0")).toBeUndefined();
  });
});
