import { describe, expect, it } from "vitest";
import { known } from "../../src/facts/fact.ts";
import { readMachine } from "../../src/facts/machine.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { captureOf, readerOf } from "../support/host.ts";

const X86 = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nflags\t\t: fpu vme vmx\n";
const GUEST = X86.replace("vmx", "hypervisor");
const ARM = "processor\t: 0\nCPU implementer\t: 0x41\n";
const DMI = "/sys/class/dmi/id";

function machine(files: Record<string, string>, tables: readonly string[] = []) {
  return readMachine(readerOf(files), known(tables));
}

describe("readMachine", () => {
  it.each([
    [X86, "x86"],
    ["vendor_id\t: AuthenticAMD\n", "x86"],
    [ARM, "arm"],
    ["hart\t: 0\nisa\t: rv64imafdc\n", "riscv"],
    ["vendor_id\t: IBM/S390\n", "other"],
  ])("tells the processor from %j", (cpus, processor) => {
    expect(machine({ "/proc/cpuinfo": cpus }).processor).toEqual(known(processor));
  });

  it.each<[string, Record<string, string>, readonly string[], object]>([
    ["bare metal", { "/proc/cpuinfo": X86, [`${DMI}/sys_vendor`]: "ASUS" }, [], { kind: "metal" }],
    ["a guest of nobody known", { "/proc/cpuinfo": GUEST }, [], { kind: "guest" }],
    ...(
      [
        ["QEMU", "Standard PC (Q35 + ICH9, 2009)", "QEMU"],
        ["Microsoft Corporation", "Virtual Machine", "Hyper-V"],
        ["VMware, Inc.", "VMware20,1", "VMware"],
        ["innotek GmbH", "VirtualBox", "VirtualBox"],
        ["Xen", "HVM domU", "Xen"],
      ] as const
    ).map(([vendor, product, hypervisor]): [string, Record<string, string>, readonly string[], object] => [
      `a guest of ${hypervisor}`,
      { "/proc/cpuinfo": GUEST, [`${DMI}/sys_vendor`]: vendor, [`${DMI}/product_name`]: product },
      [],
      { kind: "guest", hypervisor },
    ]),
    [
      "no guest, though Microsoft made it",
      {
        "/proc/cpuinfo": X86,
        [`${DMI}/sys_vendor`]: "Microsoft Corporation",
        [`${DMI}/product_name`]: "Surface Pro",
      },
      [],
      { kind: "metal" },
    ],
    [
      "Xen's first system, by what Xen tells it",
      { "/proc/xen/capabilities": "control_d\n" },
      [],
      { kind: "xen-dom0" },
    ],
    ["Xen's first system, by the hidden table", { "/proc/cpuinfo": X86 }, ["XMAR"], { kind: "xen-dom0" }],
    ["Xen's guest", { "/sys/hypervisor/type": "xen\n" }, [], { kind: "guest", hypervisor: "Xen" }],
    [
      "an Arm guest, by its device tree",
      { "/proc/cpuinfo": ARM, "/sys/firmware/devicetree/base/compatible": "linux,dummy-virt\0" },
      [],
      { kind: "guest", hypervisor: "QEMU" },
    ],
  ])("tells %s", (_what, files, tables, runsOn) => {
    expect(machine(files, tables).runsOn).toEqual(known(runsOn));
  });

  it("takes nothing that a capture does not hold for a fault", () => {
    const { paths, ...capture } = captureOf({ "/proc/cpuinfo": X86 });
    const asked = {
      ...capture,
      paths: { "/proc/cpuinfo": paths["/proc/cpuinfo"] ?? { kind: "absent" as const } },
    };
    const reader = new LinkReader(new CaptureTree(asked));
    expect(readMachine(reader, known([])).runsOn).toEqual(known({ kind: "metal" }));
  });
});
