import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { kernelHead } from "../../support/kernel-head.ts";
import { kernelModule } from "../../support/kernel-module.ts";
import { CACHE, aptSources } from "./base.ts";
import { copyDisks } from "./disks.ts";
import { playMenu } from "./grub-menu.ts";
import { write } from "./grub.ts";
import { STORY } from "./hostcfg.ts";
import type { Started } from "./live.ts";
import { madeOnce } from "./made-once.ts";
import { Machine } from "./machine.ts";
import { recordedRootUuid } from "./story.ts";
import { storyOf } from "./suites.ts";
import { tool } from "./tool.ts";

// A host as Arch's are, as far as Debian has its programs: its own pacman, grub-mkconfig and bootctl; mkinitcpio has a
// stand-in. With MKINITCPIO=FOLDER what is in that folder is laid over the root in its place: the real one's files,
// with its hooks and script of libalpm.

const SUITE = "trixie";

/** A kernel's package. */
export interface ArchKernel {
  readonly name: string;
  readonly version: string;
  readonly release: string;
}

export const ZEN: ArchKernel = { name: "linux-zen", version: "6.12.4.zen1-1", release: "6.12.4-zen1-1-zen" };
export const NEXT_ZEN: ArchKernel = {
  name: "linux-zen",
  version: "6.12.5.zen1-1",
  release: "6.12.5-zen1-1-zen",
};
export const LAST_ZEN: ArchKernel = {
  name: "linux-zen",
  version: "6.12.6.zen1-1",
  release: "6.12.6-zen1-1-zen",
};
export const PLAIN: ArchKernel = { name: "linux", version: "6.12.4.arch1-1", release: "6.12.4-arch1-1" };

const SETTINGS = `GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR="Arch"
GRUB_CMDLINE_LINUX_DEFAULT="loglevel=3 quiet"
GRUB_CMDLINE_LINUX=""
`;

/** Arch's own change of 10_linux: a kernel is called by all that stands behind `vmlinuz-`. */
const WHOLE_NAMES = String.raw`s/sed -e "s,^\[^0-9\]\*-,,g"/sed -e "s,vmlinuz-,,g"/`;

const HOOKS: Readonly<Record<string, string>> = {
  "60-depmod.hook": hook("Install", "PostTransaction", "/usr/share/libalpm/scripts/depmod"),
  "60-mkinitcpio-remove.hook": hook(
    "Remove",
    "PreTransaction",
    "/usr/share/libalpm/scripts/mkinitcpio remove",
  ),
  "90-mkinitcpio-install.hook": hook(
    "Install",
    "PostTransaction",
    "/usr/share/libalpm/scripts/mkinitcpio install",
  ),
};

function hook(operation: string, when: string, program: string): string {
  return [
    "[Trigger]",
    "Type = Path",
    `Operation = ${operation}`,
    ...(operation === "Install" ? ["Operation = Upgrade"] : []),
    "Target = usr/lib/modules/*/vmlinuz",
    "[Action]",
    `When = ${when}`,
    `Exec = ${program}`,
    "NeedsTargets",
    "",
  ].join("\n");
}

const DEPMOD = `#!/bin/sh
while read -r path; do depmod "$(basename "$(dirname "$path")")"; done
`;

/** What of Debian an Arch host has not; the last are what the note's host brings. */
const OF_DEBIAN = `set -e
dpkg --purge linux-image-5.3.0-7625-generic
rm -rf /var/lib/dpkg /var/lib/apt /var/cache/apt /etc/apt /etc/kernel /etc/initramfs-tools /etc/initramfs /usr/share/initramfs-tools
rm -rf /usr/bin/dpkg* /usr/bin/apt* /usr/sbin/update-initramfs /usr/sbin/mkinitramfs /usr/sbin/update-grub* /etc/default/grub.d
rm -rf /usr/bin/kernelstub /etc/kernelstub /recovery /boot/efi/* /usr/lib/modules/*
find /boot -mindepth 1 -maxdepth 1 ! -name efi -exec rm -r {} +`;

