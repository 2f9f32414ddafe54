import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { copyDisks } from "./disks.ts";
import { STORY } from "./hostcfg.ts";
import { buildKernel } from "./kernels.ts";
import type { Started } from "./live.ts";
import { playMenu } from "./grub-menu.ts";
import { Machine } from "./machine.ts";
import { OWN_SUITE } from "./base.ts";
import type { Initrds } from "./base.ts";
import { recordedRootUuid } from "./story.ts";
import { storyOf } from "./suites.ts";

/** The kernels that are installed by the real dpkg, the newest last. */
export const OLDER = "6.1.0-25-amd64";
export const NEWER = "6.1.0-26-amd64";
/** What the menu has GRUB start. */
export const FIRST_BOOT: Started = {
  release: NEWER,
  cmdline: `BOOT_IMAGE=/boot/vmlinuz-${NEWER} root=UUID=${recordedRootUuid()} ro quiet iommu=on crashkernel=192M`,
};

/** As Debian's grub packages install it, with a drop-in of somebody else's. */
const SETTINGS = `# If you change this file, run 'update-grub' afterwards.
GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=\`lsb_release -i -s 2> /dev/null || echo Debian\`
GRUB_CMDLINE_LINUX_DEFAULT="quiet iommu=on" # two
GRUB_CMDLINE_LINUX=""
`;
const FOREIGN = `GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=192M"\n`;

/** A Debian host that boots by GRUB, running its newest kernel: the note's host without kernelstub. */
export async function bootGrub(suite = OWN_SUITE, initrds?: Initrds): Promise<Machine> {
  const folder = mkdtempSync(join(inject("folder"), "grub-"));
  copyDisks(await storyOf(suite, initrds), folder);
  const machine = new Machine(folder, { rootNode: `/dev/hostcfg-${process.pid}` });
  await machine.powerOn(FIRST_BOOT);
  await machine.must(
    "rm",
    "-r",
    "/usr/bin/kernelstub",
    "/etc/kernelstub",
    "/boot/efi/loader",
    "/boot/efi/EFI",
  );
  await machine.must(
    "rm",
    "/etc/kernel/postinst.d/zz-kernelstub",
    "/etc/initramfs/post-update.d/zz-kernelstub",
  );
  await write(machine, "/etc/default/grub", SETTINGS);
  await write(machine, "/etc/default/grub.d/kdump-tools.cfg", FOREIGN);
  await machine.must("mkdir", "/boot/grub");
  await machine.must("dpkg", "--purge", "linux-image-5.3.0-7625-generic");
  for (const release of [OLDER, NEWER]) await install(machine, release);
  await machine.must("update-grub");
  const { cmdline } = playGrub(machine);
  if (cmdline !== FIRST_BOOT.cmdline) throw new Error(`GRUB would start ${cmdline}`);
  return machine;
}

/** Builds a kernel's package and has the real dpkg install it, with all hooks. */
export async function install(machine: Machine, release: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "hostcfg-kernel-"));
  chmodSync(scratch, 0o755);
  try {
    const { image } = buildKernel(release, scratch);
    await machine.put(image, "/tmp/kernel.deb");
    await machine.must("dpkg", "--install", "/tmp/kernel.deb");
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

export async function write(machine: Machine, path: string, text: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "hostcfg-file-"));
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, "file"), text);
  await machine.must("mkdir", "-p", join(path, ".."));
  await machine.put(join(scratch, "file"), path);
  rmSync(scratch, { recursive: true });
}

export async function writeSpec(machine: Machine, text: string): Promise<void> {
  await write(machine, `${STORY}/host.yaml`, text);
}

/** What GRUB would load, and the line that it would hand to the kernel. */
export interface Loaded extends Started {
  readonly kernel: string;
  readonly initrd: string;
}

/** What GRUB would load by the menu that stands there. */
export function playGrub(machine: Machine): Loaded {
  const { kernel, initrd, line } = playMenu(machine);
  if (kernel === "none") throw new Error("the entry that GRUB takes starts no kernel");
  for (const path of [kernel, initrd]) if (machine.readText(path) === "") throw new Error(`${path} is empty`);
  return {
    release: kernel.replace("/boot/vmlinuz-", ""),
    kernel,
    initrd,
    cmdline: `BOOT_IMAGE=${kernel} ${line}`,
  };
}
