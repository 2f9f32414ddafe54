import { compareDebianVersions } from "../../src/platform/debian/version.ts";
import { readDatabase, statusOf } from "./package-database.ts";
import type { Machine, Program, Ran } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

const KERNEL = "/etc/kernel";
const HOOK = `${KERNEL}/postinst.d/zz-proxmox-boot`;

/**
 * `refresh`, `kernel pin` and `kernel unpin` of proxmox-boot-tool (proxmox-kernel-helper 8.1.0 to 9.2.0) for ESPs with
 * systemd-boot, by what was recorded of the real ones on two ESPs; it was never held against the tool itself. The ESPs,
 * which are mounted only while it runs, are the folders /esp/UUID of the root; one that is not there is away.
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
  if (!root.exists(`/boot/vmlinuz-${release}`))
    return failed(1, `E: no kernel image found in /boot for '${release}', not setting default.\n`);
  root.overwrite(`${KERNEL}/${file}`, `${release}\n`);
  return succeeded(`Set kernel '${release}' ${KERNEL}/${file}.\n`);
}

function unpin({ root }: Machine): Ran {
  for (const name of ["proxmox-boot-pin", "next-boot-pin"]) root.remove(`${KERNEL}/${name}`);
  return succeeded("Removed.\n");
}

function refresh(machine: Machine): Ran {
  const { root } = machine;
  if (!root.exists(HOOK) || (root.mode(HOOK) & 0o111) === 0)
    return succeeded("", `Hook script '${HOOK}' not found or not executable, skipping.\n`);
  const line = optionLine(root);
  // A substring will do: zfsroot= passes.
  if (!line.includes("root=")) return failed(1, "E: No root= parameter in /etc/kernel/cmdline found!\n");
  const kept = keptKernels(root);
  let [stdout, stderr] = ["", ""];
  for (const uuid of linesOf(root, "proxmox-boot-uuids")) {
    const esp = `/esp/${uuid}`;
    const path = `/dev/disk/by-uuid/${uuid}`;
    if (!root.isFolder(esp)) {
      stderr += `WARN: ${path} does not exist - clean '${KERNEL}/proxmox-boot-uuids'! - skipping\n`;
      continue;
    }
    if (!root.exists(`${esp}/loader/loader.conf`) || !root.isFolder(`${esp}/EFI/proxmox`)) {
      stderr += `WARN: ${path} contains no grub or systemd-boot directory - skipping\n`;
      continue;
    }
    stdout += `Copying and configuring kernels on ${path}\n`;
    for (const release of kept) {
      const failure = copyKernel(release, esp, line, machine);
      if (failure !== undefined) return failed(1, stderr + failure, stdout);
    }
    writeDefault(esp, machine);
    removeOld(esp, kept, root);
  }
  return succeeded(stdout, stderr);
}

/** The first line, by read -r and echo of dash, which takes backslashes for itself; else the running line. */
function optionLine(root: RootFolder): string {
  if (root.exists(`${KERNEL}/cmdline`))
    return (root.text(`${KERNEL}/cmdline`).split("\n")[0] ?? "").replaceAll("\\\\", "\\");
  const words = root.text("/proc/cmdline").trim().split(" ");
  return words.filter((word) => !word.startsWith("initrd=")).join(" ");
}

/** By dpkg's list, not by /boot, in the order of sort -u. */
function keptKernels(root: RootFolder): string[] {
  const names = readDatabase(root).flatMap((stanza) => {
    const [, , state] = statusOf(stanza);
    const its = /^(?:proxmox|pve)-kernel-(\d\S*?)(?:-signed)?$/.exec(stanza.get("Package") ?? "")?.[1];
    return its === undefined || ["config-files", "not-installed"].includes(state) ? [] : [its];
  });
  const newest = [...new Set(names)].sort((a, b) => compareDebianVersions(b, a));
  const kernels = newest.filter((name) => name.endsWith("-pve"));
  const [, older] = newest.filter((name) => /^\d+\.\d+$/.test(name));
  const kept = [
    root.text("/proc/sys/kernel/osrelease").trim().toLowerCase(),
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

/** Image, initrd, entry: each over what is there. A kernel without files in /boot keeps what it has on the ESP. */
function copyKernel(release: string, esp: string, line: string, machine: Machine): string | undefined {
  const { root } = machine;
  const names = [`vmlinuz-${release}`, `initrd.img-${release}`];
  if (names.some((name) => !root.exists(`/boot/${name}`))) return undefined;
  const folder = `${esp}/EFI/proxmox/${release}`;
  root.makeFolder(folder);
  for (const name of names) {
    const content = root.read(`/boot/${name}`);
    const to = `${folder}/${name}`;
    const half = content.subarray(0, Math.floor(content.length / 2));
    root.overwrite(to, half);
    machine.moment(`copied the half of ${to}`);
    if (content.length > freeBytes(root, esp) + half.length)
      return `cp: error writing '${name}': No space left on device\n`;
    root.overwrite(to, content);
    machine.moment(`copied ${to}`);
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

/** sed -i: a line that begins with `default` and a blank, else one more at the end. Other lines stay. */
function writeDefault(esp: string, { root }: Machine): void {
  const path = `${esp}/loader/loader.conf`;
  const [pinned] = [...firstLine(root, "next-boot-pin"), ...firstLine(root, "proxmox-boot-pin")];
  const line = `default ${pinned === undefined ? "proxmox-*" : `proxmox-${pinned}.conf`}`;
  const lines = root.text(path).split("\n");
  root.replace(
    path,
    lines.some((one) => one.startsWith("default "))
      ? lines.map((one) => (one.startsWith("default ") ? line : one)).join("\n")
      : `${root.text(path)}${line}\n`,
  );
}

/** Only folders, and the entries of their names. */
function removeOld(esp: string, kept: readonly string[], root: RootFolder): void {
  const folder = `${esp}/EFI/proxmox`;
  for (const release of root.names(folder)) {
    if (kept.some((one) => one.includes(release)) || !root.isFolder(`${folder}/${release}`)) continue;
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
