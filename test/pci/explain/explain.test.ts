import { describe, expect, it } from "vitest";
import { namer } from "../../../src/pci/explain/names.ts";
import { explainReason } from "../../../src/pci/explain/reasons.ts";
import { waysApart } from "../../../src/pci/explain/ways-apart.ts";
import { whyTogether } from "../../../src/pci/explain/why-together.ts";
import { groupingOf } from "../../../src/pci/grouping/predict.ts";
import type { GroupingBoot, GroupingFacts } from "../../../src/pci/grouping/situation.ts";
import { known } from "../../../src/facts/fact.ts";
import type { IommuFacts, PciDevice } from "../../../src/model/index.ts";
import { pciDevice } from "../support/device.ts";
import { allCases, caseNamed, factsOf } from "../grouping/support/cases.ts";

function boot(name: string): { facts: GroupingFacts; boot: GroupingBoot } {
  const machine = caseNamed(name);
  const [first] = machine.boots;
  if (first === undefined) throw new Error("no boot");
  return { facts: factsOf(machine, first), boot: { options: first.cmdline, acsOverride: "absent" } };
}

function sentences(name: string, a: string, b: string): readonly string[] {
  const { facts, boot: next } = boot(name);
  const { prediction } = groupingOf(facts, next);
  const group = prediction.groups.find(({ devices }) => devices.includes(a) && devices.includes(b));
  if (group === undefined) throw new Error(`${a} and ${b} are apart`);
  return whyTogether(group, a, b).map((reason) => explainReason(reason, namer(facts.devices)));
}

describe("why two devices are together", () => {
  it.each([
    [
      "t02-noacs-rp",
      "0000:00:01.0",
      "0000:01:00.0",
      ["root port 00:01.0 has no ACS capability, so everything below it"],
    ],
    [
      "t16-upstream-mf",
      "0000:01:00.1",
      "0000:03:00.0",
      [
        "and switch upstream port 01:00.0 in the same slot",
        "switch upstream port 01:00.0 has no ACS capability, so",
      ],
    ],
    ["t17-pcie-pci-bridge", "0000:02:01.0", "0000:02:02.0", ["behind a bridge to conventional PCI speaks"]],
  ])("is told in sentences: %s", (name, a, b, parts) => {
    const text = sentences(name, a, b).join("\n");
    for (const part of parts) expect(text).toContain(part);
  });

  it("is told of devices that are known to use each other's id", () => {
    const { facts, boot: next } = boot("q20-marvell-9230");
    const told = groupingOf(facts, next).prediction.groups.flatMap(({ reasons }) =>
      reasons.map((reason) => explainReason(reason, namer(facts.devices))),
    );
    expect(told.join("\n")).toContain("speak with each other's id");
  });

  it("is one way from each device of a group to each other, on every machine", () => {
    for (const machine of allCases()) {
      const [first] = machine.boots;
      if (first === undefined) continue;
      const facts = factsOf(machine, first);
      const { prediction } = groupingOf(facts, { options: first.cmdline, acsOverride: "absent" });
      for (const group of prediction.groups) {
        const [a = "", ...others] = group.devices;
        for (const b of others) {
          const way = whyTogether(group, a, b);
          const touched = new Set(way.flatMap(({ device, joins }) => [device, joins]));
          expect(touched.has(a) && touched.has(b), `${machine.topology}: ${a} to ${b}`).toBe(true);
        }
      }
    }
  });
});

