import fs from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import type { Capture } from "../../../src/host/capture.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { machineOf } from "../../standins/machine.ts";
import { cpio } from "../../support/cpio.ts";
import { acsKernelDebs } from "../../support/acs-kernel.ts";
import type { Patch } from "../../support/planning.ts";
import { patched } from "../../support/planning.ts";
import { kernelHead } from "../../support/kernel-head.ts";
import { tar } from "../../support/tar.ts";
import { materialise } from "../../support/materialise.ts";
import { recordedHost, withoutDevices } from "../../support/recorded-hosts.ts";
import { sha256Of } from "../../../src/sha256.ts";

export type Wish = Omit<HostSpec, "apiVersion">;

/** A host and what is declared on it, one after the other. */
export interface Told {
  readonly name: string;
  readonly first: Wish;
  /** Undefined where hostcfg leaves the host then. */
  readonly second: Wish | undefined;
  /** Makes the host in `root`. */
  readonly make: (root: string) => void;
}

const EXTRA = "6.8.0-acso";
/** Newer than all of a recorded host, so it comes first in a menu that is made by age. */
const NEWEST = "6.99.0-acso";

/** The files of a kernel as `make deb-pkg` packages leave them. */
const KERNEL: Patch = {
  [`/boot/vmlinuz-${EXTRA}`]: { kind: "file", text: `kernel ${EXTRA}\n`, modifiedAt: 0 },
  [`/boot/initrd.img-${EXTRA}`]: { kind: "file", text: `initrd of ${EXTRA}\n`, modifiedAt: 1 },
  [`/boot/config-${EXTRA}`]: "",
  [`/usr/lib/modules/${EXTRA}/modules.dep`]: { kind: "file", text: "\n", modifiedAt: 0 },
};

function recorded(
  name: string,
  patch: Patch,
  first: Wish,
  second: Wish | undefined,
  prepare: (root: string) => void = () => undefined,
): Told {
  const make = (root: string): void => {
    const capture: Capture = patched(recordedHost(name).capture, patch);
    materialise(withoutDevices(capture), root);
    prepare(root);
  };
  return { name, first, second, make };
}

/** The packages of the specs, beside which they are looked for. */
export function withPackages(folder: string): void {
  acsKernelDebs(join(folder, "debs"));
  acsKernelDebs(join(folder, "debs"), NEWEST);
  fs.writeFileSync(join(folder, ARCH_PACKAGE), archPackage());
}

/** The next version of the kernel that boots on the recorded Arch hosts. */
const NEXT_ARCH = "6.12.5-arch1-1";
const ARCH_PACKAGE = "linux-6.12.5.arch1-1-x86_64.pkg.tar";

function archPackage(): Buffer {
  const info = "pkgname = linux\npkgbase = linux\npkgver = 6.12.5.arch1-1\narch = x86_64\n";
  const modules = `/usr/lib/modules/${NEXT_ARCH}`;
  return tar([
    { path: "/.PKGINFO", content: info },
    { path: `${modules}/pkgbase`, content: "linux\n" },
    { path: `${modules}/modules.order`, content: "" },
    { path: `${modules}/vmlinuz`, content: kernelHead(NEXT_ARCH) },
  ]);
}

