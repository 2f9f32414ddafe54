// What probing the PCI devices and predicting their groups costs, as a ratio to plainly reading the same files, and
// what the question of `groups --separate` costs beside it. It is bundled and run by bench.mjs, as the program itself
// runs bundled: bench-groups DEVICES FOLDER ROUNDS prints JSON.
import fs from "node:fs";
import { join } from "node:path";
import { readIommu } from "../src/facts/iommu.ts";
import { LinkReader } from "../src/host/link-reader.ts";
import { RootTree } from "../src/host/root-tree.ts";
import type { PciDevice } from "../src/model/index.ts";
import { readPciDevices } from "../src/pci/devices.ts";
import { namer } from "../src/pci/explain/names.ts";
import { waysApart } from "../src/pci/explain/ways-apart.ts";
import { predictGroups } from "../src/pci/grouping/predict.ts";

const DEVICES_FOLDER = "sys/bus/pci/devices";
const GROUPS_FOLDER = "sys/kernel/iommu_groups";
/** Virtual functions of one physical function: with it and its root port, 64 devices to a port. */
const VIRTUAL_FUNCTIONS = 62;

interface Costs {
  readonly devices: number;
  readonly groups: number;
  /** Milliseconds, the medians. */
  readonly reading: number;
  readonly predicting: number;
  readonly ratio: number;
  readonly separating: number;
  /** Of separating, to plainly reading. */
  readonly separatingRatio: number;
}

/** Makes a host of about so many devices (SR-IOV behind root ports) in `folder`, and measures it in turns. */
function measure(devices: number, folder: string, rounds: number): Costs {
  const root = join(folder, `host-${devices}`);
  const made = makeHost(devices, root);
  const options = "intel_iommu=on pcie_acs_override=downstream";
  const samples: { reading: number; predicting: number; separating: number }[] = [];
  let groups = 0;
  const together = withoutAcs(root);
  for (let round = 0; round < rounds; round++) {
    const reading = time(() => {
      readPlainly(root);
    });
    const predicting = time(() => {
      const reader = new LinkReader(new RootTree({ root, commands: "none" }));
      const pci = readPciDevices(reader);
      if (!pci.known || pci.value.length !== made) throw new Error("the devices were not read");
      const prediction = predictGroups(
        {
          devices: pci.value,
          iommu: readIommu(reader),
          running: {
            release: { known: true, value: "6.1.192" },
            cmdline: { known: true, value: "intel_iommu=on" },
          },
        },
        { options, acsOverride: "assume" },
      );
      groups = prediction.groups.length;
      if (prediction.confidence !== "exact") throw new Error(prediction.missing.join("; "));
    });
    const separating = time(() => {
      separate(together);
    });
    samples.push({ reading, predicting, separating });
  }
  const [reading, predicting, separating] = [
    median(samples.map((sample) => sample.reading)),
    median(samples.map((sample) => sample.predicting)),
    median(samples.map((sample) => sample.separating)),
  ];
  return {
    devices: made,
    groups,
    reading,
    predicting,
    ratio: predicting / reading,
    separating,
    separatingRatio: separating / reading,
  };
}

/** So many devices with nothing that keeps them apart, each of a kind of its own; the virtual ones become free slots. */
function withoutAcs(root: string): readonly PciDevice[] {
  const pci = readPciDevices(new LinkReader(new RootTree({ root, commands: "none" })));
  if (!pci.known) throw new Error(pci.why);
  return pci.value.map((device, index) => {
    if (!device.config.known) throw new Error(device.config.why);
    const { physicalFunction, ...others } = device;
    const pcieType = physicalFunction === undefined ? (device.config.value.pcieType ?? 0) : 6;
    const id = index.toString(16).padStart(4, "0");
    return { ...others, device: id, config: { known: true, value: { pcieType, slot: true } } };
  });
}

/** A card of the first port from one of the second: many ways are tried, each a prediction for all devices. */
function separate(together: readonly PciDevice[]): void {
  // As each question reads its host, nothing is remembered of the last one.
  const devices = [...together];
  const facts = {
    devices,
    iommu: {
      groups: { known: true, value: devices.map(({ address }, id) => ({ id, devices: [address] })) },
      firmwareTables: { known: true, value: ["DMAR"] },
      cpuVendor: { known: true, value: "intel" },
    },
    running: {
      release: { known: true, value: "6.1.192" },
      cmdline: { known: true, value: "intel_iommu=on" },
    },
  } as const;
  const boot = { options: "intel_iommu=on", acsOverride: "absent" } as const;
  const [one, other] = ["0000:01:00.0", "0000:02:00.0"];
  const { ways } = waysApart({ facts, boot, name: namer(devices) }, [one], [other]);
  if (ways.length === 0) throw new Error("no way was found");
}

function time(act: () => void): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

