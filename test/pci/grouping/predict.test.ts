import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../src/facts/fact.ts";
import { groupingOf, predictGroups } from "../../../src/pci/grouping/predict.ts";
import { pciDevice } from "../support/device.ts";
import {
  ACS_OFF,
  ACS_ON,
  boot,
  DOWNSTREAM,
  groupsOf,
  hostOf,
  lines,
  machine,
  machines,
  PCIE_TO_PCI,
  ROOT_PORT,
  UPSTREAM,
} from "./support/trees.ts";

const gpu = { at: "00.0", type: 0, multifunctionBit: true };
const audio = { at: "00.1", type: 0 };
const nic = { at: "00.0", type: 0 };

describe("the ACS climb", () => {
  it("leaves what is behind a good port to itself, a card's functions together", () => {
    const host = machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below: [gpu, audio] });
    expect(groupsOf(host)).toEqual(["00:01.0", "01:00.0 01:00.1"]);
  });

  it("collects a whole switch in the port at its top that has no ACS", () => {
    const down = { type: DOWNSTREAM, acs: ACS_ON, below: [nic] };
    const up = {
      at: "00.0",
      type: UPSTREAM,
      below: [
        { at: "00.0", ...down },
        { at: "01.0", ...down },
      ],
    };
    const host = machine({ at: "01.0", type: ROOT_PORT, below: [up] });
    expect(groupsOf(host)).toEqual(["00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0"]);
    expect(groupsOf(host, "pcie_acs_override=downstream")).toHaveLength(6);
  });

  it("names the port that lets through and what it lacks", () => {
    const stuck = { capability: 0x1f, control: 0x01, controlAt8: 0 };
    const host = machine({ at: "01.0", type: ROOT_PORT, acs: stuck, below: [nic] });
    const [group] = predictGroups(hostOf(host), boot()).groups;
    const port = "0000:00:01.0";
    expect(group?.reasons).toEqual([
      {
        rule: "acs-climb",
        device: "0000:01:00.0",
        joins: port,
        port,
        no: { why: "acs-bits-off", missing: ["ReqRedir", "CmpltRedir", "UpstreamFwd"] },
      },
    ]);
  });

  it("needs no bit that the capability does not have", () => {
    const host = (acs: typeof ACS_ON) => machine({ at: "01.0", type: ROOT_PORT, acs, below: [nic] });
    expect(groupsOf(host({ capability: 0, control: 0, controlAt8: 0 }))).toHaveLength(2);
    expect(groupsOf(host({ capability: 1, control: 1, controlAt8: 0 }))).toHaveLength(2);
    expect(groupsOf(host({ capability: 5, control: 1, controlAt8: 0 }))).toHaveLength(1);
  });

  it("counts a port that an impossible place makes an endpoint", () => {
    const wrong = {
      at: "00.0",
      type: DOWNSTREAM,
      below: [{ at: "00.0", type: DOWNSTREAM, acs: ACS_ON, below: [nic] }],
    };
    expect(groupsOf(machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below: [wrong] }))).toHaveLength(4);
  });
});

