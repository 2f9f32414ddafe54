import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Program -> Debian package that brings it. */
const PROGRAMS = {
  mmdebstrap: "mmdebstrap",
  mke2fs: "e2fsprogs",
  unshare: "util-linux",
  nsenter: "util-linux",
  losetup: "mount",
  "dpkg-deb": "dpkg",
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-storage-daemon": "qemu-system-common",
  sfdisk: "fdisk",
  "mkfs.vfat": "dosfstools",
  mcopy: "mtools",
  "grub-mkimage": "grub-common",
  chromium: "chromium",
  "ansible-playbook": "ansible-core",
  "ansible-lint": "ansible-lint",
  yamllint: "yamllint",
  ssh: "openssh-client",
  pycodestyle: "pycodestyle",
};

/** The same for what is no program: the firmware of a guest, and the parts that grub-mkimage puts together. */
const FILES = {
  "/usr/share/OVMF/OVMF_CODE_4M.fd": "ovmf",
  "/usr/lib/grub/x86_64-efi/chain.mod": "grub-efi-amd64-bin",
  "/usr/lib/python3/dist-packages/voluptuous/__init__.py": "python3-voluptuous",
};

/** What the system tests need and this machine does not have, one clause each. */
export function missingRequirements(): readonly string[] {
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push("root");
  if (osRelease("ID") !== "debian") missing.push("a Debian host");
  if (process.arch !== "x64") missing.push("an amd64 host");
  const packages = [
    ...Object.entries(PROGRAMS).filter(([program]) => !onPath(program)),
    ...Object.entries(FILES).filter(([path]) => !existsSync(path)),
  ].map(([, name]) => name);
  if (packages.length > 0) missing.push(`the packages ${[...new Set(packages)].join(", ")}`);
  return missing;
}

/** One value of this machine's os-release(5), without its quotes. */
export function osRelease(key: string): string | undefined {
  if (!existsSync("/etc/os-release")) return undefined;
  const line = readFileSync("/etc/os-release", "utf8")
    .split("\n")
    .find((candidate) => candidate.startsWith(`${key}=`));
  return line?.slice(key.length + 1).replaceAll('"', "");
}

function onPath(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => folder !== "" && existsSync(join(folder, program)));
}
