import { compareDebianVersions } from "../../src/platform/debian/version.ts";
import { readDatabase, statusOf } from "./package-database.ts";
import type { Machine, Program, Ran } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";
import { grubMenu } from "./update-grub.ts";
import type { RootFolder } from "./root-folder.ts";

const KERNEL = "/etc/kernel";
const CMDLINE = `${KERNEL}/cmdline`;
const HOOK = `${KERNEL}/postinst.d/zz-proxmox-boot`;

const LIST = `${KERNEL}/proxmox-boot-uuids`;
const UUID = /[0-9a-fA-F]{4}-[0-9a-fA-F]{4}/;

/**
 * `refresh`, `kernel pin` and `kernel unpin` of proxmox-boot-tool, for ESPs with systemd-boot or GRUB: what they write in
 * which order, what they say and how they end was held against the real 8.1.0 by hand, on two FATs in a guest; what changed
 * up to 9.2.0 is by its source. The ESPs, which are mounted only while it runs, are the folders /esp/UUID of the root; one that
 * is not there is away. It leaves out proxmox-auto-removal, which writes /etc/apt/apt.conf.d/76pveconf.
 */
export const proxmoxBootTool: Program = (args, machine) => {
  const [command, verb, release] = args;
  // Its hook for packages and its own refresh run the same script.
  if (command === "refresh") return refresh(machine);
  if (command === "kernel" && verb === "pin" && release !== undefined) {
    if (args.length === 3) return pin(release, "proxmox-boot-pin", machine);
    if (args.length === 4 && args[3] === "--next-boot") return pin(release, "next-boot-pin", machine);
  }
  if (command === "kernel" && verb === "unpin" && args.length === 2) return unpin(machine);
  throw untaught("proxmox-boot-tool", args);
};

function pin(release: string, file: string, { root }: Machine): Ran {
  if (!root.exists(`/boot/vmlinuz-${release}`)) {
    const kernels = keptKernels(root).join("\n");
    return failed(
      1,
      `E: no kernel image found in /boot for '${release}', not setting default.\n\nPossible Proxmox kernel versions are:\n${kernels}\n`,
    );
  }
  const [old] = firstLine(root, file);
  const overriding =
    old === undefined || old === release
      ? ""
      : `Overriding previously pinned version '${old}' with '${release}'\n`;
  root.overwrite(`${KERNEL}/${file}`, `${release}\n`);
  const once = file === "next-boot-pin" ? "Pinned for next boot only.\n" : "";
  return succeeded(`${overriding}Set kernel '${release}' in ${KERNEL}/${file}. ${LATER}\n${once}`);
}

/** It asks only where it has a terminal. */
const LATER = "Use the 'refresh' command to update the ESPs.";

function unpin({ root }: Machine): Ran {
  const [last] = [...firstLine(root, "proxmox-boot-pin"), ...firstLine(root, "next-boot-pin")];
  const names = ["next-boot-pin", "proxmox-boot-pin"];
  for (const name of names) root.remove(`${KERNEL}/${name}`);
  const removed = names.map((name) => `Removed ${KERNEL}/${name}.\n`).join("");
  return succeeded(`${removed}${last === undefined ? "" : `Unpinned kernel '${last}'. ${LATER}\n`}`);
}