function packages(release?: string): { file: string; sha256: string }[] {
  const folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-debs-"));
  try {
    return acsKernelDebs(folder, release).map((path) => ({
      file: posix.join("debs", posix.basename(path)),
      sha256: sha256Of(fs.readFileSync(path)),
    }));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** The two cards, what is on the way to them, and no other device: the fewer, the quicker. */
const CARDS = new Set([
  "00:03.0",
  "00:03.1",
  "0a:00.0",
  "0b:00.0",
  "0c:00.0",
  "0c:00.1",
  "00:03.2",
  "0d:00.0",
  "0d:00.1",
]);

/** What the recorded pop-x570 has of the cards and of what is on the way to them. */
function pathsOfCards(under = ""): Capture["paths"] {
  const paths = Object.entries(recordedHost("pop-x570").capture.paths).filter(([path]) => {
    const addresses = path.match(/(?<=0000:)[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/g) ?? [];
    return (
      path.startsWith(under) &&
      addresses.every((address) => CARDS.has(address)) &&
      !path.startsWith("/sys/kernel/iommu_groups/")
    );
  });
  return Object.fromEntries(paths);
}

/** Bound by ids in modprobe.d and the initrd, and unbound again with no kernel declared. */
const CARD: Told = {
  name: "pop-x570, a card for a virtual machine",
  first: {
    devices: { "host-gpu": { id: "1002:731f" }, "vm-gpu": { id: "10de:2206" } },
    kernel: { release: "5.3.0-7625-generic" },
    kernelOptions: { present: ["amd_iommu=on"] },
    vfio: { devices: ["vm-gpu"] },
  },
  second: { kernelOptions: { present: ["amd_iommu=on", "iommu=pt"] }, vfio: { devices: [] } },
  make: (root) => {
    materialise({ paths: pathsOfCards() }, root);
  },
};

export const KERNELSTUB: readonly Told[] = [
  recorded(
    "pop-x570",
    {},
    {
      kernel: { release: "5.3.0-acso", packages: packages() },
      bootSymlinks: { "/boot/vmlinuz": "vmlinuz-5.3.0-acso", "/boot/initrd.img": "initrd.img-5.3.0-acso" },
      kernelOptions: { present: ["amd_iommu=on", "pcie_acs_override=downstream"] },
    },
    {
      kernel: { release: "5.3.0-7625-generic", hold: true },
      bootSymlinks: { "/boot/vmlinuz": "vmlinuz-5.3.0-7625-generic" },
      kernelOptions: { present: ["amd_iommu=on", "iommu=pt"], absent: ["splash"] },
    },
  ),
];

export const VFIO: readonly Told[] = [CARD];

const DRACUT_CARD: Wish = { devices: { "vm-gpu": { class: "vga", address: "01:00" } } };

/** What mkinitcpio alone would put in the place of a whole initrd where it fails. */
export const MKINITCPIO: readonly Told[] = [
  {
    name: "arch-grub, a card for a virtual machine",
    first: {
      devices: { "vm-gpu": { class: "vga", address: "01:00" } },
      kernel: { release: "6.12.4-zen1-1-zen" },
      kernelOptions: { present: ["intel_iommu=on"] },
      vfio: { devices: ["vm-gpu"] },
    },
    second: {
      kernel: { release: "6.12.4-zen1-1-zen" },
      kernelOptions: { present: ["intel_iommu=on", "iommu=pt"] },
      vfio: { devices: [] },
    },
    make: (root) => {
      materialise(recordedHost("arch-grub").capture, root);
    },
  },
];

/** What dracut alone would write over, and where that fails remove. */
export const DRACUT: readonly Told[] = [
  {
    name: "debian13-dracut, a card for a virtual machine",
    first: {
      ...DRACUT_CARD,
      kernel: { release: "6.12.48+deb13-amd64" },
      kernelOptions: { present: ["intel_iommu=on"] },
      vfio: { devices: ["vm-gpu"] },
    },
    second: {
      kernel: { release: "6.12.48+deb13-amd64" },
      kernelOptions: { present: ["intel_iommu=on", "iommu=pt"] },
      vfio: { devices: [] },
    },
    make: (root) => {
      materialise(recordedHost("debian13-dracut").capture, root);
    },
  },
  recorded(
    "debian13-dracut",
    {},
    { kernel: { release: NEWEST, packages: packages(NEWEST) } },
    { kernel: { release: "6.12.48+deb13-amd64" }, kernelOptions: { present: ["iommu=pt"] } },
  ),
];

export const GRUB: readonly Told[] = [
  {
    ...recorded(
      "debian-grub",
      {},
      { kernel: { packages: packages(NEWEST) } },
      { kernel: { release: "6.1.0-25-amd64" }, kernelOptions: { present: ["zz=1"] } },
      // Debian's grub-common brings the folder.
      (root) => {
        fs.mkdirSync(join(root, "etc/default/grub.d"), { recursive: true });
      },
    ),
    name: "debian-grub, a newer kernel",
  },
  recorded(
    "debian-grub",
    KERNEL,
    {
      kernel: { release: EXTRA },
      bootSymlinks: { "/vmlinuz": `boot/vmlinuz-${EXTRA}`, "/initrd.img": `boot/initrd.img-${EXTRA}` },
      kernelOptions: { present: ["iommu=pt", "zz=1"], absent: ["quiet"] },
    },
    {
      kernel: { release: "6.1.0-25-amd64", hold: true },
      bootSymlinks: { "/vmlinuz": "boot/vmlinuz-6.1.0-25-amd64" },
      kernelOptions: { present: ["zz=2"] },
    },
  ),
  recorded(
    "ubuntu-grub",
    KERNEL,
    {
      kernel: { release: EXTRA },
      kernelOptions: { present: ["intel_iommu=on", "iommu=pt"], absent: ["console=ttyS0"] },
    },
    {
      kernel: { release: "6.8.0-49-generic" },
      bootSymlinks: {
        "/boot/vmlinuz": "vmlinuz-6.8.0-49-generic",
        "/boot/initrd.img": "initrd.img-6.8.0-49-generic",
      },
      kernelOptions: { present: ["intel_iommu=on"] },
    },
  ),
  recorded(
    "proxmox-grub",
    KERNEL,
    { kernel: { release: EXTRA }, kernelOptions: { present: ["iommu=pt"], absent: ["quiet"] } },
    { kernel: { release: "6.8.12-4-pve" }, kernelOptions: { present: ["zz=1"] } },
  ),
];

/** Files and entries that are called by packages. */
export const ARCH: readonly Told[] = [
  recorded(
    "arch-grub",
    {},
    {
      kernel: { release: "6.12.4-zen1-1-zen" },
      kernelOptions: { present: ["iommu=pt", "zz=1"], absent: ["quiet"] },
    },
    { kernel: { release: "6.12.4-arch1-1" }, kernelOptions: { present: ["zz=2"] } },
  ),
  recorded(
    "arch-static",
    {},
    { kernel: { release: "6.12.4-arch1-1" }, kernelOptions: { present: ["iommu=pt"], absent: ["quiet"] } },
    { kernel: { release: "6.6.63-1-lts" }, kernelOptions: { present: ["zz=1"] } },
  ),
];

const NEXT_BY_FILE: Wish = {
  kernel: { release: NEXT_ARCH, packages: [{ file: ARCH_PACKAGE, sha256: sha256Of(archPackage()) }] },
  kernelOptions: { present: ["zz=1"] },
};

/** A package takes the place of the kernel that boots next. */
export const ARCH_REPLACED: readonly Told[] = [
  { name: "arch-grub", other: "6.12.4-zen1-1-zen" },
  { name: "arch-static", other: "6.6.63-1-lts" },
].map(({ name, other }) => ({
  ...recorded(name, {}, NEXT_BY_FILE, { kernel: { release: other }, kernelOptions: { present: ["zz=1"] } }),
  name: `${name}, whose kernel is replaced`,
}));

/** The host of arch-grub, whose calls {@link ARCH} has cut but for those on the line of its settings. */
export const ARCH_OWN_LINE: readonly Told[] = [
  {
    ...recorded(
      "arch-no-drop-ins",
      {},
      {
        kernel: { release: "6.12.4-zen1-1-zen" },
        kernelOptions: { present: ["iommu=pt", "zz=1"], absent: ["quiet"] },
      },
      { kernelOptions: { present: ["zz=2"] } },
    ),
  },
];

/** Everything that an apply can set, and then hostcfg leaves. */
export const LEAVE: readonly Told[] = [
  {
    ...recorded(
      "debian-grub",
      KERNEL,
      {
        kernel: { release: "6.1.0-25-amd64", hold: true },
        bootSymlinks: { "/vmlinuz": "boot/vmlinuz-6.1.0-25-amd64" },
        kernelOptions: { present: ["iommu=pt", "zz=1"] },
      },
      undefined,
    ),
    name: "debian-grub, which hostcfg leaves",
  },
  {
    ...recorded(
      "sd-boot-debian",
      {},
      {
        bootLoader: "systemd-boot",
        kernel: { release: "6.1.0-25-amd64" },
        bootSymlinks: { "/vmlinuz": "boot/vmlinuz-6.1.0-25-amd64" },
        kernelOptions: { present: ["iommu=pt", "zz=1"] },
      },
      undefined,
    ),
    name: "sd-boot-debian, which hostcfg leaves",
  },
];

const variable = (text: string): Patch[string] => ({
  kind: "file",
  base64: Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from(`${text}\0`, "utf16le")]).toString("base64"),
});
const DEFAULT = "/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

/** These keep to the kernels that have entries, so that kernel-install is not run. */
const SYSTEMD_BOOT_SPECS = [
  {
    bootLoader: "systemd-boot",
    kernel: { release: "6.1.0-25-amd64" },
    kernelOptions: { present: ["iommu=pt", 'dyndbg="file drivers/vfio/* +p"'], absent: ["quiet"] },
  },
  {
    bootLoader: "systemd-boot",
    kernel: { release: "6.1.0-26-amd64" },
    kernelOptions: { present: ["zz=1"] },
  },
] as const satisfies readonly [Wish, Wish];

/** What boots, and nothing names as the default, is copied over again and again: by the hook of update-initramfs alone. */
export const INITRD_OF_WHAT_BOOTS: Told = {
  name: "sd-boot-debian, a card for a virtual machine",
  first: {
    bootLoader: "systemd-boot",
    devices: { "vm-gpu": { id: "10de:2206" } },
    vfio: { devices: ["vm-gpu"] },
  },
  // Now its own kernel-install as well, and a default that stays.
  second: {
    bootLoader: "systemd-boot",
    kernel: { release: "6.1.0-26-amd64" },
    kernelOptions: { present: ["iommu=pt"] },
    vfio: { devices: [] },
  },
  make: (root) => {
    const { paths } = withoutDevices(
      patched(recordedHost("sd-boot-debian").capture, {
        ...Object.fromEntries(
          ["/boot", "/boot/efi/debian/6.1.0-26-amd64"].map((folder) => [
            `${folder}/initrd.img-6.1.0-26-amd64`,
            { kind: "file", modifiedAt: 1, base64: cpio({ init: "#!/bin/sh\n" }).toString("base64") },
          ]),
        ),
        "/etc/initramfs/post-update.d/systemd-boot": {
          kind: "file",
          mode: 0o755,
          text: '#!/bin/sh\nkernel-install add "$1" "/boot/vmlinuz-$1" "$2"\n',
        },
      }),
    );
    const own = Object.entries(paths).filter(([path]) => !path.startsWith("/sys/bus/"));
    materialise(
      {
        paths: {
          ...Object.fromEntries(own),
          ...pathsOfCards("/sys/bus/"),
          ...pathsOfCards("/sys/devices/pci"),
        },
      },
      root,
    );
  },
};

export const KERNEL_INSTALL: readonly Told[] = [INITRD_OF_WHAT_BOOTS];

export const SYSTEMD_BOOT: readonly Told[] = [
  recorded("sd-boot-debian", {}, ...copyOf(SYSTEMD_BOOT_SPECS)),
  recorded("sd-boot-xbootldr", {}, ...copyOf(SYSTEMD_BOOT_SPECS)),
  {
    ...recorded(
      "sd-boot-debian",
      { [DEFAULT]: variable("debian-6.1.0-26-amd64.conf") },
      ...copyOf(SYSTEMD_BOOT_SPECS),
    ),
    name: "sd-boot-debian, its default in an EFI variable",
  },
];

export const PROXMOX: readonly Told[] = [
  recorded(
    "proxmox-zfs",
    KERNEL,
    { kernel: { release: EXTRA }, kernelOptions: { present: ["iommu=pt", "zz=1"], absent: ["quiet"] } },
    { kernel: { release: "6.8.12-4-pve" }, kernelOptions: { present: ["iommu=pt"] } },
    // As the installation left the ESPs, which the capture cannot know.
    refreshed,
  ),
  recorded(
    "proxmox-grub-esps",
    KERNEL,
    { kernel: { release: EXTRA }, kernelOptions: { present: ["iommu=pt", "zz=1"], absent: ["quiet"] } },
    { kernel: { release: "6.8.12-4-pve" }, kernelOptions: { present: ["iommu=pt"] } },
    refreshed,
  ),
];

function refreshed(root: string): void {
  machineOf(root).run(["proxmox-boot-tool", "refresh"]);
}

function copyOf(specs: readonly [Wish, Wish]): [Wish, Wish] {
  return [specs[0], specs[1]];
}