/** The files that the probe reads, with nothing but the calls that they take. */
function readPlainly(root: string): void {
  const links = join(root, DEVICES_FOLDER);
  for (const address of fs.readdirSync(links)) {
    const folder = fs.realpathSync.native(join(links, address));
    for (const name of ATTRIBUTES) fs.readFileSync(`${folder}/${name}`, "utf8");
    fs.readFileSync(`${folder}/config`);
    fs.readlinkSync(`${folder}/driver`);
    fs.readlinkSync(`${folder}/iommu_group`);
    if (isVirtual(address)) fs.readlinkSync(`${folder}/physfn`);
  }
  const groups = join(root, GROUPS_FOLDER);
  for (const group of fs.readdirSync(groups)) fs.readdirSync(`${groups}/${group}/devices`);
  fs.readdirSync(join(root, "sys/firmware/acpi/tables"));
  fs.readFileSync(join(root, "proc/cpuinfo"));
}

const ATTRIBUTES = ["vendor", "device", "subsystem_vendor", "subsystem_device", "class", "revision"];

/** Root ports are on bus 00, and physical functions are 00.0 of their bus. */
function isVirtual(address: string): boolean {
  return !address.startsWith("0000:00:") && !address.endsWith(":00.0");
}

/** @returns How many devices there are. */
function makeHost(devices: number, root: string): number {
  fs.mkdirSync(join(root, DEVICES_FOLDER), { recursive: true });
  fs.mkdirSync(join(root, "sys/firmware/acpi/tables"), { recursive: true });
  fs.writeFileSync(join(root, "sys/firmware/acpi/tables/DMAR"), "");
  fs.mkdirSync(join(root, "proc"));
  fs.writeFileSync(join(root, "proc/cpuinfo"), "vendor_id\t: GenuineIntel\n");
  let made = 0;
  for (let port = 0; made < devices; port++) {
    const portAddress = `0000:00:${hex(1 + (port >> 3))}.${port & 7}`;
    const portPath = `sys/devices/pci0000:00/${portAddress}`;
    const physical = `0000:${hex(port + 1)}:00.0`;
    makeDevice(root, portPath, made++, { pcieType: 4, acs: true, class: "060400" });
    makeDevice(root, `${portPath}/${physical}`, made++, { pcieType: 0, acs: true, class: "020000" });
    for (let fn = 1; fn <= VIRTUAL_FUNCTIONS && made < devices; fn++) {
      const address = `0000:${hex(port + 1)}:${hex(fn >> 3)}.${fn & 7}`;
      makeDevice(root, `${portPath}/${address}`, made++, {
        pcieType: 0,
        acs: true,
        class: "020000",
        physical,
      });
    }
  }
  return made;
}

interface Made {
  readonly pcieType: number;
  readonly acs: boolean;
  readonly class: string;
  readonly physical?: string;
}

function makeDevice(root: string, path: string, group: number, made: Made): void {
  const folder = join(root, path);
  const address = path.slice(path.lastIndexOf("/") + 1);
  fs.mkdirSync(folder, { recursive: true });
  const texts = { vendor: "15b3", device: "1018", subsystem_vendor: "15b3", subsystem_device: "0001" };
  for (const [name, id] of Object.entries(texts)) fs.writeFileSync(join(folder, name), `0x${id}\n`);
  fs.writeFileSync(join(folder, "class"), `0x${made.class}\n`);
  fs.writeFileSync(join(folder, "revision"), "0x00\n");
  fs.writeFileSync(join(folder, "config"), configSpace(made));
  fs.symlinkSync("../../../../bus/pci/drivers/mlx5_core", join(folder, "driver"));
  fs.symlinkSync(`../../../../kernel/iommu_groups/${group}`, join(folder, "iommu_group"));
  if (made.physical !== undefined) fs.symlinkSync(`../${made.physical}`, join(folder, "physfn"));
  fs.symlinkSync(`../../../devices${path.slice("sys/devices".length)}`, join(root, DEVICES_FOLDER, address));
  const members = join(root, GROUPS_FOLDER, String(group), "devices");
  fs.mkdirSync(members, { recursive: true });
  fs.symlinkSync(`../../../../devices${path.slice("sys/devices".length)}`, join(members, address));
}

/** All 4096 bytes, as sysfs gives them to root. */
function configSpace({ pcieType, acs }: Made): Uint8Array {
  const bytes = Buffer.alloc(4096);
  bytes.writeUInt16LE(0x0010, 0x06);
  bytes[0x34] = 0x40;
  bytes[0x40] = 0x10;
  bytes[0x42] = (pcieType << 4) | 2;
  if (acs) {
    bytes.writeUInt32LE(0x0001000d, 0x100);
    bytes.writeUInt16LE(0x1d, 0x104);
    bytes.writeUInt16LE(0x1d, 0x106);
  }
  return bytes;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, "0");
}

const [size, folder, rounds] = process.argv.slice(2);
// Without these it would leave a host of no size in whatever folder it stands in.
if (folder === undefined || rounds === undefined)
  throw new Error("usage: bench-groups DEVICES FOLDER ROUNDS");
process.stdout.write(`${JSON.stringify(measure(Number(size), folder, Number(rounds)))}\n`);
