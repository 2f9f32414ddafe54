import { describe, expect, it } from "vitest";
import { predictGroups } from "../../../src/pci/grouping/predict.ts";
import type { GroupingBoot } from "../../../src/pci/grouping/situation.ts";
import type { CaseBoot } from "./support/cases.ts";
import { allCases, factsOf, groupsOf, partition } from "./support/cases.ts";

// Each file of test/pci/grouping/cases is a machine that was booted in many ways: add one, and it is tested.

const next = (boot: CaseBoot): GroupingBoot => ({
  options: boot.cmdline,
  acsOverride: boot.kernelHasAcsOverride ? "assume" : "absent",
  kernelRelease: boot.kernel,
});

describe.each(allCases())("$topology", (machine) => {
  const starts = machine.boots.filter(({ name }) => name === "none" || name === "iommu-off");

  it.each(starts)("is predicted from the boot $name to every other boot", (start) => {
    const facts = factsOf(machine, start);
    for (const boot of machine.boots) {
      const { groups } = predictGroups(facts, next(boot));
      expect([boot.name, ...partition(groups)]).toEqual([boot.name, ...partition(groupsOf(boot))]);
    }
  });

  it.each(machine.boots)("is predicted exactly as it is from the boot $name itself", (boot) => {
    const { groups, ungrouped, confidence, missing } = predictGroups(factsOf(machine, boot), next(boot));
    expect(partition(groups)).toEqual(partition(groupsOf(boot)));
    const grouped = groups.flatMap(({ devices }) => devices);
    expect(grouped.length + ungrouped.length).toBe(machine.deviceSets[boot.devices]?.length);
    expect([confidence, missing]).toEqual(["exact", []]);
  });

  it.each(machine.boots.filter(({ iommuOn }) => iommuOn))(
    "is guessed as it is from the boot $name without root",
    (boot) => {
      const { groups, confidence } = predictGroups(factsOf(machine, boot, 64), next(boot));
      expect(partition(groups)).toEqual(partition(groupsOf(boot)));
      expect(confidence).toBe("guess");
    },
  );
});

describe("a guess from the stock boot, without root", () => {
  /** Their ports have an ACS capability that does not take a write; without root it seems to be none. */
  const misjudged = ["q02-intel-spt-noctl ds", "q02-intel-spt-noctl dsmf", "q02-intel-spt-noctl idall"];

  it("is right on every other boot of every machine but where a register is stuck", () => {
    const wrong = allCases().flatMap((machine) => {
      const stock = machine.boots.find(({ name }) => name === "none");
      if (stock === undefined) return [];
      const facts = factsOf(machine, stock, 64);
      return machine.boots
        .filter((boot) => {
          const { groups } = predictGroups(facts, next(boot));
          return partition(groups).join() !== partition(groupsOf(boot)).join();
        })
        .map(({ name }) => `${machine.topology} ${name}`);
    });
    expect(wrong).toEqual(misjudged);
  });
});
