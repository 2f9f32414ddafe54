import { mkdirSync, readFileSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { NEWER, OLDER, bootGrub, playGrub, write } from "../../system/rig/grub.ts";
import { PRODUCT, STORY } from "../../system/rig/hostcfg.ts";
import { CACHE, baseRoot } from "../../system/rig/base.ts";
import { rootDisk } from "../../system/rig/disks.ts";
import { makeEfiDisk } from "../../system/rig/efi-disk.ts";
import type { Files } from "../../system/rig/fat.ts";
import type { Suite } from "../../system/rig/loader-programs.ts";
import type { Started } from "../../system/rig/live.ts";
import { loaderProgram } from "../../system/rig/loader-programs.ts";
import { playLoader } from "../../system/rig/loader.ts";
import type { Machine } from "../../system/rig/machine.ts";
import { bootStory } from "../../system/rig/machines.ts";
import { realKernel } from "../../system/rig/real-kernel.ts";
import { recordedRootUuid } from "../../system/rig/story.ts";
import { ESP, bootSystemdBoot } from "../../system/rig/systemd-boot.ts";
import { tool } from "../../system/rig/tool.ts";
import { FIRST_PROGRAM, SHELL, SHELL_UNIT } from "./first-program.ts";
import { newVariables, partOf } from "./qemu.ts";

export type LoaderName = "grub" | "systemd-boot" | "kernelstub";

/** The two kernels of a machine: it runs the one that its loader starts by itself, the newer by name. */
export interface Kernels {
  readonly newer: string;
  readonly older: string;
}

/**
 * What a machine's kernels are told on top of what a test declares: to answer on the serial lines, and not to look whether
 * the clock ticks, for on a busy core it may not for a while.
 */
const CONSOLE = "console=ttyS0 no_timer_check init=/sbin/machine-init";

/** Of a kernel's modules only those of a machine's hardware: all of them are unpacked, listed and searched for minutes. */
const MODULES = [
  ...["arch/x86/crypto", "block", "crypto", "lib", "virt"],
  ...["fs/efivarfs", "fs/ext4", "fs/fat", "fs/jbd2", "fs/mbcache", "fs/nls"],
  ...["drivers/block", "drivers/gpu/drm/drm", "drivers/gpu/drm/tiny", "drivers/gpu/drm/ttm"],
  ...["drivers/net/ethernet/intel/e1000e", "drivers/net/vmxnet3", "drivers/pps", "drivers/ptp"],
  ...["drivers/nvme", "drivers/vfio", "drivers/virtio"],
  ...["drivers/watchdog/i6300", "drivers/watchdog/watchdog"],
  ...["sound/soundcore", "sound/core", "sound/hda", "sound/pci/hda"],
];
const SLIM = [
  ...["", "/usr"].map((usr) => `path-exclude=${usr}/lib/modules/*/kernel/*`),
  ...MODULES.map((folder) => `path-include=*/lib/modules/*/kernel/${folder}*`),
  "",
].join("\n");

/** On a busy machine a disk shows up after minutes, and systemd would go to its emergency mode. */
const PATIENT = `[Manager]
DefaultDeviceTimeoutSec=1800
DefaultTimeoutStartSec=1800
`;

const ESP_SERIAL = 0x0ae00001;

/** Makes a machine's disks in `folder`: a host of the system tests with Debian's own kernels, all by its own tools. */
export async function build(loader: LoaderName, suite: Suite, folder: string): Promise<Kernels> {
  const machine = await BOOTED[loader](suite);
  try {
    await prepare(machine);
    if (loader !== "kernelstub") await beDebian(machine, suite);
    await TELL[loader](machine);
    const kernels = await install(machine, suite);
    await machine.must("dpkg", "--purge", ...STAND_INS[loader].map((release) => `linux-image-${release}`));
    const { release, cmdline } = STARTS[loader](machine);
    if (release !== kernels.newer || !cmdline.includes(CONSOLE))
      throw new Error(`the stock's loader would start ${release} with ${cmdline}`);
    const files = espFiles(loader, suite, machine);
    await machine.powerOff();
    // What was only laid over it while the machine was no whole one.
    tool("debugfs", "-w", "-R", "rm /usr/local/bin/node", rootDisk(machine.folder));
    tool("debugfs", "-w", "-R", "symlink /usr/local/bin/node /opt/node", rootDisk(machine.folder));
    mkdirSync(folder, { recursive: true });
    renameSync(rootDisk(machine.folder), partOf(folder, "root.img"));
    makeEfiDisk(partOf(folder, "esp.img"), [{ type: "esp", serial: ESP_SERIAL, files, mebibytes: 256 }]);
    newVariables(folder);
    return kernels;
  } finally {
    await machine.discard();
  }
}

const BOOTED: Readonly<Record<LoaderName, (suite: Suite) => Promise<Machine>>> = {
  grub: bootGrub,
  "systemd-boot": bootSystemdBoot,
  kernelstub: () => bootStory(),
};

/** How each loader is told what the kernels need; its own tools and the kernels' packages carry it on. */
const TELL: Readonly<Record<LoaderName, (machine: Machine) => Promise<void>>> = {
  grub: async (machine) => {
    // Outside of the whole machine there is no firmware to offer the settings of.
    await machine.must("chmod", "-x", "/etc/grub.d/30_uefi-firmware");
    await write(
      machine,
      "/etc/default/grub",
      [
        ...["GRUB_DEFAULT=0", "GRUB_TIMEOUT=1", "GRUB_TERMINAL=console", 'GRUB_DISTRIBUTOR="Debian"'],
        ...['GRUB_CMDLINE_LINUX_DEFAULT="quiet"', `GRUB_CMDLINE_LINUX="${CONSOLE}"`, ""],
      ].join("\n"),
    );
  },
  "systemd-boot": async (machine) => {
    await write(machine, "/etc/kernel/cmdline", `root=UUID=${recordedRootUuid()} ro quiet ${CONSOLE}\n`);
  },
  kernelstub: async (machine) => {
    // The recorded host's recovery system is a file without content.
    await machine.must("sh", "-c", `rm -r ${ESP}/EFI/Recovery-* ${ESP}/loader/entries/Recovery-*`);
    // Debian's systemd-boot wants the name whole; Pop!_OS's own takes it without .conf as well.
    await write(machine, `${ESP}/loader/loader.conf`, "default Pop_OS-current.conf\n");
    await machine.must("kernelstub", "--add-options", CONSOLE);
  },
};

/** What each loader starts of what its own tools have written: one that finds nothing waits, and says nothing. */
const STARTS: Readonly<Record<LoaderName, (machine: Machine) => Started>> = {
  grub: playGrub,
  "systemd-boot": (machine) => playLoader(machine),
  kernelstub: (machine) => playLoader(machine),
};

/** The kernels without content that the system tests' hosts come with. */
const STAND_INS: Readonly<Record<LoaderName, readonly string[]>> = {
  grub: [OLDER, NEWER],
  "systemd-boot": [OLDER, NEWER],
  kernelstub: ["5.3.0-7625-generic"],
};

async function prepare(machine: Machine): Promise<void> {
  await machine.put(process.execPath, "/opt/node");
  const programs = { "/sbin/machine-init": FIRST_PROGRAM, "/sbin/machine-shell": SHELL };
  for (const [path, text] of Object.entries(programs)) {
    await write(machine, path, text);
    await machine.must("chmod", "755", path);
  }
  await write(machine, "/etc/systemd/system/machine-shell.service", SHELL_UNIT);
  await machine.must("systemctl", "--root=/", "--quiet", "enable", "machine-shell.service");
  await write(machine, "/etc/dpkg/dpkg.cfg.d/slim", SLIM);
  await write(machine, "/etc/hostname", "whole\n");
  await write(machine, "/etc/systemd/system.conf.d/slow.conf", PATIENT);
  // Without one it would be a first boot, at which systemd asks on the console for a language.
  await write(machine, "/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  const mounts = [
    `UUID=${recordedRootUuid()} / ext4 errors=remount-ro 0 1`,
    `UUID=0AE0-0001 ${ESP} vfat umask=0077 0 1`,
  ];
  await write(machine, "/etc/fstab", [...mounts, ""].join("\n"));
  await machine.must("ln", "-s", `${PRODUCT}/dist/hostcfg.js`, "/usr/local/bin/hostcfg");
  await machine.must("rm", "-r", STORY);
  await machine.must("mkdir", STORY);
}

/** The system tests' hosts are made of one of another name, and have its links. */
async function beDebian(machine: Machine, suite: Suite): Promise<void> {
  await machine.put(join(await baseRoot(CACHE, suite), "usr/lib/os-release"), "/usr/lib/os-release");
  await machine.must("sh", "-c", "cd /boot && rm vmlinuz* initrd.img* && rm -r /recovery");
}

async function install(machine: Machine, suite: Suite): Promise<Kernels> {
  const [older, newer] = [realKernel("generic", suite), realKernel("cloud", suite)];
  for (const { deb } of [older, newer]) {
    await machine.put(deb, "/tmp/kernel.deb");
    await machine.must("dpkg", "--install", "/tmp/kernel.deb");
  }
  return { newer: newer.release, older: older.release };
}

/** What is on the ESP, with the loader where a firmware looks that knows of none. */
function espFiles(loader: LoaderName, suite: Suite, machine: Machine): Files {
  const program = loaderProgram(loader === "grub" ? "grub" : "systemd-boot", suite);
  const root = machine.path(ESP);
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(root, path)).isFile(),
  );
  return {
    ...Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path))])),
    "EFI/BOOT/BOOTX64.EFI": program,
    ...(loader === "grub" && {
      // As grub-install leaves it there.
      "EFI/debian/grub.cfg": `search.fs_uuid ${recordedRootUuid()} root\nset prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n`,
    }),
  };
}