function refresh(machine: Machine): Ran {
  const { root } = machine;
  if (!root.exists(HOOK) || (root.mode(HOOK) & 0o111) === 0)
    return succeeded("", "Hook script 'zz-proxmox-boot' not found or not executable, skipping.\n");
  const stdout = `Running hook script 'zz-proxmox-boot'..\nRe-executing '${HOOK}' in new private mount namespace..\n`;
  if (!root.exists(LIST)) return succeeded(stdout, `No ${LIST} found, skipping ESP sync.\n`);
  const line = optionLine(root);
  let stderr = "";
  // A substring will do: zfsroot= passes. The running line is not looked at.
  if (!root.exists(CMDLINE)) stderr += `No ${CMDLINE} found - falling back to /proc/cmdline\n`;
  else if (!line.includes("root=")) return failed(1, `No root= parameter in ${CMDLINE} found!\n`, stdout);
  const kept = keptKernels(root);
  const warn = (text: string): void => {
    stderr += `${text}\n`;
  };
  const isEfi = root.isFolder("/sys/firmware/efi");
  let isGrub = !isEfi;
  for (const uuid of espsOf(root)) {
    const esp = `/esp/${uuid}`;
    const path = `/dev/disk/by-uuid/${uuid}`;
    if (!UUID.test(uuid)) {
      warn(`WARN: ${uuid} read from ${LIST} does not look like a VFAT-UUID - skipping`);
      continue;
    }
    if (!root.isFolder(esp)) {
      warn(`WARN: ${path} does not exist - clean '${LIST}'! - skipping`);
      continue;
    }
    // From one of GRUB on it takes all for GRUB's.
    isGrub ||= root.exists(`${esp}/EFI/proxmox/grubx64.efi`);
    if (isGrub) {
      if (!root.isFolder(`${esp}/grub`)) {
        warn(`${path} contains no grub directory - skipping`);
        continue;
      }
      warn(`Copying and configuring kernels on ${path}`);
      const failure = refreshByGrub(uuid, kept, machine, warn);
      if (failure !== undefined) return failed(failure.exitCode, stderr + failure.stderr, stdout);
      continue;
    }
    if (!root.exists(`${esp}/loader/loader.conf`)) {
      warn(`${path} contains no loader.conf - skipping`);
      continue;
    }
    if (!root.isFolder(`${esp}/EFI/proxmox`)) {
      warn(`${path}/EFI/proxmox does not exist- skipping`);
      continue;
    }
    warn(`Copying and configuring kernels on ${path}`);
    for (const release of kept) {
      const failure = copyKernel(release, uuid, line, machine, warn);
      if (failure !== undefined) return failed(1, stderr + failure, stdout);
    }
    writeDefault(esp, machine);
    removeOld(esp, kept, root, warn);
  }
  return succeeded(stdout, stderr);
}

/** What stands behind the last line break is no line to `read`. */
function espsOf(root: RootFolder): string[] {
  return root.text(LIST).split("\n").slice(0, -1).filter(Boolean);
}

/** The first line, by read -r and echo of dash, which takes backslashes for itself; else the running line. */
function optionLine(root: RootFolder): string {
  if (root.exists(CMDLINE)) return (root.text(CMDLINE).split("\n")[0] ?? "").replaceAll("\\\\", "\\");
  const words = root.text("/proc/cmdline").trim().split(" ");
  return words.filter((word) => !word.startsWith("initrd=")).join(" ");
}

/** By dpkg's list, not by /boot, in the order of sort -u. */
function keptKernels(root: RootFolder): string[] {
  const names = readDatabase(root).flatMap((stanza) => {
    const [want, , state] = statusOf(stanza);
    const its = /^(?:proxmox|pve)-kernel-(\d\S*?)(?:-signed)?$/.exec(stanza.get("Package") ?? "")?.[1];
    const counts = ["install", "hold"].includes(want) && !["config-files", "not-installed"].includes(state);
    return its === undefined || !counts ? [] : [its];
  });
  const newest = [...new Set(names)].sort((a, b) => compareDebianVersions(b, a));
  const kernels = newest.filter((name) => name.endsWith("-pve"));
  // tail of head: of one series alone, that one.
  const older = newest
    .filter((name) => /^\d+\.\d+$/.test(name))
    .slice(0, 2)
    .at(-1);
  const running = root.text("/proc/sys/kernel/osrelease").trim().toLowerCase();
  const kept = [
    ...(root.exists(`/boot/vmlinuz-${running}`) ? [running] : []),
    ...kernels.slice(0, 2),
    ...kernels.filter((name) => older !== undefined && name.startsWith(`${older}.`)).slice(0, 1),
    ...linesOf(root, "proxmox-boot-manual-kernels"),
    ...firstLine(root, "proxmox-boot-pin"),
    ...firstLine(root, "next-boot-pin"),
  ];
  return [...new Set(kept)].sort();
}

