import { posix } from "node:path";
import { aliasReader } from "../facts/driver-aliases.ts";
import { readDrivers } from "../facts/drivers.ts";
import { attempt, attemptIfRecorded, attemptLater, known } from "../facts/fact.ts";
import { atLeast } from "../facts/kernel-version.ts";
import { allowsUnsafe } from "../facts/interrupts.ts";
import { madeSinceBoot } from "../facts/running.ts";
import { readTextFiles } from "../facts/text-files.ts";
import { ifRecorded, ifRecordedLater } from "../facts/unrecorded.ts";
import {
  DRACUT_FILE,
  IN_INITRD,
  MKINITCPIO_FILE,
  MODPROBE_FILE,
  RULES_FILE,
  VFIO_FILES,
  partsToFind,
} from "../facts/vfio-files.ts";
import type { Reader } from "../host/reader.ts";
import type { Fact, InitramfsFacts, PciDevice, VfioDeviceFacts, VfioFacts } from "../model/index.ts";
import { GENERATORS } from "../platform/initramfs.ts";
import { comesHow } from "./late-devices.ts";
import { racingDrivers } from "./racing-drivers.ts";

const MODPROBE = "/etc/modprobe.d";
const NODES = "/dev/vfio";
const GROUPS = "/sys/kernel/iommu_groups";
const FRAME_BUFFERS = "/sys/class/graphics";

/**
 * What there is of the binding to vfio-pci.
 *
 * @param devices Those that the spec names for virtual machines.
 * @param initramfs What makes the initrds.
 * @param release Whose initrd does the binding.
 * @param initrd Its path.
 * @param running This boot's release.
 */
export async function readVfio(
  reader: Reader,
  devices: readonly PciDevice[],
  initramfs: InitramfsFacts,
  { release, running, initrd }: Readonly<Record<"release" | "running" | "initrd", Fact<string>>>,
): Promise<VfioFacts> {
  const frameBuffers = readFrameBuffers(reader);
  const since = (major: number, minor: number): boolean =>
    running.known && atLeast(running.value, major, minor) === true;
  // Since then `reset_method` is there for each device that can be reset (sysfs-bus-pci).
  const saysHow = since(5, 15);
  const comes = comesHow(reader);
  const relaxes = since(5, 3);
  const takers = takersOf(reader, release, running);
  const facts = Object.fromEntries(
    devices.map((device) => [
      device.address,
      {
        ...readDevice(reader, device, frameBuffers, saysHow),
        ...comes(device),
        ...readDirectRegions(reader, device, relaxes),
        takers: takers(device),
      },
    ]),
  );
  const racing = devices.flatMap((device) => racingDrivers(device, facts[device.address]));
  return {
    release,
    files: readFiles(reader),
    otherIds: readOtherIds(reader),
    ...argumentIds(reader),
    drivers: readDrivers(reader, release, ["vfio_pci", ...new Set(racing)]),
    initrd: await readInitrd(reader, initramfs, initrd),
    sinceBoot: initrd.known ? madeSinceBoot(reader, initrd.value) : initrd,
    devices: facts,
    ...(allowsUnsafe(reader) && { unsafeInterrupts: true as const }),
    openable: attempt(NODES, () =>
      (reader.list(NODES) ?? [])
        .filter((name) => /^[0-9]+$/.test(name))
        .map(Number)
        .sort((a, b) => a - b),
    ),
  };
}

/** A capture from before hostcfg wrote these was not asked for them: then there were none. */
const LATER: readonly string[] = [RULES_FILE, DRACUT_FILE, MKINITCPIO_FILE];

function readFiles(reader: Reader): VfioFacts["files"] {
  const what = "hostcfg's files for vfio-pci";
  const asked = attempt(what, () =>
    VFIO_FILES.filter((path) => !LATER.includes(path) || ifRecorded(() => reader.stat(path)) !== undefined),
  );
  return asked.known ? readTextFiles(reader, asked.value, what) : asked;
}

/** Of a kernel that is yet to be installed nothing can be read, so the running one's lists stand in. */
function takersOf(
  reader: Reader,
  release: Fact<string>,
  running: Fact<string>,
): (device: PciDevice) => readonly string[] {
  const ofRelease = aliasReader(reader, release);
  let ofRunning: typeof ofRelease | undefined;
  return (device) => {
    const found = ofRelease(device);
    if (found.length > 0 || (release.known && running.known && release.value === running.value)) return found;
    ofRunning ??= aliasReader(reader, running);
    return ofRunning(device);
  };
}

/** modprobe.d(5): all `options` lines of one module are joined, and of one parameter the last counts. */
function readOtherIds(reader: Reader): VfioFacts["otherIds"] {
  return attempt(MODPROBE, () => {
    const names = (reader.list(MODPROBE) ?? []).filter((name) => name.endsWith(".conf"));
    return names
      .map((name) => posix.join(MODPROBE, name))
      .filter((path) => path !== MODPROBE_FILE)
      .map((path) => ({ path, ids: idsIn(reader.readText(path) ?? "") }))
      .filter(({ ids }) => ids.length > 0);
  });
}

/** Modules that are loaded early, each with its arguments: at boot (modules(5)), and inside of the initrd. */
const MODULE_LISTS = [
  "/etc/modules",
  ...Object.values(GENERATORS).flatMap(({ moduleList }) => moduleList ?? []),
];