/** An Arch host with no kernel and no boot loader yet. */
async function boot(started: Started, loader: string): Promise<Machine> {
  const folder = mkdtempSync(join(inject("folder"), `arch-${loader}-`));
  copyDisks(await storyOf(SUITE), folder);
  const machine = new Machine(folder, { rootNode: `/dev/hostcfg-${process.pid}` });
  await machine.powerOn(started);
  await machine.must("sh", "-c", OF_DEBIAN);
  await machine.must("mkdir", "-p", "/root/pacman", "/var/lib/pacman/local", "/etc/mkinitcpio.d");
  await machine.put(await pacmanTree(), "/root/pacman");
  await machine.must(
    "sh",
    "-c",
    "cp --archive --no-clobber /root/pacman/. / 2>/dev/null; rm -r /root/pacman /etc/apt /etc/dpkg; ldconfig",
  );
  await write(
    machine,
    "/usr/lib/os-release",
    'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
  );
  for (const [name, text] of Object.entries(HOOKS))
    await write(machine, `/usr/share/libalpm/hooks/${name}`, text);
  await putProgram(machine, "/usr/share/libalpm/scripts/depmod", DEPMOD);
  await putProgram(machine, "/usr/share/libalpm/scripts/mkinitcpio", ownText("mkinitcpio-hook.sh"));
  await putProgram(machine, "/usr/bin/mkinitcpio", ownText("mkinitcpio.sh"));
  await write(machine, "/etc/mkinitcpio.conf", "MODULES=()\nBINARIES=()\nFILES=()\nHOOKS=(base)\n");
  const real = process.env["MKINITCPIO"];
  if (real !== undefined) await machine.put(real, "/");
  return machine;
}

const ownText = (name: string): string => readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8");

export async function putProgram(machine: Machine, path: string, text: string): Promise<void> {
  await write(machine, path, text);
  await machine.must("chmod", "755", path);
}

/** Debian's pacman with what it needs, not set up; kept between runs. */
function pacmanTree(): Promise<string> {
  const quiet = ["--quiet", "--mode=root", "--variant=extract"];
  const packages = "--include=pacman-package-manager,zstd";
  return madeOnce(join(CACHE, `pacman-${SUITE}`), (unfinished) => {
    tool("mmdebstrap", ...quiet, packages, SUITE, unfinished, ...aptSources(CACHE, SUITE));
  });
}

/** Makes a kernel's package as makepkg does, in the machine, and answers its path there. */
export async function packageOf(machine: Machine, kernel: ArchKernel): Promise<string> {
  const { release } = kernel;
  const modules = `usr/lib/modules/${release}`;
  return packed(machine, kernel, (tree) => {
    writeIn(tree, {
      [`${modules}/vmlinuz`]: Buffer.concat([kernelHead(release), Buffer.alloc(32_768)]),
      [`${modules}/kernel/drivers/vfio/pci/vfio-pci.ko`]: kernelModule("vfio_pci", release),
      [`${modules}/modules.order`]: "kernel/drivers/vfio/pci/vfio-pci.ko\n",
      [`${modules}/modules.builtin`]: "kernel/fs/ext4/ext4.ko\n",
      [`${modules}/modules.builtin.modinfo`]: "ext4.license=GPL\0",
    });
  });
}

/** The same of a kernel of Debian's, which boots. */
export async function packageOfDebians(machine: Machine, kernel: ArchKernel, deb: string): Promise<string> {
  return packed(machine, kernel, (tree) => {
    const content = join(tree, "..", "debian");
    tool("dpkg-deb", "--extract", deb, content);
    const modules = [join(content, "usr/lib/modules"), join(content, "lib/modules")].find(existsSync) ?? "";
    mkdirSync(join(tree, "usr/lib"), { recursive: true });
    renameSync(modules, join(tree, "usr/lib/modules"));
    const name = `vmlinuz-${kernel.release}`;
    renameSync(join(content, "boot", name), join(tree, "usr/lib/modules", kernel.release, "vmlinuz"));
  });
}

async function packed(
  machine: Machine,
  { name, version, release }: ArchKernel,
  fill: (tree: string) => void,
): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "hostcfg-arch-"));
  const tree = join(scratch, "package");
  mkdirSync(tree);
  fill(tree);
  writeIn(tree, {
    ".PKGINFO": `pkgname = ${name}\npkgbase = ${name}\npkgver = ${version}\nsize = 65536\narch = x86_64\n`,
    [`usr/lib/modules/${release}/pkgbase`]: `${name}\n`,
  });
  await machine.put(tree, "/root/package");
  rmSync(scratch, { recursive: true });
  const file = `${STORY}/${name}-${version}-x86_64.pkg.tar.zst`;
  const options = ["--zstd", "--create", "--owner=0", "--group=0", "--directory=/root/package"];
  await machine.must("tar", ...options, `--file=${file}`, ".PKGINFO", "usr");
  await machine.must("rm", "-r", "/root/package");
  return file;
}

function writeIn(tree: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), content);
  }
}