describe("slot mates", () => {
  it("are those that do not isolate, whatever function 0 does", () => {
    const host = machine(
      { at: "01.0", type: ROOT_PORT, acs: ACS_ON, multifunctionBit: true },
      { at: "01.1", type: ROOT_PORT },
      { at: "01.2", type: ROOT_PORT },
    );
    expect(groupsOf(host)).toEqual(["00:01.0", "00:01.1 00:01.2"]);
    const [, group] = predictGroups(hostOf(host), boot()).groups;
    expect(group?.reasons).toMatchObject([
      { rule: "slot-mates", device: "0000:00:01.2", joins: "0000:00:01.1", no: { why: "no-acs-capability" } },
    ]);
  });

  it("are conventional functions, whatever the override says", () => {
    const host = machine({ at: "1f.0", multifunctionBit: true }, { at: "1f.3" });
    expect(groupsOf(host, "pcie_acs_override=downstream,multifunction")).toEqual(["00:1f.0 00:1f.3"]);
  });

  it("are never virtual functions", () => {
    const virtual = { type: 0, physicalFunction: "0000:01:00.0" };
    const below = [nic, { at: "00.1", ...virtual }, { at: "01.0", ...virtual }];
    expect(groupsOf(machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below }))).toHaveLength(4);
    expect(groupsOf(machine({ at: "01.0", type: ROOT_PORT, below }))).toHaveLength(1);
  });

  it("are functions above 7 that ARI gives a device number, each in its row of 8", () => {
    const below = [gpu, { at: "01.0", type: 0, ari: true as const }, { at: "01.1", type: 0 }];
    expect(groupsOf(machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below }))).toEqual([
      "00:01.0",
      "01:00.0",
      "01:01.0 01:01.1",
    ]);
  });

  it("of a chipset's upstream port drag its whole switch along", () => {
    const chipset = [
      { at: "00.0", type: 0, multifunctionBit: true },
      { at: "00.2", type: UPSTREAM, below: [{ at: "08.0", type: DOWNSTREAM, below: [nic] }] },
    ];
    const host = machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below: chipset });
    const all = ["00:01.0", "01:00.0 01:00.2 02:08.0 03:00.0"];
    expect(groupsOf(host)).toEqual(all);
    expect(groupsOf(host, "pcie_acs_override=downstream")).toEqual(all);
    expect(groupsOf(host, "pcie_acs_override=downstream,multifunction")).toHaveLength(5);
  });
});

describe("aliases", () => {
  it("keep what is behind a conventional bridge with the topmost such bridge", () => {
    const inner = { at: "02.0", below: [{ at: "00.0" }] };
    const bridge = { at: "00.0", type: PCIE_TO_PCI, below: [{ at: "01.0" }, inner] };
    const host = machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below: [bridge] });
    expect(groupsOf(host, "pcie_acs_override=downstream,multifunction")).toEqual([
      "00:01.0",
      "01:00.0 02:01.0 02:02.0 03:00.0",
    ]);
  });

  it("keep a controller with the function whose id it uses, on both sides", () => {
    const marvell = { vendor: "1b4b", device: "9230", type: 0 };
    const below = [
      { at: "00.0", ...marvell, multifunctionBit: true },
      { at: "00.1", type: 0, acs: ACS_ON },
    ];
    const host = machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below });
    expect(groupsOf(host, "pcie_acs_override=downstream,multifunction")).toEqual([
      "00:01.0",
      "01:00.0 01:00.1",
    ]);
    const [, group] = predictGroups(hostOf(host), boot("pcie_acs_override=multifunction")).groups;
    expect(group?.reasons).toEqual([{ rule: "dma-alias", device: "0000:01:00.1", joins: "0000:01:00.0" }]);
  });

  it("end below a root port with a translation unit of its own", () => {
    const bridge = { at: "00.0", type: PCIE_TO_PCI, below: [{ at: "01.0" }, { at: "02.0" }] };
    const port = (vendor: string) => machine({ at: "01.0", vendor, device: "9000", below: [bridge] });
    expect(groupsOf(port("14e4"))).toEqual(["00:01.0 01:00.0 02:01.0 02:02.0"]);
    expect(predictGroups(hostOf(port("14e4")), boot()).groups[0]?.reasons[0]).toMatchObject({
      rule: "acs-climb",
    });
    expect(predictGroups(hostOf(port("1234")), boot()).groups[0]?.reasons[0]).toMatchObject({
      rule: "conventional-bridge",
    });
  });

  it("of VMD carry all that is in its domain to the controller", () => {
    const vmd = machine({ at: "0e.0", type: 9, vendor: "8086", device: "9a0b" });
    const path = `${vmd[0]?.path ?? ""}/pci10000:e0`;
    const config = known({ pcieType: ROOT_PORT, acs: ACS_ON });
    const inside = [
      pciDevice({ address: "10000:e0:06.0", path: `${path}/10000:e0:06.0`, class: "060400", config }),
      pciDevice({
        address: "10000:e1:00.0",
        path: `${path}/10000:e0:06.0/10000:e1:00.0`,
        config: known({ pcieType: 0 }),
      }),
    ];
    const { groups } = predictGroups(hostOf([...vmd, ...inside]), boot());
    expect(groups).toHaveLength(1);
    expect(groups[0]?.reasons).toEqual(
      inside.map(({ address }) => ({ rule: "real-dma-device", device: address, joins: "0000:00:0e.0" })),
    );
  });
});

