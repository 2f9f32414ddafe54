import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../src/facts/fact.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import type { Diagnostic, HostState, PciDevice, VfioDeviceFacts } from "../../../src/model/index.ts";
import { compare } from "../../../src/plan/make.ts";
import { probe } from "../../../src/plan/probe.ts";
import { verify } from "../../../src/plan/verify.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { pciDevice } from "../../pci/support/device.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const BEHIND_PORT = "/sys/devices/pci0000:00/0000:00:01.0";

function behindPort(facts: Partial<PciDevice> & { address: string }): PciDevice {
  return pciDevice({ path: `${BEHIND_PORT}/${facts.address}`, ...facts });
}

const HOST_GPU = pciDevice({ address: "0000:00:02.0", class: "030000", bootVga: true, iommuGroup: 0 });
const PORT = pciDevice({
  address: "0000:00:01.0",
  vendor: "8086",
  device: "1901",
  class: "060400",
  driver: "pcieport",
  headerType: 1,
  iommuGroup: 1,
});
const USB = behindPort({
  address: "0000:0b:00.3",
  vendor: "1022",
  device: "145c",
  class: "0c0330",
  driver: "xhci_hcd",
  iommuGroup: 5,
});
const PSP = behindPort({
  address: "0000:0b:00.2",
  vendor: "1022",
  device: "1456",
  class: "108000",
  driver: "ccp",
  iommuGroup: 5,
});

interface Situation {
  readonly devices: readonly PciDevice[];
  readonly names: HostSpec["devices"];
  readonly spec?: Partial<HostSpec>;
  readonly facts?: Partial<VfioDeviceFacts>;
  /** Whose IOMMU the firmware names. */
  readonly maker?: "intel" | "amd";
}

const FACTS: VfioDeviceFacts = { takers: [], resetMethods: known(["flr"]), resizableBars: [] };

/** A recorded host with other devices, all of whose names go to a virtual machine. */
async function input({ devices, names = {}, spec = {}, facts = {}, maker = "amd" }: Situation) {
  const whole: HostSpec = {
    apiVersion: "hostcfg/v1",
    devices: names,
    vfio: { devices: Object.keys(names) },
    ...spec,
  };
  const probed = await probe(new LinkReader(new CaptureTree(recordedHost("pop-x570").capture)), whole);
  const all = [HOST_GPU, PORT, ...devices];
  const ids = [...new Set(all.flatMap(({ iommuGroup }) => iommuGroup ?? []))].sort((a, b) => a - b);
  const groups = ids.map((id) => ({
    id,
    devices: all.filter(({ iommuGroup }) => iommuGroup === id).map(({ address }) => address),
  }));
  const state: HostState = {
    ...probed,
    pci: known(all),
    iommu: {
      groups: known(groups),
      firmwareTables: known([maker === "amd" ? "IVRS" : "DMAR"]),
      cpuVendor: known("amd"),
    },
    vfio: {
      release: probed.running.release,
      files: known([]),
      otherIds: known([]),
      drivers: known({ vfio_pci: "module" }),
      initrd: known([]),
      sinceBoot: known(false),
      devices: Object.fromEntries(all.map(({ address }) => [address, { ...FACTS, ...facts }])),
      openable: known(ids),
    },
  };
  const source = {
    path: "host.yaml",
    sha256: "0".repeat(64),
    spec: whole,
    diagnostics: [],
    locate: () => undefined,
  };
  return { source, state, debs: [] };
}

async function said(situation: Situation): Promise<readonly Diagnostic[]> {
  const { diagnostics } = compare(await input(situation));
  return diagnostics.filter(({ code }) => code.startsWith("vfio-") || code.startsWith("device-"));
}

async function shortly(situation: Situation): Promise<string[]> {
  return (await said(situation)).map(({ severity, code, summary }) => `${severity} ${code}: ${summary}`);
}