export async function upgrade(machine: Machine, kernel: ArchKernel): Promise<string> {
  return machine.must("pacman", "-U", "--noconfirm", await packageOf(machine, kernel));
}

/** What GRUB loads; a kernel says its release itself. */
export function playGrub(machine: Machine): Started & { readonly kernel: string; readonly initrd: string } {
  const { kernel, initrd, line } = playMenu(machine);
  if (machine.readText(initrd) === "") throw new Error(`${initrd} is empty`);
  return { release: releaseOf(machine, kernel), kernel, initrd, cmdline: `BOOT_IMAGE=${kernel} ${line}` };
}

function releaseOf(machine: Machine, kernel: string): string {
  const image = readFileSync(machine.path(kernel));
  const at = image.readUInt16LE(0x20e) + 0x200;
  const [release = ""] = image
    .subarray(at, at + 128)
    .toString("latin1")
    .split(" ");
  if (release === "") throw new Error(`${kernel} is no kernel`);
  return release;
}

/** An Arch host with GRUB, which starts linux-zen: 10_linux takes that for the newest, by its name. */
export async function bootArchGrub(): Promise<Machine> {
  const cmdline = `BOOT_IMAGE=/boot/vmlinuz-${ZEN.name} root=UUID=${recordedRootUuid()} ro loglevel=3 quiet`;
  const machine = await boot({ release: ZEN.release, cmdline }, "grub");
  await write(machine, "/etc/default/grub", SETTINGS);
  for (const kernel of [PLAIN, ZEN]) await upgrade(machine, kernel);
  await machine.must("mkdir", "/boot/grub");
  await machine.must("sed", "--in-place", WHOLE_NAMES, "/etc/grub.d/10_linux");
  await machine.must("grub-mkconfig", "-o", "/boot/grub/grub.cfg");
  return machine;
}

const ESP = "/boot";
const STATIC: Readonly<Record<string, ArchKernel>> = { "arch.conf": PLAIN, "arch-zen.conf": ZEN };

/** An Arch host with systemd-boot, whose entries a person wrote and whose /boot is the ESP; it starts linux-zen. */
export async function bootArchStatic(): Promise<Machine> {
  const options = `root=UUID=${recordedRootUuid()} rw quiet`;
  const cmdline = `initrd=\\initramfs-${ZEN.name}.img ${options}`;
  const machine = await boot({ release: ZEN.release, cmdline, loaderInfo: LOADER }, "static");
  await write(machine, "/etc/fstab", machine.readText("/etc/fstab").replaceAll("/boot/efi", ESP));
  await mountEsp(machine);
  for (const kernel of [PLAIN, ZEN]) await upgrade(machine, kernel);
  await machine.must("bootctl", `--esp-path=${ESP}`, "--no-variables", "install");
  await write(machine, `${ESP}/loader/loader.conf`, "default arch-zen.conf\ntimeout 3\n");
  for (const [file, { name }] of Object.entries(STATIC)) {
    const lines = [
      `title Arch Linux (${name})`,
      `linux /vmlinuz-${name}`,
      `initrd /initramfs-${name}.img`,
      `options ${options}`,
    ];
    await write(machine, `${ESP}/loader/entries/${file}`, `${lines.join("\n")}\n`);
  }
  return machine;
}

const LOADER = "systemd-boot 257.8-1~deb13u2";

/** The rig mounts the ESP below /boot. */
async function mountEsp(machine: Machine): Promise<void> {
  await machine.must("mount", "--move", "/boot/efi", ESP);
}

/** The reboot into this. */
export async function rebootArchStatic(machine: Machine, started: Started): Promise<void> {
  await machine.powerOff();
  await machine.powerOn({ loaderInfo: LOADER, ...started });
  await mountEsp(machine);
}

/** What the real bootctl says is started by default. */
export async function playStatic(machine: Machine): Promise<Started & { readonly id: string }> {
  const list = await machine.must("bootctl", "list", "--no-pager");
  const chosen = list.split(/\n\s*\n/).find((entry) => entry.includes("(default)")) ?? "";
  const field = (name: string): string => new RegExp(`^\\s*${name}: (.*)$`, "m").exec(chosen)?.[1] ?? "";
  const at = (name: string): string => `${ESP}${field(name).replace(ESP, "").replace(/^\/+/, "/")}`;
  if (machine.readText(at("initrd")) === "") throw new Error(`${at("initrd")} is empty`);
  const initrd = at("initrd").replace(ESP, "").replaceAll("/", "\\");
  return {
    id: field("id"),
    release: releaseOf(machine, at("linux")),
    cmdline: `initrd=${initrd} ${field("options")}`,
  };
}