describe("the kernel's table", () => {
  const behind = (port: object) =>
    machine({ at: "1c.0", type: ROOT_PORT, below: [nic], ...port }, { at: "1f.0", rcba: true });
  it.each([
    ["an Intel 8-series port by RCBA", behind({ vendor: "8086", device: "8c10" }), 3],
    [
      "an Intel 8-series port without RCBA, for good",
      machine(
        { at: "1c.0", type: ROOT_PORT, vendor: "8086", device: "8c10", below: [nic] },
        { at: "1f.0", rcba: false },
      ),
      2,
    ],
    [
      "Sunrise Point by the bits at offset 8",
      behind({ vendor: "8086", device: "a110", acs: { ...ACS_OFF, controlAt8: 0x1d } }),
      3,
    ],
    ["Sunrise Point not by the bits at offset 6", behind({ vendor: "8086", device: "a110", acs: ACS_ON }), 2],
    ["a Zhaoxin port that is listed", behind({ vendor: "1d17", device: "0716" }), 3],
    ["a Zhaoxin port that is not, for good", behind({ vendor: "1d17", device: "0800", acs: ACS_ON }), 2],
    ["a Cavium port", behind({ vendor: "177d", device: "a123" }), 3],
    ["an Amazon port", behind({ vendor: "1c36", device: "0031" }), 3],
  ])("judges %s", (_what, host, groups) => {
    const options = "pcie_acs_override=id:8086:8c10,id:1d17:0800";
    expect(groupsOf(host, options)).toHaveLength(groups);
  });

  it.each([
    ["listed network functions", { vendor: "8086", device: "1521" }, 3],
    ["Intel's integrated endpoints", { vendor: "8086", device: "1234", type: 9 }, 3],
    ["others' integrated endpoints", { vendor: "1af4", device: "1041", type: 9 }, 1],
    ["Wangxun functions that are not listed", { vendor: "8088", device: "0042" }, 1],
  ])("judges %s", (_what, ids, groups) => {
    const host = machine(
      { at: "02.0", type: 0, multifunctionBit: true, ...ids },
      { at: "02.1", type: 0, ...ids },
      { at: "02.2", type: 0, ...ids },
    );
    expect(groupsOf(host)).toHaveLength(groups);
  });

  it("isolates AMD's old southbridge functions only with AMD's IOMMU", () => {
    const host = machine(
      { at: "14.0", vendor: "1002", device: "4385", multifunctionBit: true },
      { at: "14.1" },
      { at: "14.2" },
    );
    const facts = hostOf(host);
    const amd = { ...facts, iommu: { ...facts.iommu, firmwareTables: known(["IVRS"]) } };
    expect(lines(predictGroups(amd, boot()).groups)).toEqual(["00:14.0", "00:14.1 00:14.2"]);
    expect(lines(predictGroups(facts, boot()).groups)).toEqual(["00:14.0 00:14.1 00:14.2"]);
  });
});

