import type { Reader } from "../host/reader.ts";
import type { Fact, MachineFacts, RunsOn } from "../model/index.ts";
import { attemptIfRecorded, known, unknown } from "./fact.ts";

const CPUS = "/proc/cpuinfo";
const DMI = "/sys/class/dmi/id";
const DEVICE_TREE = "/sys/firmware/devicetree/base";
/** proc(5)'s link to it. */
const DEVICE_TREE_LINK = "/proc/device-tree";

/** What kind of machine this is, without root. */
export function readMachine(reader: Reader, tables: Fact<readonly string[]>): MachineFacts {
  const cpus = textOf(reader, CPUS);
  const family = /^cpu family\s*:\s*(\d+)/m.exec(cpus ?? "")?.[1];
  const biosVendor = textOf(reader, `${DMI}/bios_vendor`);
  return {
    processor: cpus === undefined ? unknown(`${CPUS} is not there`) : known(processorOf(cpus)),
    ...(family !== undefined && { cpuFamily: Number(family) }),
    runsOn: runsOn(reader, cpus, tables),
    ...(biosVendor !== undefined && { biosVendor }),
    deviceTree: tables.known ? known(false) : readDeviceTree(reader),
  };
}

/** By lines that only one kind of processor has (arch/.../kernel/setup.c, cpuinfo.c). */
function processorOf(cpus: string): "x86" | "arm" | "riscv" | "other" {
  if (/^CPU implementer\s*:/m.test(cpus)) return "arm";
  if (/^(isa\s*:\s*rv|hart\s*:)/m.test(cpus)) return "riscv";
  return /^(flags\s*:|vendor_id\s*:\s*(?!IBM)\S)/m.test(cpus) ? "x86" : "other";
}

function readDeviceTree(reader: Reader): Fact<boolean> {
  return attemptIfRecorded("the device tree", () =>
    [DEVICE_TREE, DEVICE_TREE_LINK].some((path) => reader.stat(path) !== undefined),
  );
}

function runsOn(reader: Reader, cpus: string | undefined, tables: Fact<readonly string[]>): Fact<RunsOn> {
  if (isXenHost(reader, tables)) return known({ kind: "xen-dom0" });
  const hypervisor = nameOfHypervisor(reader);
  if (hypervisor !== undefined) return known({ kind: "guest", hypervisor });
  if (/^flags\s*:.*\bhypervisor\b/m.test(cpus ?? "")) return known({ kind: "guest" });
  return cpus === undefined ? unknown(`${CPUS} is not there`) : known({ kind: "metal" });
}

const NO_UUID = "00000000-0000-0000-0000-000000000000";

/** Xen hides the DMAR from its first system under another name, and tells it what it is. */
function isXenHost(reader: Reader, tables: Fact<readonly string[]>): boolean {
  if (tables.known && tables.value.includes("XMAR")) return true;
  if (textOf(reader, "/proc/xen/capabilities")?.includes("control_d") === true) return true;
  return (
    textOf(reader, "/sys/hypervisor/type") === "xen" && textOf(reader, "/sys/hypervisor/uuid") === NO_UUID
  );
}

/** By what DMI says of the maker, or of the product. */
const BY_DMI: readonly (readonly [maker: RegExp, name: string])[] = [
  [/^(QEMU|Red Hat|KubeVirt|oVirt|OpenStack)|\bKVM\b|Standard PC \(|\bQEMU\b/, "QEMU"],
  [/^Microsoft Corporation Virtual Machine/, "Hyper-V"],
  [/^VMware/, "VMware"],
  [/^innotek GmbH|VirtualBox/, "VirtualBox"],
  [/^Xen\b/, "Xen"],
  [/^Parallels/, "Parallels"],
  [/BHYVE/i, "bhyve"],
  [/^Apple.*Virtual/, "Apple's virtualization"],
  [/^Google Google Compute Engine/, "Google Compute Engine"],
];

function nameOfHypervisor(reader: Reader): string | undefined {
  const words = ["sys_vendor", "product_name"].flatMap((name) => textOf(reader, `${DMI}/${name}`) ?? []);
  const byDmi = BY_DMI.find(([maker]) => maker.test(words.join(" ")))?.[1];
  if (byDmi !== undefined) return byDmi;
  if (textOf(reader, "/sys/hypervisor/type") === "xen") return "Xen";
  const compatible = [`${DEVICE_TREE}/hypervisor/compatible`, `${DEVICE_TREE}/compatible`].map(
    (path) => textOf(reader, path) ?? "",
  );
  if (compatible.some((text) => /linux,(kvm|dummy-virt)/.test(text))) return "QEMU";
  return compatible.some((text) => text.includes("xen,xen")) ? "Xen" : undefined;
}

function textOf(reader: Reader, path: string): string | undefined {
  const text = attemptIfRecorded(path, () => reader.readText(path)?.trim());
  return text.known ? text.value : undefined;
}
