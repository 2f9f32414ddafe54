import { posix } from "node:path";
import type { Capture } from "../../../src/host/capture.ts";
import type { Content } from "../../support/host.ts";
import { captureOf } from "../../support/host.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";
import { configSpace } from "./config-space.ts";

/** PCIe device types, as the capability holds them. */
export const RP = 4;
export const UP = 5;
export const DP = 6;
export const EP = 0;
export const LEP = 1;
export const RCIEP = 9;

/** ACS of a port that parts what is below it: capability and control. */
export const GOOD: Acs = [0x1f, 0x1d];

export type Acs = readonly [capability: number, control: number];

export interface MachineOptions {
  /** The recorded host whose files it has: everything but /sys. */
  readonly base?: string;
  /** `vendor_id` of /proc/cpuinfo; `null` for an ARM processor. */
  readonly cpu?: string | null;
  /** Kernel options after "quiet", in this boot and in GRUB's files. */
  readonly options?: string;
  /** The whole of /proc/cmdline. */
  readonly cmdline?: string;
  readonly release?: string;
  /** ACPI tables besides those that every machine has; `null` for a machine without ACPI. */
  readonly tables?: readonly string[] | null;
  /** Whether the kernels have the ACS override patch; as recorded when left out. */
  readonly patched?: boolean;
}

export interface PciOptions {
  readonly parent?: string;
  /** PCIe device type; a conventional device when left out. */
  readonly type?: number;
  readonly acs?: Acs;
  readonly multi?: boolean;
  readonly driver?: string;
  readonly module?: string;
  readonly group?: number;
  readonly bootVga?: 0 | 1;
  readonly subsystem?: string;
  /** What can be read of its configuration space: all, what a user may read, only ones, nothing. */
  readonly config?: "root" | "user" | "ff" | "missing";
  /** Where its root bus is, when not at the usual place. */
  readonly rootFolder?: string;
  readonly physfn?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly headerType?: number;
}

/** What is older than anything that was written after it. */
const RECORDED = Date.UTC(2020, 0, 1);
const WRITTEN = Date.UTC(2026, 0, 1);
const GRUB_FILES = ["/boot/grub/grub.cfg", "/etc/default/grub", "/proc/cmdline"];
const EVERY_ACPI = ["FACP", "APIC", "MCFG"];

/** A host in memory: the files of a recorded one, and PCI devices of its own. What is not laid out is absent. */
export class Machine {
  /** /sys path of each device by its address. */
  readonly #paths = new Map<string, string>();
  readonly #files: Record<string, Content> = {};
  readonly #base: Capture;

  constructor(options: MachineOptions = {}) {
    const { base = "proxmox-grub", cpu = "GenuineIntel", tables = ["DMAR"] } = options;
    this.#base = recordedHost(base).capture;
    for (const [path, entry] of Object.entries(this.#base.paths)) {
      if (/^\/(sys|dev\/vfio)(\/|$)/.test(path) || entry.kind === "absent") continue;
      this.#files[path] = entry.kind === "file" ? { modifiedAt: RECORDED, ...entry } : entry;
    }
    this.write(
      "/proc/cpuinfo",
      `processor\t: 0\n${cpu === null ? "CPU implementer\t: 0x41" : `vendor_id\t: ${cpu}`}\n`,
    );
    if (options.options !== undefined && options.options !== "") this.#addOptions(options.options);
    if (options.cmdline !== undefined) this.write("/proc/cmdline", `${options.cmdline}\n`);
    if (options.release !== undefined) this.write("/proc/sys/kernel/osrelease", `${options.release}\n`);
    if (options.patched !== undefined) this.#patchKernels(options.patched);
    for (const folder of ["/sys/kernel", "/sys/bus/pci/devices", "/sys/class/net", "/sys/class/block"])
      this.folder(folder);
    if (tables === null) return;
    for (const table of [...EVERY_ACPI, ...tables]) this.write(`/sys/firmware/acpi/tables/${table}`, "x");
  }

  #addOptions(options: string): void {
    for (const path of GRUB_FILES) {
      const there = this.#files[path];
      if (typeof there !== "object" || !("text" in there)) continue;
      this.#files[path] = { ...there, text: (there.text ?? "").replaceAll("quiet", `quiet ${options}`) };
    }
  }

  #patchKernels(patched: boolean): void {
    const symbols = [
      "ffffffff81000000 T _text",
      "ffffffff81e00000 T pci_acs_enabled",
      ...(patched ? ["ffffffff81e00001 t pcie_acs_override_setup"] : []),
    ];
    for (const path of Object.keys(this.#files)) {
      if (path.startsWith("/boot/System.map-")) this.write(path, `${symbols.join("\n")}\n`);
    }
  }

  write(path: string, content: string | Uint8Array, mode = 0o644): void {
    const data =
      typeof content === "string" ? { text: content } : { base64: Buffer.from(content).toString("base64") };
    this.#files[path] = { kind: "file", ...data, mode, modifiedAt: WRITTEN };
  }

