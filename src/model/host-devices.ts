import type { Fact } from "./fact.ts";

/** The PCI devices that a host cannot do without. A guest that was given one of them would take the host down. */

export interface HostDevices {
  /** Of the file systems at `/`, /boot and the usual places of an ESP, those that are mounted. */
  readonly disks: Fact<readonly HostDisk[]>;
  /** One entry a network interface on a PCI device, also one of a USB adapter: its controller is the PCI device. */
  readonly networkCards: Fact<readonly NetworkCard[]>;
}

export interface HostDisk {
  /** Where it is mounted: `/`, `/boot`, `/boot/efi`, `/efi`. */
  readonly holds: string;
  /** As in the list of mounts. */
  readonly source: string;
  /** Of the disk controllers that it lies on: several for a RAID, none where no PCI device is in between. */
  readonly addresses: Fact<readonly string[]>;
}

export interface NetworkCard {
  /** Of the interface, e.g. `enp6s0`. */
  readonly name: string;
  /** Of the PCI device; of the card itself where the interface is one of its virtual functions. */
  readonly address: string;
  /** From `operstate` (Documentation/ABI/testing/sysfs-class-net), e.g. `up`, `down`. */
  readonly state?: string;
}