function linesOf(root: RootFolder, name: string): string[] {
  return root.exists(`${KERNEL}/${name}`) ? root.text(`${KERNEL}/${name}`).split("\n").filter(Boolean) : [];
}

function firstLine(root: RootFolder, name: string): string[] {
  const [first = ""] = root.exists(`${KERNEL}/${name}`) ? root.text(`${KERNEL}/${name}`).split("\n") : [];
  return first === "" ? [] : [first];
}

/** Copies, its drop-in of GRUB's settings, removals, and update-grub with the ESP in the place of /boot. */
function refreshByGrub(
  uuid: string,
  kept: readonly string[],
  machine: Machine,
  warn: (text: string) => void,
): { readonly exitCode: number; readonly stderr: string } | undefined {
  const { root, moment } = machine;
  const esp = `/esp/${uuid}`;
  for (const release of kept) {
    if (isMissing(release, root, warn)) continue;
    warn(`\tCopying kernel ${release}`);
    for (const name of [`vmlinuz-${release}`, `initrd.img-${release}`]) {
      const failure = copyFile(name, uuid, "", machine);
      if (failure !== undefined) return { exitCode: 1, stderr: failure };
    }
  }
  const [pinned] = [...firstLine(root, "next-boot-pin"), ...firstLine(root, "proxmox-boot-pin")];
  if (pinned === undefined) root.remove(PIN_SNIPPET);
  else {
    const menu = "/boot/grub/grub.cfg";
    if (!root.exists(menu))
      return { exitCode: 2, stderr: `sed: can't read ${menu}: No such file or directory\n` };
    const id = /gnulinux-advanced-(.+)' \{$/m.exec(root.text(menu))?.[1] ?? "";
    root.overwrite(PIN_SNIPPET, `GRUB_DEFAULT="gnulinux-advanced-${id}>gnulinux-${pinned}-advanced-${id}"\n`);
  }
  for (const name of root.names(esp)) {
    const release = /^vmlinuz-(.+)$/.exec(name)?.[1];
    if (release === undefined || kept.some((one) => one.includes(release))) continue;
    warn(`\tRemoving old version ${release}`);
    root.remove(`${esp}/${name}`);
    root.remove(`${esp}/initrd.img-${release}`);
  }
  const { text, said } = grubMenu(root, { folder: esp, uuid });
  const menu = `${esp}/grub/grub.cfg`;
  moment(`about to make ${menu}`);
  // grub-mkconfig writes over the menu that is there, unless hostcfg's own update-grub comes first on the search path.
  if (root.exists(OWN_UPDATE_GRUB)) root.replace(menu, text, 0o700);
  else {
    root.overwrite(menu, text.slice(0, Math.floor(text.length / 2)));
    moment(`wrote the half of ${menu}`);
    root.overwrite(menu, text);
  }
  moment(`made ${menu}`);
  warn(said.trimEnd());
  return undefined;
}

const PIN_SNIPPET = "/etc/default/grub.d/proxmox-kernel-pin.cfg";
const OWN_UPDATE_GRUB = "/var/lib/hostcfg/programs/update-grub";

function isMissing(release: string, root: RootFolder, warn: (text: string) => void): boolean {
  const missing = [`vmlinuz-${release}`, `initrd.img-${release}`].find(
    (name) => !root.exists(`/boot/${name}`),
  );
  if (missing === undefined) return false;
  const what = missing.startsWith("vmlinuz") ? "linux" : "initrd";
  warn(`No ${what}-image /boot/${missing} found - skipping`);
  return true;
}