describe("options of the boot", () => {
  const port = { at: "01.0", type: ROOT_PORT, below: [nic] };

  it("let an id override any type, also a bridge to PCI, but not who speaks with its id", () => {
    const bridge = { at: "00.0", type: PCIE_TO_PCI, vendor: "1b36", device: "000e", below: [{ at: "01.0" }] };
    const host = machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below: [bridge] });
    expect(groupsOf(host, "pcie_acs_override=id:1b36:000e")).toEqual(["00:01.0", "01:00.0 02:01.0"]);
  });

  it("override nothing that has ACS, whatever its bits, nor anything without the patch", () => {
    const host = machine({ ...port, acs: ACS_OFF });
    expect(groupsOf(host, "pcie_acs_override=downstream")).toHaveLength(1);
    expect(groupsOf(machine(port), "pcie_acs_override=downstream", { acsOverride: "absent" })).toHaveLength(
      1,
    );
    expect(groupsOf(machine(port), "-- pcie_acs_override=downstream")).toHaveLength(1);
  });

  it("hide ACS everywhere without MMCONFIG, where the override then reaches", () => {
    const host = machine({ ...port, acs: ACS_ON });
    expect(groupsOf(host, "pci=nommconf")).toHaveLength(1);
    expect(groupsOf(host, "pci=nommconf pcie_acs_override=downstream")).toHaveLength(2);
  });

  it("switch redirection off, against which the override cannot help", () => {
    const host = machine({ ...port, acs: ACS_ON });
    const options = "pci=disable_acs_redir=00:01.0 pcie_acs_override=downstream";
    expect(groupsOf(host, options)).toHaveLength(1);
    const [group] = predictGroups(hostOf(host), boot(options)).groups;
    expect(group?.reasons).toMatchObject([
      { no: { why: "acs-bits-off", missing: ["ReqRedir", "CmpltRedir"], by: "disable_acs_redir" } },
    ]);
  });

  it("that the present boot has are taken back for the next one", () => {
    const acs = { ...ACS_OFF, control: 0x11 };
    const facts = hostOf(machine({ ...port, acs }), "intel_iommu=on pci=disable_acs_redir=00:01.0");
    expect(predictGroups(facts, boot()).groups).toHaveLength(2);
    expect(predictGroups(facts, boot("pci=disable_acs_redir=00:01.0")).groups).toHaveLength(1);
  });

  it.each([
    ["6.1.192", "pci=config_acs=0000000@00:01.0", 2],
    ["6.13.11", "pci=config_acs=0000000@00:01.0", 1],
    ["6.13.11", "pci=config_acs=xx111x1@00:01.0", 2],
    ["6.12.23", "pci=config_acs=xx1x1x1@00:01.0", 1],
    ["6.13.11", "pci=config_acs=0@00:02.0", 2],
    // With the fault a 0 meant the firmware's bit, and only the first device was read.
    ["6.12.10", "pci=config_acs=x@00:02.0;0000000@00:01.0", 2],
  ])("configure ACS on Linux %s by %s", (kernelRelease, options, groups) => {
    expect(groupsOf(machine({ ...port, acs: ACS_ON }), options, { kernelRelease })).toHaveLength(groups);
  });

  it.each(["6.1.166", "6.12.80"])("see ACS too late on Linux %s", (kernelRelease) => {
    const facts = hostOf(machine({ ...port, acs: ACS_ON }));
    const { groups, confidence, missing } = predictGroups(facts, boot("", { kernelRelease }));
    expect(groups).toHaveLength(1);
    expect(confidence).toBe("likely");
    expect(missing.join()).toMatch(/this boot does not show which ACS bits the firmware sets.*\(00:01\.0\)/);
  });

  it("let ids through ASPEED's bridge from Linux 7.0 on, which its lack of ACS keeps together all the same", () => {
    const conventional = [
      { at: "00.0", class: "030000" },
      { at: "02.0", class: "0c0330" },
    ];
    const bridge = { at: "00.0", type: PCIE_TO_PCI, vendor: "1a03", device: "1150", below: conventional };
    const host = machine({ at: "01.0", type: ROOT_PORT, acs: ACS_ON, below: [bridge] });
    const rules = (kernelRelease: string): readonly string[] =>
      predictGroups(hostOf(host), boot("", { kernelRelease })).groups.flatMap(({ reasons }) =>
        reasons.map(({ rule }) => rule),
      );
    expect(rules("6.18.1")).toEqual(["conventional-bridge", "conventional-bridge"]);
    expect(rules("7.0.1")).toEqual(["acs-climb", "acs-climb"]);
    const byId = (kernelRelease: string): number =>
      groupsOf(host, "pcie_acs_override=id:1a03:1150", { kernelRelease }).length;
    expect([byId("6.18.1"), byId("7.0.1")]).toEqual([2, 4]);
  });

  it("no longer ask IDT's switches to validate sources from Linux 7.0 on", () => {
    const acs = { ...ACS_ON, control: 0x1c };
    const host = machine({ ...port, vendor: "111d", device: "80b5", acs });
    expect(groupsOf(host)).toHaveLength(1);
    expect(groupsOf(host, "", { kernelRelease: "7.0.3" })).toHaveLength(2);
  });
});