/** modprobe(8) puts arguments behind the options of all files. */
function argumentIds(reader: Reader): Pick<VfioFacts, "argumentIds"> {
  const found = MODULE_LISTS.flatMap((path) => {
    const text = attempt(path, () => ifRecorded(() => reader.readText(path)) ?? "");
    const lines = (text.known ? text.value : "").matchAll(/^\s*vfio[-_]pci\s(?:.*\s)?ids=(\S+)/gm);
    const ids = [...lines].flatMap(([, list = ""]) => list.split(","));
    return ids.length === 0 ? [] : [{ path, ids }];
  });
  return found.length === 0 ? {} : { argumentIds: found };
}

function idsIn(text: string): string[] {
  const found = text.matchAll(/^\s*options\s+vfio[-_]pci\s.*?\bids=(\S+)/gm);
  return [...found].flatMap(([, ids = ""]) => ids.split(","));
}

async function readInitrd(
  reader: Reader,
  initramfs: InitramfsFacts,
  initrd: Fact<string>,
): Promise<Fact<readonly string[]>> {
  if (!initrd.known) return initrd;
  const path = initrd.value;
  const parts = partsToFind(initramfs);
  const before = parts.filter((part) => part !== IN_INITRD.rules);
  return attemptLater(
    path,
    async () => (await ifRecordedLater(() => reader.members(path, parts))) ?? reader.members(path, before),
  );
}

function readDevice(
  reader: Reader,
  device: PciDevice,
  frameBuffers: readonly FrameBuffer[],
  saysHow: boolean,
): Omit<VfioDeviceFacts, "takers" | "directRegions" | "comes"> {
  const { path } = device;
  const names = attempt(path, () => reader.list(path));
  const methods = attempt(
    `${path}/reset_method`,
    () => reader.readText(posix.join(path, "reset_method")) ?? (saysHow ? "" : undefined),
    "kernels before Linux 5.15 do not say how they reset a device",
  );
  const module = attempt(path, () => reader.readLink(posix.join(path, "driver/module")));
  const frameBuffer = frameBuffers.find((one) => drawsOn(one, device))?.name;
  return {
    ...(module.known ? { module: posix.basename(module.value).replaceAll("-", "_") } : {}),
    resetMethods: methods.known ? known(methods.value.trim().split(/\s+/).filter(Boolean)) : methods,
    resizableBars: (names.known ? names.value : []).flatMap((name) => {
      const bar = /^resource([0-9])_resize$/.exec(name)?.[1];
      return bar === undefined ? [] : [Number(bar)];
    }),
    frameBuffer,
  };
}

/**
 * @param relaxes Since Linux 5.3 the kernel says `direct-relaxable` of what it does not insist on: the regions of graphics
 *   and USB controllers. Before, it said `direct` of them too.
 */
function readDirectRegions(
  reader: Reader,
  { iommuGroup, class: code }: PciDevice,
  relaxes: boolean,
): Pick<VfioDeviceFacts, "directRegions"> {
  if (iommuGroup === undefined) return {};
  if (!relaxes && /^(03|0c03)/.test(code)) return { directRegions: known([]) };
  const text = attemptIfRecorded(
    "the reserved regions",
    () => reader.readText(`${GROUPS}/${iommuGroup}/reserved_regions`),
    "the kernel does not say which regions are reserved",
  );
  if (!text.known) return { directRegions: text };
  const lines = text.value.split("\n").map((line) => line.trim().split(/\s+/));
  const direct = lines.filter(([, , type]) => type === "direct");
  return { directRegions: known(direct.map(([from = "", to = ""]) => `${from} to ${to}`)) };
}

interface FrameBuffer {
  /** e.g. `fb0 (EFI VGA)`. */
  readonly name: string;
  /** sysfs path of the device that it belongs to: a card, or the firmware's own picture. */
  readonly device: string;
}

function readFrameBuffers(reader: Reader): readonly FrameBuffer[] {
  const found = attempt(FRAME_BUFFERS, () =>
    (reader.list(FRAME_BUFFERS) ?? [])
      .filter((name) => /^fb[0-9]+$/.test(name))
      .flatMap((name): FrameBuffer[] => {
        const folder = posix.join(FRAME_BUFFERS, name);
        const device = reader.realPath(posix.join(folder, "device"));
        const driver = reader.readText(posix.join(folder, "name"))?.trim() ?? "";
        return device === undefined ? [] : [{ name: `${name} (${driver})`, device }];
      }),
  );
  return found.known ? found.value : [];
}

/**
 * efifb, simpledrm and their kin hold a platform device: the picture that the firmware left on its own card. Since Linux
 * 6.9 that is a child of the card (drivers/firmware/sysfb.c), before it belonged to none. What the card's own driver draws
 * ends with that driver, which does not come once the card is bound: only the boot screen's card has the firmware's then.
 */
function drawsOn({ name, device }: FrameBuffer, { path, bootVga }: PciDevice): boolean {
  if (bootVga === true && device.startsWith("/sys/devices/platform/")) return true;
  const its = device === path || posix.dirname(device) === path;
  return its && (bootVga === true || !OWN_DRIVER.test(name));
}

/** A DRM driver names its frame buffer after itself; those in front are the firmware's pictures (drivers/gpu/drm/sysfb). */
const OWN_DRIVER = /\((?!simpledrm|efidrm|vesadrm|ofdrm)\S*drmfb\)$/;
