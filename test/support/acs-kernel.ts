import fs from "node:fs";
import { join, posix } from "node:path";
import type { DebFile } from "./deb.ts";
import { buildDeb } from "./deb.ts";
import { kernelModule } from "./kernel-module.ts";

const ACS_RELEASE = "5.3.0-acso";

/**
 * Writes the two packages of a kernel with the ACS override patch into `folder`, in the style of the kernel's own
 * `make deb-pkg`: no dependencies, and scripts that do nothing but run the hooks in /etc/kernel, so no boot
 * symlink is touched. Answers the paths, headers first.
 */
export function acsKernelDebs(
  folder: string,
  release = ACS_RELEASE,
): readonly [headers: string, image: string] {
  fs.mkdirSync(folder, { recursive: true });
  const version = `${release}-1`;
  const path = (name: string): string => join(folder, `${name}_${version}_amd64.deb`);
  const control = (name: string, size: number, about: string): Record<string, string> => ({
    Package: name,
    Source: `linux-${release}`,
    Version: version,
    Architecture: "amd64",
    Maintainer: "hostcfg tests <tests@example.org>",
    "Installed-Size": String(size),
    Section: "kernel",
    Priority: "optional",
    Description: about,
  });
  const headers = `linux-headers-${release}`;
  const image = `linux-image-${release}`;
  buildDeb(path(headers), control(headers, 12, `Linux kernel headers for ${release}`), headerFiles(release));
  buildDeb(
    path(image),
    control(image, 48, `Linux kernel, version ${release}`),
    imageFiles(release),
    Object.fromEntries(
      ["preinst", "postinst", "prerm", "postrm"].map((name) => [name, hookScript(name, release)]),
    ),
  );
  return [path(headers), path(image)];
}

function headerFiles(release: string): DebFile[] {
  const sources = `/usr/src/linux-headers-${release}`;
  return [
    { path: `/lib/modules/${release}/build`, link: sources },
    {
      path: `${sources}/Makefile`,
      content: "VERSION = 5\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -acso\n",
    },
    { path: `${sources}/include/config/kernel.release`, content: `${release}\n` },
  ];
}

function imageFiles(release: string): DebFile[] {
  const modules = `/lib/modules/${release}`;
  const names = ["kernel/drivers/vfio/pci/vfio-pci.ko", "kernel/drivers/vfio/vfio.ko"];
  return [
    { path: `/boot/System.map-${release}`, content: SYMBOLS },
    { path: `/boot/config-${release}`, content: CONFIG },
    { path: `/boot/vmlinuz-${release}`, content: `MZ kernel image ${release}\n` },
    ...names.map((name) => ({
      path: `${modules}/${name}`,
      content: kernelModule(posix.basename(name, ".ko").replaceAll("-", "_"), release),
    })),
    { path: `${modules}/modules.builtin`, content: "kernel/fs/ext4/ext4.ko\n" },
    { path: `${modules}/modules.builtin.modinfo`, content: "" },
    { path: `${modules}/modules.order`, content: names.map((name) => `${name}\n`).join("") },
  ];
}

/** What shows that the patch is in the kernel. */
const SYMBOLS =
  "ffffffff81000000 T _text\nffffffff81e00000 t pcie_acs_override_setup\nffffffff81e00100 t pcie_acs_overrides\n";

/** initramfs-tools reads from it how an initrd may be compressed. */
const CONFIG = [
  "BLK_DEV_INITRD",
  "RD_GZIP",
  "RD_XZ",
  "RD_LZ4",
  "DEVTMPFS",
  "MODULES",
  "AMD_IOMMU",
  "INTEL_IOMMU",
]
  .map((name) => `CONFIG_${name}=y\n`)
  .join("");

function hookScript(name: string, release: string): string {
  return [
    "#!/bin/sh",
    "set -e",
    'export DEB_MAINT_PARAMS="$*"',
    "export INITRD=Yes",
    `test -d /etc/kernel/${name}.d || exit 0`,
    `run-parts --arg="${release}" --arg="/boot/vmlinuz-${release}" /etc/kernel/${name}.d`,
    "",
  ].join("\n");
}
