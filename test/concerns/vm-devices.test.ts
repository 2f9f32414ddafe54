import { describe, expect, it } from "vitest";
import type { Outlook } from "../../src/concerns/outlook.ts";
import { vmDevices } from "../../src/concerns/vm-devices.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { Diagnostic, HostDevices, HostState, IommuGroup } from "../../src/model/index.ts";
import { verify } from "../../src/plan/verify.ts";
import { probe } from "../../src/plan/probe.ts";
import { slotAddress } from "../../src/pci/address.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { pciDevice } from "../pci/support/device.ts";
import { stateOf } from "../pci/support/state.ts";
import { recordedHost, recordedHosts } from "../support/recorded-hosts.ts";

const [GPU, SOUND, NVME, NIC, NIC2, OTHER_NIC] = [
  "0000:0d:00.0",
  "0000:0d:00.1",
  "0000:01:00.0",
  "0000:06:00.0",
  "0000:06:00.1",
  "0000:05:00.0",
];
const DEVICES = [
  pciDevice({ address: NVME, class: "010802", vendor: "144d", device: "a808" }),
  pciDevice({ address: OTHER_NIC, vendor: "8086", device: "2723", class: "028000" }),
  pciDevice({ address: NIC, vendor: "8086", device: "1521" }),
  pciDevice({ address: NIC2, vendor: "8086", device: "1521" }),
  pciDevice({ address: GPU, class: "030000", vendor: "10de", device: "2206" }),
  pciDevice({ address: SOUND, class: "040300", vendor: "10de", device: "1aef" }),
];
const GPU_NAME = "vm-gpu (0d:00.0 VGA compatible controller [10de:2206])";
const NVME_NAME = "01:00.0 NVMe controller [144d:a808]";
const NIC_NAME = "06:00.0 Ethernet controller [8086:1521]";

const ROOT_AND_ESP: HostDevices["disks"] = known([
  { holds: "/", needed: true, addresses: known([NVME]) },
  { holds: "/boot/efi", needed: true, addresses: known([NVME]) },
]);
const ONE_CARD: HostDevices["networkCards"] = known([
  { name: "enp6s0f0", address: NIC, linked: true },
  { name: "enp6s0f1", address: NIC2, linked: false },
]);
const TWO_CARDS: HostDevices["networkCards"] = known([
  { name: "enp6s0f0", address: NIC, linked: false },
  { name: "wlp5s0", address: OTHER_NIC, linked: false },
]);

interface Case {
  readonly groups?: readonly (readonly string[])[] | "unknown";
  readonly hostDevices?: Partial<HostDevices>;
  readonly spec?: Partial<HostSpec>;
}

const FOR_VM: Partial<HostSpec> = { vfio: { devices: ["vm-gpu"] } };

function specOf(spec: Partial<HostSpec>): HostSpec {
  return { apiVersion: "hostcfg/v1", devices: { "vm-gpu": { id: "10de:2206" } }, ...spec };
}

function stateWith({ groups = [], hostDevices = { disks: ROOT_AND_ESP } }: Case): HostState {
  const numbered = (members: readonly (readonly string[])[]): readonly IommuGroup[] =>
    members.map((devices, id) => ({ id, devices }));
  return stateOf({
    devices: DEVICES,
    groups: groups === "unknown" ? unknown("there is no sysfs here") : known(numbered(groups)),
    hostDevices,
  });
}

/** Nothing changes with the next boot. */
const THIS_BOOT: Outlook = {
  rebootNeeded: false,
  after: unknown("not asked"),
  next: { known: false, why: "not asked" },
};

function said(one: Case): readonly Diagnostic[] {
  const input = {
    spec: specOf(one.spec ?? FOR_VM),
    state: stateWith(one),
    debs: [],
    kernels: [],
    installing: [],
    outlook: THIS_BOOT,
  };
  return vmDevices(input).diagnostics ?? [];
}

const APART = [[NVME], [NIC, NIC2], [GPU, SOUND]];
const WITH_NVME = [[NVME, GPU, SOUND]];