describe("what would part two devices", () => {
  const apart = (name: string, a: string, b: string, options?: string, acsOverride?: "assume") => {
    const asBooted = boot(name);
    const next = {
      ...asBooted.boot,
      ...(options === undefined ? {} : { options }),
      ...(acsOverride === undefined ? {} : { acsOverride }),
    };
    const question = { ...asBooted, boot: next };
    return waysApart({ ...question, name: namer(question.facts.devices) }, [a], [b]);
  };

  it("is nothing to do where they are apart", () => {
    expect(apart("t01-basic", "0000:01:00.0", "0000:02:00.0")).toMatchObject({ apart: true, ways: [] });
  });

  it("are the fewest ids that do it, before everything that the options would split", () => {
    const { ways } = apart("q27-b550-amd", "0000:04:00.0", "0000:05:00.0");
    const overrides = ways.filter(({ kind }) => kind === "override").map(({ what }) => what.split("=")[1]);
    expect(overrides).toEqual(["id:1022:43e9", "downstream,multifunction"]);
    // AMD's switch is about the processor's ports, and 43e9 is the chipset's.
    expect(ways.map(({ kind }) => kind)).not.toContain("firmware");
    expect(ways.at(-1)?.predicted?.alsoSplits).toEqual([["0000:07:00.0", "0000:07:00.1", "0000:07:00.2"]]);
  });

  it("is nothing for conventional PCI, and it says so", () => {
    const { ways, inTheWay } = apart("t17-pcie-pci-bridge", "0000:02:01.0", "0000:02:02.0");
    expect(ways.filter(({ kind }) => kind === "override")).toEqual([]);
    expect(inTheWay.join()).toMatch(/bridge|conventional/);
  });

  it("is first of all to take away an option that keeps ports from using their ACS", () => {
    const [a, b] = ["0000:01:00.0", "0000:02:00.0"];
    const line = "intel_iommu=on pci=noaer,disable_acs_redir=00:01.0;00:01.1 quiet -- pci=nommconf";
    const { ways } = apart("t03-mf-rp-acs", a, b, line);
    expect(ways[0]).toMatchObject({
      kind: "option",
      predicted: { options: "intel_iommu=on pci=noaer quiet -- pci=nommconf", groups: [[a], [b]] },
    });
    expect(ways[0]?.what).toContain("pci=disable_acs_redir=00:01.0;00:01.1");
    const hidden = apart("t03-mf-rp-acs", a, b, "intel_iommu=on pci=nommconf");
    expect(hidden.ways[0]).toMatchObject({ kind: "option", predicted: { options: "intel_iommu=on" } });
  });

  it("add to an override that is obeyed, for that keeps others apart, and go before what is for init", () => {
    const line = "intel_iommu=on pcie_acs_override=downstream -- single";
    const { ways } = apart("t09-two-gpus-one-group", "0000:01:00.0", "0000:01:00.1", line, "assume");
    expect(ways.map(({ predicted }) => predicted?.options)).toEqual([
      "intel_iommu=on pcie_acs_override=downstream,id:1af4:1050 -- single",
      "intel_iommu=on pcie_acs_override=downstream,multifunction -- single",
    ]);
    const parted = apart(
      "t09-two-gpus-one-group",
      "0000:01:00.0",
      "0000:02:00.0",
      "intel_iommu=on -- single",
    );
    expect(parted.ways.length).toBeGreaterThan(0);
  });

  it("is no matter of parting where there are no groups: nothing isolates them", () => {
    const [a, b] = ["0000:01:00.0", "0000:02:00.0"];
    const off = apart("t01-basic", a, b, "intel_iommu=off");
    expect(off).toMatchObject({ apart: false, outside: [a, b], ways: [] });
    expect(off.noGroups).toContain("intel_iommu=off");
    const outside = apart("t36-amd-iommu", "0000:00:01.0", "0000:01:00.0");
    expect(outside).toMatchObject({ apart: false, outside: ["0000:00:01.0"] });
  });

  it("is nothing for devices that use each other's id, and it says so", () => {
    const { facts, boot: next } = boot("q20-marvell-9230");
    const pair = groupingOf(facts, next)
      .prediction.groups.flatMap(({ reasons }) => reasons)
      .find(({ rule }) => rule === "dma-alias");
    if (pair === undefined) throw new Error("no alias");
    const { ways, inTheWay } = apart("q20-marvell-9230", pair.joins, pair.device);
    expect(ways.filter(({ kind }) => kind === "override")).toEqual([]);
    expect(inTheWay.join()).toContain("each other's id");
  });

  it("does what it says on every machine: each way that is predicted parts the two", () => {
    for (const machine of allCases()) {
      const [first] = machine.boots;
      if (first === undefined) continue;
      const facts = factsOf(machine, first);
      const next: GroupingBoot = { options: first.cmdline, acsOverride: "absent" };
      for (const { devices } of groupingOf(facts, next).prediction.groups) {
        const [a, b] = [devices[0], devices.at(-1)];
        if (a === undefined || b === undefined || a === b) continue;
        const answer = waysApart({ facts, boot: next, name: namer(facts.devices) }, [a], [b]);
        expect(answer.apart).toBe(false);
        expect(answer.ways.length + answer.inTheWay.length, `${machine.topology} ${a} ${b}`).toBeGreaterThan(
          0,
        );
        for (const { predicted } of answer.ways) {
          if (predicted === undefined) continue;
          const { groups } = groupingOf(facts, {
            ...next,
            options: predicted.options,
            acsOverride: "assume",
          }).prediction;
          expect(groups.some((group) => group.devices.includes(a) && group.devices.includes(b))).toBe(false);
        }
      }
    }
  });

  const ROOT = "/sys/devices/pci0000:00";
  const machine = (port: Partial<PciDevice>, more: readonly PciDevice[] = []) => [
    pciDevice({
      address: "0000:00:01.1",
      vendor: "1022",
      class: "060400",
      config: known({ pcieType: 4 }),
      ...port,
    }),
    ...["0000:01:00.0", "0000:01:00.1"].map((address) =>
      pciDevice({ address, path: `${ROOT}/0000:00:01.1/${address}`, config: known({ pcieType: 0 }) }),
    ),
    ...more,
  ];
  const hostWith = (devices: readonly PciDevice[], iommu: Partial<IommuFacts> = {}): GroupingFacts => ({
    devices,
    iommu: {
      groups: known([{ id: 0, devices: devices.map(({ address }) => address) }]),
      firmwareTables: known(["IVRS"]),
      cpuVendor: known("amd"),
      ...iommu,
    },
    running: { release: known("6.12.1"), cmdline: known("quiet") },
  });
  const kinds = (facts: GroupingFacts, a: string, b: string) => {
    const question = {
      facts,
      boot: { options: "quiet", acsOverride: "absent" as const },
      name: namer(facts.devices),
    };
    return waysApart(question, [a], [b]).ways.map(({ kind }) => kind);
  };
  const metal = {
    processor: known("x86" as const),
    runsOn: known({ kind: "metal" as const }),
    deviceTree: known(false),
  };

  it.each<[string, string, Partial<IommuFacts>, boolean]>([
    ["a root port of Zen", "1483", {}, true],
    ["of Zen 5", "150a", {}, true],
    ["of a family before Zen", "1439", {}, false],
    ["of a family before Zen, by the processor", "1483", { machine: { ...metal, cpuFamily: 22 } }, false],
    ["where the firmware is coreboot", "1483", { machine: { ...metal, biosVendor: "coreboot" } }, false],
    [
      "of a guest",
      "1483",
      { machine: { ...metal, runsOn: known({ kind: "guest" as const, hypervisor: "QEMU" }) } },
      false,
    ],
  ])("is a switch of AMD's firmware only for ports that it is about: %s", (_what, device, iommu, shown) => {
    const facts = hostWith(machine({ device }), iommu);
    const found = kinds(facts, "0000:00:01.1", "0000:01:00.0");
    expect(found.includes("firmware")).toBe(shown);
    expect(found).toContain("override");
  });

  it.each([
    [true as const, true],
    [undefined, false],
  ])("is another slot only where there is one: the port's bit is %s", (slot, shown) => {
    const acs = { capability: 0x1f, control: 0x1d, controlAt8: 0 };
    const free = pciDevice({
      address: "0000:00:02.1",
      class: "060400",
      config: known({ pcieType: 4, acs, ...(slot && { slot }) }),
    });
    expect(kinds(hostWith(machine({}, [free])), "0000:00:01.1", "0000:01:00.0").includes("slot")).toBe(shown);
  });

  it("is to switch VMD off, for what is behind it", () => {
    const root = `${ROOT}/0000:00:0e.0/pci10000:e0`;
    const drives = ["10000:e1:00.0", "10000:e2:00.0"].map((address, at) =>
      pciDevice({ address, path: `${root}/10000:e0:0${at}.0/${address}`, config: known({ pcieType: 0 }) }),
    );
    const ports = ["10000:e0:00.0", "10000:e0:01.0"].map((address) =>
      pciDevice({ address, path: `${root}/${address}`, class: "060400", config: known({ pcieType: 4 }) }),
    );
    const vmd = pciDevice({ address: "0000:00:0e.0", class: "010400", config: known({ pcieType: 9 }) });
    const facts = hostWith([vmd, ...ports, ...drives]);
    const question = {
      facts,
      boot: { options: "quiet", acsOverride: "absent" as const },
      name: namer(facts.devices),
    };
    const { ways } = waysApart(question, ["10000:e1:00.0"], ["10000:e2:00.0"]);
    expect(ways.map(({ kind, what }) => [kind, /switch VMD .* off/.test(what)])).toEqual([
      ["firmware", true],
    ]);
  });

  it.each([
    ["quiet", "quiet intel_iommu=on", "add intel_iommu=on to the kernel's options", ["intel_iommu=on"], []],
    [
      "iommu=pt,off intel_iommu=off -- x",
      "iommu=pt intel_iommu=on -- x",
      "take iommu=pt,off and intel_iommu=off off the kernel's options, and add intel_iommu=on to the kernel's options",
      ["iommu=pt", "intel_iommu=on"],
      ["iommu=pt,off", "intel_iommu=off"],
    ],
  ])("is first of all to switch the IOMMU on, by the option of this processor: %s", (...row) => {
    const [line, options, what, present, absent] = row;
    const { facts } = boot("t09-two-gpus-one-group");
    const iommu = { ...facts.iommu, groups: known([]), firmwareTables: known(["DMAR"]) };
    const off = { ...facts, iommu, running: { release: known("6.12.1"), cmdline: known("quiet") } };
    const question = {
      facts: off,
      boot: { options: line, acsOverride: "absent" as const },
      name: namer(off.devices),
    };
    const answer = waysApart(question, ["0000:01:00.0"], ["0000:02:00.0"]);
    expect(answer.switchOn).toEqual({ what, options, present, absent, apart: false });
    expect(answer.ways.length).toBeGreaterThan(0);
  });

  it("leaves ids out of an override that change nothing", () => {
    const line = "intel_iommu=on pcie_acs_override=id:10de:2206,id:10de:1aef";
    const { ways } = apart("t09-two-gpus-one-group", "0000:01:00.0", "0000:02:00.0", line, "assume");
    expect(ways.flatMap(({ option }) => option ?? []).join()).not.toContain("10de");
  });
});
