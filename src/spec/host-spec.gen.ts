/* Generated from schemas/host-v1.json by scripts/generate.mjs. Do not edit. */

/**
 * Version of the spec language. This is version 1.
 */
export type APIVersion = "hostcfg/v1";
/**
 * A base file that this spec shares with those of other hosts, relative to this file, e.g. ../base.yaml. What this file says itself counts; an included file includes none.
 */
export type Include = string;
/**
 * Optional guard: on a host with another name nothing is planned. Letters, digits, dashes and dots, e.g. workstation.
 */
export type HostName = string;
/**
 * What starts this host. Left out, it is detected and the evidence is shown.
 */
export type BootLoader = "kernelstub" | "grub" | "systemd-boot" | "proxmox";
/**
 * vvvv:dddd in lower-case hex, quoted, e.g. "10de:2206" (lspci -nn).
 */
export type VendorAndDeviceId = string;
/**
 * vvvv:dddd of the board maker, quoted.
 */
export type SubsystemId = string;
/**
 * A name (vga, display, 3d, audio, usb, nvme, network, storage, bridge) or 2, 4 or 6 lower-case hex digits, quoted.
 */
export type PCIClass = string;
/**
 * [dddd:]bb:dd[.f], quoted. It changes when cards are added: prefer id or path.
 */
export type PCIAddress = string;
/**
 * Device and function numbers from the root bus down, e.g. "03.1/00.0": stable as long as the card stays in its slot.
 */
export type BridgeChain = string;
/**
 * Among several matches in address order, the nth, counted from 1.
 */
export type NthMatch = number;
/**
 * Only these function numbers of the slot. Left out, all of them; they must be said where the slot is no single card, such as those of a chipset.
 *
 * @minItems 1
 */
export type Functions = number[];
/**
 * What must boot next, as `uname -r` prints it, e.g. 5.3.0-acso.
 */
export type KernelRelease = string;
/**
 * A package file (.deb, .pkg.tar.zst) with its sha256, or the name and version of a package that the host's repositories have.
 */
export type KernelPackage = PackageFile | PackageVersion;
/**
 * Path of a file that ends in .deb or .pkg.tar.zst (also .xz, .gz, or uncompressed), relative to the spec.
 */
export type File = string;
/**
 * 64 lower-case hex digits: run sha256sum FILE.
 */
export type SHA256 = string;
/**
 * Debian package name, e.g. linux-image-6.1.0-50-amd64.
 */
export type Name = string;
/**
 * Debian version, e.g. 6.1.192-1. Quote it.
 */
export type Version = string;
/**
 * Packages that must be installed, in one transaction when any is missing.
 *
 * @minItems 1
 */
export type KernelPackages = KernelPackage[];
/**
 * true: no upgrade takes the kernel's packages away (apt-mark hold). false: they are not held.
 */
export type Hold = boolean;
/**
 * Relative to the link's folder, e.g. vmlinuz-5.3.0-acso, or absolute.
 */
export type LinkTarget = string;
/**
 * One option as the kernel reads it: printable ASCII; double quotes around a part with blanks.
 */
export type KernelOption = string;
/**
 * Each `key` or `key=value`. A declared value replaces another value of a single-valued key.
 */
export type PresentOptions = KernelOption[];
/**
 * `key`: gone whatever its value. `key=value`: only that one.
 */
export type AbsentOptions = KernelOption[];
/**
 * A name defined under `devices`.
 */
export type DeviceName = string;
/**
 * Names from `devices`: bound to vfio-pci from boot on, with all functions of their slots or those that `functions` names. An empty list takes away what hostcfg has set up.
 */
export type VFIODevices = DeviceName[];
/**
 * The card that the firmware shows its screen on, or the only one, may be among them: the host then has no console of its own.
 */
export type BootDisplayAllowed = boolean;
/**
 * Why the card of the default route, or the last one with a link, may be among them, e.g. a virtual machine is this host's router.
 */
export type ReasonToHandOverTheHostSNetwork = string;
/**
 * At least two names from `devices`, e.g. [host-gpu, vm-gpu].
 *
 * @minItems 2
 */