describe("devices without an IOMMU", () => {
  const host = machine(
    { at: "00.2", class: "080600" },
    { at: "02.0", class: "030000", vendor: "8086" },
    { at: "03.0" },
  );
  const facts = (groups: readonly string[], table: string, line = "") => ({
    devices: host,
    iommu: {
      groups: known(groups.map((address, id) => ({ id, devices: [address] }))),
      firmwareTables: known([table]),
      cpuVendor: known("intel" as const),
    },
    running: { release: known("6.1.192"), cmdline: known(line) },
  });

  it("have no group now and get none", () => {
    const { groups, ungrouped } = predictGroups(facts(["0000:00:03.0"], "DMAR", "intel_iommu=on"), boot());
    expect([lines(groups), ungrouped]).toEqual([["00:03.0"], ["0000:00:00.2", "0000:00:02.0"]]);
  });

  it("are AMD's own function while the IOMMU is off", () => {
    const { groups, ungrouped, confidence, missing } = predictGroups(facts([], "IVRS", "amd_iommu=off"), {
      options: "",
      acsOverride: "absent",
    });
    expect([lines(groups), ungrouped]).toEqual([["00:02.0", "00:03.0"], ["0000:00:00.2"]]);
    expect([confidence, missing.length]).toEqual(["likely", 1]);
  });

  it("are Intel's graphics where an option leaves them out, until it no longer does", () => {
    const on = predictGroups(facts(["0000:00:02.0", "0000:00:03.0"], "DMAR"), boot("intel_iommu=igfx_off"));
    expect(on.ungrouped).toContain("0000:00:02.0");
    const off = predictGroups(facts(["0000:00:03.0"], "DMAR", "intel_iommu=on,igfx_off"), boot());
    expect(off.ungrouped).toEqual(["0000:00:00.2"]);
  });

  it("are all where the IOMMU is off", () => {
    const { groups, ungrouped, iommu } = predictGroups(
      facts(["0000:00:03.0"], "DMAR"),
      boot("intel_iommu=off"),
    );
    expect([groups, ungrouped.length, iommu.state]).toEqual([[], 3, "off"]);
  });
});

describe("the confidence", () => {
  const port = { at: "01.0", type: ROOT_PORT, acs: ACS_OFF, below: [nic] };

  it("is likely while the IOMMU is off, and ACS comes on where the capability is", () => {
    const facts = hostOf(machine(port), "");
    const off = { ...facts, iommu: { ...facts.iommu, groups: known([]) } };
    const { groups, confidence, missing } = predictGroups(off, boot());
    expect([groups.length, confidence]).toEqual([2, "likely"]);
    expect(missing).toEqual([
      "the IOMMU is off now, so ACS is taken to come on wherever a device has the capability",
    ]);
  });

  it("is a guess where configuration space needs root, and says of which devices", () => {
    const why = "reading all of the configuration space needs root";
    const devices = machine(port).map((device) => ({ ...device, config: unknown(why), pcie: true }));
    const { confidence, missing } = predictGroups(hostOf(devices), boot());
    expect([confidence, missing]).toEqual(["guess", [`${why} (00:01.0, 01:00.0)`]]);
  });

  it("is a guess where this boot hides what the next one sees", () => {
    const facts = hostOf(
      machine({ at: "01.0", type: ROOT_PORT, below: [nic] }),
      "intel_iommu=on pci=nommconf",
    );
    expect(predictGroups(facts, boot()).confidence).toBe("guess");
    expect(predictGroups(facts, boot("pci=nommconf")).confidence).toBe("likely");
  });

  it("is not exact where the rules do not explain what is there now", () => {
    const devices = machine({ at: "01.0" }, { at: "02.0" });
    const facts = hostOf(devices);
    const together = [{ id: 0, devices: devices.map(({ address }) => address) }];
    const { confidence, missing } = predictGroups(
      { ...facts, iommu: { ...facts.iommu, groups: known(together) } },
      boot(),
    );
    expect([confidence, missing]).toEqual([
      "likely",
      ["the rules do not explain the present groups of 00:01.0, 00:02.0"],
    ]);
  });
});