/** Over what is there; the message of a full ESP. */
function copyFile(name: string, uuid: string, folder: string, machine: Machine): string | undefined {
  const { root } = machine;
  const esp = `/esp/${uuid}`;
  const content = root.read(`/boot/${name}`);
  const to = `${esp}${folder}/${name}`;
  const half = content.subarray(0, Math.floor(content.length / 2));
  root.overwrite(to, half);
  machine.moment(`copied the half of ${to}`);
  if (content.length > freeBytes(root, esp) + half.length)
    return `cp: error writing '/var/tmp/espmounts/${uuid}${folder}/${name}': No space left on device\n`;
  root.overwrite(to, content);
  machine.moment(`copied ${to}`);
  return undefined;
}

/** Image, initrd, entry: each over what is there. A kernel without files in /boot keeps what it has on the ESP. */
function copyKernel(
  release: string,
  uuid: string,
  line: string,
  machine: Machine,
  warn: (text: string) => void,
): string | undefined {
  const { root } = machine;
  const esp = `/esp/${uuid}`;
  if (isMissing(release, root, warn)) return undefined;
  warn(`\tCopying kernel and creating boot-entry for ${release}`);
  const folder = `/EFI/proxmox/${release}`;
  root.makeFolder(esp + folder);
  for (const name of [`vmlinuz-${release}`, `initrd.img-${release}`]) {
    const failure = copyFile(name, uuid, folder, machine);
    if (failure !== undefined) return failure;
  }
  root.makeFolder(`${esp}/loader/entries`);
  root.overwrite(
    `${esp}/loader/entries/proxmox-${release}.conf`,
    [
      "title    Proxmox Virtual Environment",
      `version  ${release}`,
      `options  ${line}`,
      `linux    /EFI/proxmox/${release}/vmlinuz-${release}`,
      `initrd   /EFI/proxmox/${release}/initrd.img-${release}`,
      "",
    ].join("\n"),
  );
  return undefined;
}

/**
 * sed -i: each line that begins with `default` and a blank, else one more behind the last, which an empty file has not got.
 * Other lines stay.
 */
function writeDefault(esp: string, { root }: Machine): void {
  const path = `${esp}/loader/loader.conf`;
  const [pinned] = [...firstLine(root, "next-boot-pin"), ...firstLine(root, "proxmox-boot-pin")];
  const line = `default ${pinned === undefined ? "proxmox-*" : `proxmox-${pinned}.conf`}`;
  const text = root.text(path);
  const lines = text.split("\n");
  const isDefault = (one: string): boolean => one.startsWith("default ");
  const ended = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  root.replace(
    path,
    lines.some(isDefault)
      ? lines.map((one) => (isDefault(one) ? line : one)).join("\n")
      : `${ended}${ended === "" ? "" : `${line}\n`}`,
  );
}

/** Only folders, and the entries of their names. By grep: a part of a kept name is kept. */
function removeOld(
  esp: string,
  kept: readonly string[],
  root: RootFolder,
  warn: (text: string) => void,
): void {
  const folder = `${esp}/EFI/proxmox`;
  for (const release of root.names(folder)) {
    if (!root.isFolder(`${folder}/${release}`)) {
      warn(`\t${folder.replace("/esp", "/var/tmp/espmounts")}/${release} is not a directory - skipping`);
      continue;
    }
    if (kept.some((one) => one.includes(release))) continue;
    warn(`\tRemoving old version ${release}`);
    for (const name of root.names(`${folder}/${release}`)) root.remove(`${folder}/${release}/${name}`);
    root.removeFolder(`${folder}/${release}`);
    root.remove(`${esp}/loader/entries/proxmox-${release}.conf`);
  }
}

/** Bytes of an ESP, unless a test says otherwise in /esp-bytes. */
const BYTES = 512 * 1024 * 1024;

export function freeBytes(root: RootFolder, esp: string): number {
  const all = root.exists("/esp-bytes") ? Number(root.text("/esp-bytes")) : BYTES;
  return all - filesBelow(root, esp).reduce((sum, path) => sum + root.read(path).length, 0);
}

export function filesBelow(root: RootFolder, folder: string): string[] {
  return root.names(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    return root.isFolder(path) ? filesBelow(root, path) : [path];
  });
}