describe("what is nothing for a virtual machine", () => {
  it.each<[string, Partial<PciDevice>]>([
    ["a port", { class: "060400", headerType: 1 }],
    ["a host bridge", { class: "060000" }],
    ["the chipset's bridge to ISA", { class: "060100" }],
    ["whatever has a bridge's header", { class: "088000", headerType: 1 }],
    ["a bridge to CardBus", { class: "060700", headerType: 2 }],
  ])("%s is refused, with the reason", async (_what, facts) => {
    const device = behindPort({ address: "0000:05:00.0", iommuGroup: 3, ...facts });
    const all = await said({ devices: [device], names: { it: { address: "05:00" } } });
    expect(all).toMatchObject([
      { severity: "error", code: "vfio-bridge", specPath: ["vfio", "devices", 0], address: "vfio.it" },
    ]);
    expect(all[0]?.summary).toContain("none has to be bound");
  });

  it("an endpoint that is called a bridge, like NVSwitch, is let go", async () => {
    const device = behindPort({ address: "0000:05:00.0", class: "068000", iommuGroup: 3 });
    expect(await shortly({ devices: [device], names: { it: { address: "05:00" } } })).toEqual([]);
  });

  it("says which functions are left beside it", async () => {
    const bridge = behindPort({ address: "0000:05:00.0", class: "060400", headerType: 1, iommuGroup: 3 });
    const engine = behindPort({ address: "0000:05:00.1", class: "088000", iommuGroup: 3 });
    const [first] = await said({ devices: [bridge, engine], names: { it: { address: "05:00" } } });
    expect(first?.hint).toBe("leave it out: add functions: [1] to devices.it");
  });

  it("a drive behind VMD is refused, with the firmware's remedy, and that is all there is to say", async () => {
    const controller = pciDevice({
      address: "0000:00:0e.0",
      class: "010400",
      driver: "vmd",
      iommuGroup: 8,
    });
    const drive = pciDevice({
      address: "10000:e1:00.0",
      path: "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0",
      class: "010802",
      driver: "nvme",
      vendor: "144d",
      device: "a80a",
      iommuGroup: 8,
    });
    const all = await said({ devices: [controller, drive], names: { disk: { id: "144d:a80a" } } });
    expect(all.map(({ severity, code }) => [severity, code])).toEqual([["error", "vfio-behind-vmd"]]);
    expect(all[0]?.hint).toContain("switch VMD off in the firmware");
  });
});

describe("the address of a whole slot", () => {
  it("is asked for functions where host drivers of unlike things are in it", async () => {
    const all = await said({
      devices: [{ ...PSP, iommuGroup: 6 }, USB],
      names: { usb: { address: "0b:00" } },
    });
    expect(all.find(({ severity }) => severity === "error")).toMatchObject({
      code: "device-needs-functions",
      summary: "usb: slot 0b:00 holds 2 functions that are no single card",
    });
  });

  it("is taken at its word where the spec names the functions, or they are one group's", async () => {
    const names = { usb: { address: "0b:00", functions: [2, 3] } };
    expect(await shortly({ devices: [{ ...PSP, iommuGroup: 6 }, USB], names })).toEqual([]);
    expect(await shortly({ devices: [PSP, USB], names: { usb: { address: "0b:00" } } })).toEqual([]);
  });
});