  link(path: string, target: string): void {
    this.#files[path] = { link: posix.relative(posix.dirname(path), target) };
  }

  folder(path: string): void {
    this.#files[path] = { folder: true };
  }

  pci(address: string, id: string, deviceClass: string, options: PciOptions = {}): void {
    const { parent, driver, group, bootVga, physfn, subsystem = "1043:8800" } = options;
    const root = options.rootFolder ?? `/sys/devices/pci${address.split(":").slice(0, 2).join(":")}`;
    const path = `${parent === undefined ? root : this.path(parent)}/${address}`;
    this.#paths.set(address, path);
    const [vendor, device] = idPair(id);
    const [subsystemVendor, subsystemDevice] = idPair(subsystem);
    const numbers = { vendor, device, subsystem_vendor: subsystemVendor, subsystem_device: subsystemDevice };
    for (const [name, digits] of Object.entries(numbers)) this.write(`${path}/${name}`, `0x${digits}\n`);
    this.write(`${path}/class`, `0x${deviceClass}\n`);
    this.write(`${path}/revision`, "0x01\n");
    if (options.type !== undefined) this.write(`${path}/max_link_speed`, "16.0 GT/s PCIe\n");
    this.#writeConfig(
      path,
      configSpace({ id, subsystem, deviceClass, ...options }),
      options.config ?? "root",
    );
    if (driver !== undefined) this.#bind(path, driver, options.module);
    if (bootVga !== undefined) this.write(`${path}/boot_vga`, `${bootVga}\n`);
    if (physfn !== undefined) this.link(`${path}/physfn`, this.path(physfn));
    for (const [name, text] of Object.entries(options.files ?? {})) this.write(`${path}/${name}`, text);
    this.link(`/sys/bus/pci/devices/${address}`, path);
    if (group !== undefined) this.#join(group, address, path);
  }

  #writeConfig(path: string, config: Uint8Array, seen: NonNullable<PciOptions["config"]>): void {
    if (seen === "missing") return;
    const bytes = { root: config, user: config.subarray(0, 64), ff: config.map(() => 0xff) };
    this.write(`${path}/config`, bytes[seen]);
  }

  #bind(path: string, driver: string, module: string | undefined): void {
    const folder = `/sys/bus/pci/drivers/${driver}`;
    this.link(`${path}/driver`, folder);
    this.folder(folder);
    if (module === undefined) return;
    this.link(`${folder}/module`, `/sys/module/${module}`);
    this.folder(`/sys/module/${module}`);
  }

  #join(group: number, address: string, path: string): void {
    const folder = `/sys/kernel/iommu_groups/${group}`;
    this.link(`${path}/iommu_group`, folder);
    this.link(`${folder}/devices/${address}`, path);
    if (`${folder}/type` in this.#files) return;
    this.write(`${folder}/type`, "DMA-FQ\n");
    this.write(`${folder}/reserved_regions`, "0x00000000fee00000 0x00000000feefffff msi\n");
  }

  net(name: string, address: string, state: "up" | "down" = "up"): void {
    const folder = `${this.path(address)}/net/${name}`;
    this.link(`/sys/class/net/${name}`, folder);
    this.write(`${folder}/operstate`, `${state}\n`);
  }

  /** A partition's node. `disk` is the path of its whole disk below the device. */
  disk(partition: string, address: string, disk: string): void {
    const folder = `${this.path(address)}/${disk}/${partition}`;
    this.link(`/sys/class/block/${partition}`, folder);
    this.folder(folder);
    this.write(`/dev/${partition}`, "");
  }

  mounts(lines: readonly string[]): void {
    const all = ["sysfs /sys sysfs rw 0 0", "proc /proc proc rw 0 0", ...lines];
    this.write("/proc/1234/mounts", all.map((line) => `${line}\n`).join(""));
  }

  /** Where a device that was laid out is below /sys. */
  path(address: string): string {
    const path = this.#paths.get(address);
    if (path === undefined) throw new Error(`the machine has no device ${address} yet`);
    return path;
  }

  /** Names of what is laid out in a folder. */
  names(folder: string): string[] {
    const inside = Object.keys(this.#files).filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).split("/")[0] ?? ""))].sort();
  }

  /** As a folder that --root names: no program of it runs. */
  capture(): Capture {
    const answer = { ran: false as const, why: "programs of another root are only run with --chroot" };
    return captureOf(this.#files, { queries: this.#base.queries.map(({ argv }) => ({ argv, answer })) });
  }
}

function idPair(id: string): [vendor: string, device: string] {
  const [vendor, device] = id.split(":");
  if (vendor === undefined || device === undefined) throw new Error(`${id} is no PCI id`);
  return [vendor, device];
}

/** A recorded host as it is. */
export type Recorded = Pick<Machine, "capture">;

/** What a folder of machines exports: each by a name that its expectations use; `root` is the usual one. */
export type Machines = Readonly<Record<string, () => Machine | Recorded>>;