export type SetOfDevices = DeviceName[];
/**
 * Sets of device names; no two devices of a set may be in one group.
 *
 * @minItems 1
 */
export type SeparateDevices = SetOfDevices[];
/**
 * Device names whose group holds nothing else but bridges.
 *
 * @minItems 1
 */
export type IsolatedDevices = DeviceName[];
/**
 * Why giving up isolation with pcie_acs_override is acceptable on this host.
 */
export type ReasonForTheACSOverride = string;
/**
 * The full name of a unit, with its type, e.g. ssh.service; no pattern and no template.
 */
export type UnitName = string;
/**
 * Units of systemd that must be active, e.g. [ssh.service].
 *
 * @minItems 1
 */
export type ActiveUnits = UnitName[];
/**
 * true: the gateway of a default route must answer ping. Leave it out where the gateway never does.
 */
export type GatewayAnswers = boolean;
/**
 * An absolute path without empty parts, . and .., e.g. /srv/a.
 */
export type MountPoint = string;
/**
 * Absolute paths, e.g. [/srv/a, /srv/b].
 *
 * @minItems 1
 */
export type MountPoints = MountPoint[];
/**
 * So many of them are enough, e.g. 3. Left out, all of them must be mounted.
 */
export type HowManyAtLeast = number;

/**
 * What a Linux host shall boot, with which options, and which PCI devices shall end up apart. An absent key is not managed.
 */
export interface HostSpec {
  apiVersion: APIVersion;
  include?: Include;
  hostname?: HostName;
  bootLoader?: BootLoader;
  devices?: Devices;
  kernel?: Kernel;
  bootSymlinks?: BootSymlinks;
  kernelOptions?: KernelOptions;
  vfio?: VFIO;
  iommuGroups?: IOMMUGroups;
  health?: Health;
}
/**
 * Names for the roles of PCI devices. Each selector must resolve to exactly one slot.
 */
export interface Devices {
  [k: string]: DeviceSelector;
}
/**
 * Which slot: all given properties must match. A device is all functions of its slot, where they are one card; a virtual function (SR-IOV) is a device of its own.
 */
export interface DeviceSelector {
  id?: VendorAndDeviceId;
  subsystem?: SubsystemId;
  class?: PCIClass;
  address?: PCIAddress;
  path?: BridgeChain;
  nth?: NthMatch;
  functions?: Functions;
}
/**
 * Which kernel must boot next, and the packages that bring it.
 */
export interface Kernel {
  release?: KernelRelease;
  packages?: KernelPackages;
  hold?: Hold;
}
/**
 * A package file with its sha256: a .deb or, on Arch, a .pkg.tar.zst.
 */
export interface PackageFile {
  file: File;
  sha256: SHA256;
}
/**
 * A package of that name in that version, from the host's repositories.
 */
export interface PackageVersion {
  name: Name;
  version: Version;
}
/**
 * Links in / or below /boot, each with its target as it is to be written (relative or absolute).
 */
export interface BootSymlinks {
  [k: string]: LinkTarget;
}
/**
 * Options that the next boot's line must and must not have. All others stay as they are.
 */
export interface KernelOptions {
  present?: PresentOptions;
  absent?: AbsentOptions;
}
/**
 * Devices that are handed to virtual machines.
 */
export interface VFIO {
  devices: VFIODevices;
  bootDisplayAllowed?: BootDisplayAllowed;
  hostNetworkReason?: ReasonToHandOverTheHostSNetwork;
}
/**
 * What must be true of the groups. hostcfg cannot set groups; it judges them.
 */
export interface IOMMUGroups {
  separate?: SeparateDevices;
  isolated?: IsolatedDevices;
  acsOverrideReason?: ReasonForTheACSOverride;
}
/**
 * What must be true of the host once it is up. hostcfg changes nothing for it; verify judges it.
 */
export interface Health {
  units?: ActiveUnits;
  gateway?: GatewayAnswers;
  mounted?: MountedPlaces;
}
/**
 * Places where something must be mounted.
 */
export interface MountedPlaces {
  of: MountPoints;
  atLeast?: HowManyAtLeast;
}