describe("a device for a virtual machine", () => {
  it("must not share a group with the disk of the host, said once with all that the disk holds", () => {
    expect(said({ groups: WITH_NVME })).toEqual([
      {
        severity: "error",
        code: "host-device-in-vm-group",
        summary: `${GPU_NAME} is in IOMMU group 0 with ${NVME_NAME}, which holds / and /boot/efi of this host: a virtual machine gets the whole group`,
        hint: "choose another device for the virtual machine, or move one of the cards to another slot (hostcfg groups --separate tells which)",
        specPath: ["vfio", "devices", 0],
        address: "vfio.devices.vm-gpu",
      },
    ]);
  });

  it.each<[string, Case, string[]]>([
    ["alone in its group is fine", { groups: APART }, []],
    [
      "shares it with one of its functions only",
      { groups: [[GPU], [SOUND, NVME]] },
      [
        `${GPU_NAME} is in IOMMU group 1 with ${NVME_NAME}, which holds / and /boot/efi of this host: a virtual machine gets the whole group`,
      ],
    ],
    [
      "shares it with the only network card, whose other port has no link",
      { groups: [[GPU, SOUND, NIC], [NIC2]], hostDevices: { networkCards: ONE_CARD } },
      [
        `${GPU_NAME} is in IOMMU group 0 with ${NIC_NAME}, which is the only network card (enp6s0f0) of this host: a virtual machine gets the whole group`,
      ],
    ],
    [
      "shares it with a port of the only network card that has no link",
      { groups: [[GPU, SOUND, NIC2], [NIC]], hostDevices: { networkCards: ONE_CARD } },
      [],
    ],
    [
      "shares it with all network cards, one in the group of each function",
      {
        groups: [
          [GPU, NIC],
          [SOUND, OTHER_NIC],
        ],
        hostDevices: { networkCards: TWO_CARDS },
      },
      [
        `${GPU_NAME} is in IOMMU groups 0 and 1 with ${NIC_NAME} and 05:00.0 Network controller [8086:2723], which are all network cards (enp6s0f0 and wlp5s0) of this host: a virtual machine gets the whole group`,
      ],
    ],
    [
      "shares it with one of two network cards: the host keeps one",
      { groups: [[GPU, SOUND, NIC]], hostDevices: { networkCards: TWO_CARDS } },
      [],
    ],
    [
      "shares it with the only disk controller while nothing is known of disks and cards",
      { groups: WITH_NVME, hostDevices: {} },
      [
        `vm-gpu takes ${NVME_NAME}, the only disk controller of this host; what this host lies on cannot be seen: not asked`,
      ],
    ],
    [
      "shares it with the only disk controller while it is unknown what / lies on",
      {
        groups: WITH_NVME,
        hostDevices: { disks: known([{ holds: "/", needed: true, addresses: unknown("/ is ZFS") }]) },
      },
      [
        `vm-gpu takes ${NVME_NAME}, the only disk controller of this host; what / lies on cannot be seen: / is ZFS`,
      ],
    ],
    [
      "shares no disk controller while it is unknown what / lies on",
      {
        groups: APART,
        hostDevices: { disks: known([{ holds: "/", needed: true, addresses: unknown("/ is ZFS") }]) },
      },
      [],
    ],
    [
      "is a disk controller that carries what the host can start without",
      {
        groups: APART,
        spec: { ...FOR_VM, devices: { "vm-gpu": { id: "144d:a808" } } },
        hostDevices: {
          disks: known([
            { holds: "/home", needed: false, addresses: known([NVME]) },
            { holds: "swap on /dev/sdb3", needed: false, addresses: known([NVME]) },
          ]),
        },
      },
      [`vm-gpu is ${NVME_NAME}, which holds /home and swap on /dev/sdb3 of this host: the host loses that`],
    ],
    [
      "is the card under the bridge of the default route, although another one has a link",
      {
        groups: APART,
        spec: { ...FOR_VM, devices: { "vm-gpu": { address: "06:00", functions: [0] } } },
        hostDevices: {
          networkCards: known([
            { name: "enp6s0f0", address: NIC, linked: true, defaultRoute: "vmbr0" },
            { name: "wlp5s0", address: OTHER_NIC, linked: true },
          ]),
        },
      },
      [
        `vm-gpu is ${NIC_NAME}, which carries the default route (enp6s0f0, by vmbr0) of this host: a virtual machine cannot have it`,
      ],
    ],
    [
      "is the card of the default route, and the spec says why the host can do without",
      {
        groups: APART,
        spec: {
          vfio: { devices: ["vm-gpu"], hostNetworkReason: "a virtual machine is the router" },
          devices: { "vm-gpu": { address: "06:00", functions: [0] } },
        },
        hostDevices: {
          networkCards: known([{ name: "enp6s0f0", address: NIC, linked: true, defaultRoute: "enp6s0f0" }]),
        },
      },
      [],
    ],
    [
      "is another card that has a link: a warning",
      {
        groups: APART,
        spec: { ...FOR_VM, devices: { "vm-gpu": { address: "06:00", functions: [0] } } },
        hostDevices: {
          networkCards: known([
            { name: "enp6s0f0", address: NIC, linked: true },
            { name: "wlp5s0", address: OTHER_NIC, linked: true, defaultRoute: "wlp5s0" },
          ]),
        },
      },
      [`vm-gpu is ${NIC_NAME}, which has the link of enp6s0f0 of this host: the host loses that`],
    ],
    [
      "is one of two network cards with a link, of which another device takes the second",
      {
        groups: APART,
        spec: {
          devices: {
            "vm-gpu": { address: "06:00", functions: [0] },
            other: { address: "05:00" },
          },
          vfio: { devices: ["vm-gpu", "other"] },
        },
        hostDevices: {
          networkCards: known([
            { name: "enp6s0f0", address: NIC, linked: true },
            { name: "wlp5s0", address: OTHER_NIC, linked: true },
          ]),
        },
      },
      [
        `the devices for virtual machines take ${NIC_NAME} and 05:00.0 Network controller [8086:2723], which are all network cards with a link (enp6s0f0 and wlp5s0) of this host`,
        `the devices for virtual machines take ${NIC_NAME} and 05:00.0 Network controller [8086:2723], which are all network cards with a link (enp6s0f0 and wlp5s0) of this host`,
      ],
    ],
    ["is in a group that cannot be known", { groups: "unknown" }, []],
    ["is in no group, for there is no IOMMU", { groups: [] }, []],
    ["is not asked for", { groups: WITH_NVME, spec: {} }, []],
    [
      "is only to be separate",
      { groups: WITH_NVME, spec: { iommuGroups: { separate: [["vm-gpu", "vm-gpu"]] } } },
      [],
    ],
    [
      "is only to be isolated",
      { groups: WITH_NVME, spec: { iommuGroups: { isolated: ["vm-gpu"] } } },
      [
        `${GPU_NAME} is in IOMMU group 0 with ${NVME_NAME}, which holds / and /boot/efi of this host: a virtual machine gets the whole group`,
      ],
    ],
    [
      "is the disk itself, be there groups or not",
      { groups: "unknown", spec: { ...FOR_VM, devices: { "vm-gpu": { id: "144d:a808" } } } },
      [`vm-gpu is ${NVME_NAME}, which holds / and /boot/efi of this host: a virtual machine cannot have it`],
    ],
    [
      "is the only network card, by the port that has a link",
      {
        hostDevices: { networkCards: ONE_CARD },
        spec: { ...FOR_VM, devices: { "vm-gpu": { id: "8086:1521" } } },
      },
      [
        `vm-gpu is ${NIC_NAME}, which is the only network card (enp6s0f0) of this host: a virtual machine cannot have it`,
      ],
    ],
    [
      "is the only network card, none of whose ports has a link now",
      {
        hostDevices: {
          networkCards: known([
            { name: "enp6s0f0", address: NIC, linked: false },
            { name: "enp6s0f1", address: NIC2, linked: false },
          ]),
        },
        spec: { ...FOR_VM, devices: { "vm-gpu": { id: "8086:1521" } } },
      },
      [
        `vm-gpu is ${NIC_NAME} and 06:00.1 Ethernet controller [8086:1521], which is the only network card (enp6s0f0 and enp6s0f1) of this host: a virtual machine cannot have it`,
      ],
    ],
    [
      "is another port of the only network card, in a group of its own",
      {
        groups: [[NIC], [NIC2]],
        hostDevices: { networkCards: known([{ name: "enp6s0f0", address: NIC, linked: false }]) },
        spec: { ...FOR_VM, devices: { "vm-gpu": { address: "06:00", functions: [1] } } },
      },
      [],
    ],
  ])("that %s", (_what, one, expected) => {
    expect(said(one).map(({ summary }) => summary)).toEqual(expected);
  });

  it("is complained of once where it is bound and isolated", () => {
    const spec = { ...FOR_VM, iommuGroups: { isolated: ["vm-gpu"] } };
    expect(said({ groups: WITH_NVME, spec }).map(({ address }) => address)).toEqual(["vfio.devices.vm-gpu"]);
  });

  it("is unsatisfied in a verification", () => {
    const spec = specOf({ iommuGroups: { isolated: ["vm-gpu"] } });
    const source = { path: "host.yaml", sha256: "0", spec, diagnostics: [], locate: () => undefined };
    const { status, findings } = verify({ source, state: stateWith({ groups: WITH_NVME }), debs: [] });
    expect(status).toBe("unsatisfied");
    expect(new Set(findings.map(({ status: one }) => one))).toEqual(new Set(["unsatisfied"]));
  });
});

