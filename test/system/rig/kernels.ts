import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kernelModule } from "../../support/kernel-module.ts";
import { tool } from "./tool.ts";

export interface KernelPackages {
  /** Paths of the .deb files. */
  readonly image: string;
  readonly headers: string;
}

/**
 * Builds the image and headers packages of one kernel as the kernel's own `make deb-pkg` does (Linux 5.3,
 * scripts/package/builddeb): the maintainer scripts do nothing but run the hooks of kernels with the release
 * and the image's path, so the links in /boot stay where they are. Kernel and modules are stand-ins; nothing
 * on the way to a boot entry looks inside them.
 */
export function buildKernel(release: string, into: string, quirks: KernelQuirks = {}): KernelPackages {
  const version = `${release}-1`;
  const image = writeTree(imageFiles(release));
  const headers = writeTree(headerFiles(release));
  const scripts = { ...hookScripts(release), ...quirks.scripts };
  return {
    image: buildPackage(`linux-image-${release}`, version, image, scripts, into),
    headers: buildPackage(`linux-headers-${release}`, version, headers, {}, into),
  };
}

/** What a test wants otherwise than in a good package. */
export interface KernelQuirks {
  /** Texts of maintainer scripts of the image's package, by name. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/** The content of a kernel image: a PE header's first bytes, then text that tells releases apart. */
export function kernelImage(release: string): string {
  return `MZ${release}\n`.padEnd(65536, "\0");
}

type Files = Readonly<Record<string, string | Buffer | { readonly target: string }>>;

function imageFiles(release: string): Files {
  return {
    [`/boot/vmlinuz-${release}`]: kernelImage(release),
    [`/boot/System.map-${release}`]: "ffffffff81000000 T _text\n",
    // update-initramfs(8) asks the configuration which compressions the kernel can undo.
    [`/boot/config-${release}`]: "CONFIG_BLK_DEV_INITRD=y\nCONFIG_RD_GZIP=y\nCONFIG_MODULES=y\n",
    ...moduleFiles(release),
  };
}

function moduleFiles(release: string): Files {
  const folder = `/lib/modules/${release}`;
  return {
    // Every real kernel has this folder, and kernel-install has depmod run where it is there (50-depmod.install).
    [`${folder}/kernel/lib/hostcfg_rig.ko`]: kernelModule("hostcfg_rig", release),
    [`${folder}/modules.order`]: "kernel/lib/hostcfg_rig.ko\n",
    [`${folder}/modules.builtin`]: "kernel/fs/ext4/ext4.ko\n",
    [`${folder}/modules.builtin.modinfo`]: "ext4.license=GPL\0",
    [`${folder}/modules.dep`]: "",
  };
}

function headerFiles(release: string): Files {
  return {
    [`/usr/src/linux-headers-${release}/Makefile`]: "VERSION = 5\nPATCHLEVEL = 3\n",
    [`/lib/modules/${release}/build`]: { target: `/usr/src/linux-headers-${release}` },
  };
}

/** Maintainer scripts that run the hooks of kernels, the administrator's first, and do nothing else. */
export function hookScripts(release: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ["preinst", "postinst", "prerm", "postrm"].map((script) => [
      script,
      [
        "#!/bin/sh",
        "set -e",
        'export DEB_MAINT_PARAMS="$*"',
        "export INITRD=Yes",
        `for hooks in /etc/kernel/${script}.d /usr/share/kernel/${script}.d; do`,
        `  [ ! -d $hooks ] || run-parts --arg=${release} --arg=/boot/vmlinuz-${release} $hooks`,
        "done",
        "",
      ].join("\n"),
    ]),
  );
}

function writeTree(files: Files): string {
  const tree = mkdtempSync(join(tmpdir(), "hostcfg-deb-"));
  chmodSync(tree, 0o755);
  for (const [path, content] of Object.entries(files)) {
    const at = join(tree, path);
    mkdirSync(dirname(at), { recursive: true });
    if (typeof content === "string" || Buffer.isBuffer(content)) writeFileSync(at, content);
    else symlinkSync(content.target, at);
  }
  return tree;
}

/** Makes a .deb of the folder `tree`, which it uses up, in the folder `into`; returns its path. */
export function buildPackage(
  name: string,
  version: string,
  tree: string,
  scripts: Readonly<Record<string, string>>,
  into: string,
): string {
  mkdirSync(join(tree, "DEBIAN"));
  writeFileSync(join(tree, "DEBIAN/control"), controlFile(name, version));
  for (const [script, text] of Object.entries(scripts)) {
    writeFileSync(join(tree, "DEBIAN", script), text, { mode: 0o755 });
  }
  const deb = join(into, `${name}_${version}_amd64.deb`);
  tool("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, deb);
  rmSync(tree, { recursive: true });
  return deb;
}

function controlFile(name: string, version: string): string {
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    "Architecture: amd64",
    "Maintainer: hostcfg tests <root@localhost>",
    "Section: kernel",
    "Priority: optional",
    "Installed-Size: 64",
    `Description: stand-in for ${name}`,
    "",
  ].join("\n");
}