describe("the group of a device that is to be bound", () => {
  const names = { usb: { id: "1022:145c", functions: [3] } };

  it("is said not to be viable where a driver of the host keeps a part of it", async () => {
    expect(await shortly({ devices: [PSP, USB], names })).toEqual([
      "warning vfio-group-not-viable: usb is in IOMMU group 5 with 0b:00.2 Encryption controller [1022:1456] (driver ccp), " +
        "which the plan leaves to the host: no virtual machine can open the group while that is so",
    ]);
  });

  it("is viable with ports, with what no driver has, and with what is bound as well", async () => {
    const { driver: _driver, ...idle } = PSP;
    const port = { ...PORT, iommuGroup: 5 };
    expect(await shortly({ devices: [idle, USB, port], names })).toEqual([]);
    const both = { ...names, psp: { id: "1022:1456", functions: [2] } };
    expect(await shortly({ devices: [PSP, USB], names: both })).toEqual([]);
  });

  it("is told once, whatever number of names are in it", async () => {
    const second = behindPort({ ...USB, address: "0000:0b:00.4", device: "145f" });
    const both = { ...names, more: { id: "1022:145f", functions: [4] } };
    const all = await shortly({ devices: [PSP, USB, second], names: both });
    expect(all).toHaveLength(1);
    expect(all[0]).toContain("usb and more are in IOMMU group 5 with");
  });

  it("must be there, where others are", async () => {
    const { iommuGroup: _group, ...lone } = USB;
    const situation = { devices: [lone], names: { usb: { id: "1022:145c" } } };
    expect(await said(situation)).toMatchObject([
      { severity: "error", code: "vfio-no-group", specPath: ["vfio", "devices", 0] },
    ]);
    const { findings } = verify(await input(situation));
    expect(findings.filter(({ address }) => address.startsWith("vfio"))).toMatchObject([
      {
        address: "vfio.usb",
        status: "unsatisfied",
        reason: expect.stringContaining("in no IOMMU group") as string,
      },
    ]);
  });
});

describe("memory that the firmware wants mapped one to one", () => {
  const directRegions = known(["0xe8000 to 0xe8fff"]);
  const names = { usb: { id: "1022:145c" } };

  it.each([
    ["amd", "Pre-boot DMA Protection"],
    ["intel", "RMRR"],
  ] as const)("is warned of, with what helps on %s", async (maker, remedy) => {
    const [only, ...others] = await said({ devices: [USB], names, facts: { directRegions }, maker });
    expect(only).toMatchObject({ severity: "warning", code: "vfio-reserved-region" });
    expect(only?.hint).toContain(remedy);
    expect(others).toEqual([]);
  });

  it.each([
    ["is none", known([])],
    ["is unknown", unknown("not recorded")],
  ])("is no matter where there %s", async (_what, regions) => {
    expect(await shortly({ devices: [USB], names, facts: { directRegions: regions } })).toEqual([]);
  });

  it("keeps a bound device from being satisfied", async () => {
    const bound = { ...USB, driver: "vfio-pci" };
    const { findings, status } = verify(await input({ devices: [bound], names, facts: { directRegions } }));
    expect(findings.find(({ address }) => address === "vfio.usb")?.status).toBe("unsatisfied");
    expect(status).toBe("unsatisfied");
  });
});

describe("a device that does not answer", () => {
  it.each<[string, Partial<PciDevice>]>([
    ["answers nothing but ones", { silent: true }],
    ["is in a deep sleep (D3cold)", { asleep: true }],
  ])("that %s is said to be unreadable, and not isolated", async (what, facts) => {
    const situation = {
      devices: [{ ...USB, ...facts }],
      names: { usb: { id: "1022:145c" } },
      spec: { iommuGroups: { isolated: ["usb"] } },
      facts: { resetMethods: known([]) },
    };
    const all = await said(situation);
    expect(all.map(({ severity, code }) => [severity, code])).toEqual([["warning", "vfio-unreadable"]]);
    expect(all[0]?.summary).toContain(what);
    const { requirements } = compare(await input(situation));
    expect(requirements[0]?.status).toBe("unknown");
    expect(requirements[0]?.reason).toContain(`usb is unreadable: `);
  });
});

describe("a card that the kernel cannot reset", () => {
  it("is told once, with its functions", async () => {
    const gpu = behindPort({ address: "0000:0d:00.0", class: "030000", vendor: "10de", iommuGroup: 9 });
    const audio = behindPort({ address: "0000:0d:00.1", class: "040300", vendor: "10de", iommuGroup: 9 });
    const all = await said({
      devices: [gpu, audio],
      names: { gpu: { address: "0d:00" } },
      facts: { resetMethods: known([]) },
    });
    expect(all.map(({ code }) => code)).toEqual(["vfio-no-reset"]);
    expect(all[0]?.summary).toContain("0d:00.1 Audio device");
  });
});