describe("obstacles", () => {
  it("are the ports on the way and the slot, with the items that would clear them", () => {
    const host = machine({
      at: "01.0",
      type: ROOT_PORT,
      vendor: "1022",
      device: "1483",
      below: [gpu, audio],
    });
    const { obstacles } = groupingOf(hostOf(host), boot());
    expect(obstacles("0000:01:00.0")).toEqual([
      {
        device: "0000:00:01.0",
        no: { why: "no-acs-capability" },
        place: "between",
        overrides: ["downstream", "id:1022:1483"],
      },
      {
        device: "0000:01:00.0",
        no: { why: "no-acs-capability" },
        place: "slot",
        overrides: ["multifunction", "id:1af4:1041"],
      },
    ]);
    expect(obstacles("0000:09:00.0")).toBeUndefined();
  });

  it("that no item clears have none", () => {
    const bridge = { at: "00.0", type: PCIE_TO_PCI, below: [{ at: "01.0" }] };
    const host = machine({ at: "01.0", type: ROOT_PORT, acs: ACS_OFF, below: [bridge] });
    const found = groupingOf(hostOf(host), boot()).obstacles("0000:02:01.0");
    expect(found).toMatchObject([
      { device: "0000:01:00.0", place: "conventional-bridge", overrides: [] },
      { device: "0000:00:01.0", place: "between", no: { why: "acs-bits-off" }, overrides: [] },
    ]);
  });
});

describe("on any machine", () => {
  const overrides = fc.constantFrom(
    "",
    "downstream",
    "multifunction",
    "downstream,multifunction",
    "id:1b36:000c",
  );

  it("every device is in one group, or in none and said to be", () => {
    fc.assert(
      fc.property(machines, overrides, (devices, override) => {
        const { groups, ungrouped } = predictGroups(hostOf(devices), boot(`pcie_acs_override=${override}`));
        const all = [...groups.flatMap((group) => group.devices), ...ungrouped];
        expect([...all].sort()).toEqual(devices.map(({ address }) => address).sort());
      }),
    );
  });

  it("each reason tells of one more device, and of one that was there", () => {
    fc.assert(
      fc.property(machines, (devices) => {
        for (const { devices: members, reasons } of predictGroups(hostOf(devices), boot()).groups) {
          expect(reasons).toHaveLength(members.length - 1);
          for (const { device, joins } of reasons)
            expect(members).toEqual(expect.arrayContaining([device, joins]));
        }
      }),
    );
  });

  it("more override parts and never joins what less of it had parted", () => {
    fc.assert(
      fc.property(machines, overrides, overrides, (devices, less, more) => {
        const facts = hostOf(devices);
        const groupOf = (override: string) => {
          const { groups } = predictGroups(facts, boot(`pcie_acs_override=${override}`));
          return new Map(
            groups.flatMap((group, id) => group.devices.map((address) => [address, id] as const)),
          );
        };
        const [coarse, fine] = [groupOf(less), groupOf(`${less},${more}`)];
        const coarseOf = new Map<number, number>();
        for (const [address, id] of fine) {
          const whole = coarse.get(address) ?? -1;
          expect(coarseOf.get(id) ?? whole).toBe(whole);
          coarseOf.set(id, whole);
        }
      }),
    );
  });

  it("the groups of a boot explain themselves, with and without root", () => {
    fc.assert(
      fc.property(machines, overrides, (devices, override) => {
        const options = `intel_iommu=on pcie_acs_override=${override}`;
        const facts = hostOf(devices, options);
        const { groups } = predictGroups(facts, boot(`pcie_acs_override=${override}`));
        const present = groups.map((group, id) => ({ id, devices: group.devices }));
        const now = { ...facts, iommu: { ...facts.iommu, groups: known(present) } };
        const again = predictGroups(now, { options, acsOverride: "assume" });
        expect(lines(again.groups)).toEqual(lines(groups));
        expect(again.confidence).toBe("exact");
        const hidden = {
          ...now,
          devices: devices.map((device) => ({ ...device, config: unknown("needs root") })),
        };
        expect(lines(predictGroups(hidden, { options, acsOverride: "assume" }).groups)).toEqual(
          lines(groups),
        );
      }),
    );
  });
});