describe("on recorded hosts", () => {
  const probed = (name: string) => probe(new LinkReader(new CaptureTree(recordedHost(name).capture)));

  it.each(recordedHosts().map(({ name }) => name))(
    "%s: each controller of its disks may not be a virtual machine's, and is refused by name",
    async (name) => {
      const state = await probed(name);
      const { disks } = state.hostDevices;
      const addresses = (disks.known ? disks.value : []).flatMap((disk) =>
        disk.addresses.known ? disk.addresses.value : [],
      );
      for (const address of addresses) {
        const spec = specOf({ ...FOR_VM, devices: { "vm-gpu": { address } } });
        const found =
          vmDevices({ spec, state, debs: [], kernels: [], installing: [], outlook: THIS_BOOT }).diagnostics ??
          [];
        expect(found.map(({ code }) => code)).toContain("host-device-in-vm-group");
      }
      // Not of a container, nor of ZFS, as the facts of the host say.
      const answered = disks.known && disks.value.some((disk) => disk.addresses.known);
      expect(addresses.length > 0).toBe(answered);
    },
  );

  it("pop-x570: neither of its graphics cards shares a group with the root disk or the network", async () => {
    const state = await probed("pop-x570");
    const spec = specOf({
      devices: { a: { id: "1002:731f" }, b: { id: "10de:2206" } },
      vfio: { devices: ["a", "b"] },
    });
    expect(
      vmDevices({ spec, state, debs: [], kernels: [], installing: [], outlook: THIS_BOOT }).diagnostics,
    ).toEqual([]);
  });

  it("intel-z390: a function of the group that the network card is in is let go only where Wi-Fi has a link", async () => {
    const state = await probed("intel-z390");
    const isolating = specOf({ devices: { "vm-gpu": { address: "00:1f.3" } }, ...FOR_VM });
    const judge = (networkCards: HostDevices["networkCards"]) =>
      vmDevices({
        spec: isolating,
        state: { ...state, hostDevices: { ...state.hostDevices, networkCards } },
        debs: [],
        kernels: [],
        installing: [],
        outlook: THIS_BOOT,
      }).diagnostics?.map(({ severity, code }) => `${severity} ${code}`);
    const all = state.hostDevices.networkCards;
    if (!all.known) throw new Error(all.why);
    expect(all.value.map(({ address }) => slotAddress(address))).toEqual(["0000:00:1f", "0000:04:00"]);
    const refused = ["error host-device-in-vm-group"];
    expect(judge(all)).toEqual(refused);
    expect(judge(known(all.value.map((card) => ({ ...card, linked: true }))))).toEqual([
      "warning host-device-in-vm-group",
    ]);
    expect(judge(known(all.value.slice(0, 1)))).toEqual(refused);
  });
});
