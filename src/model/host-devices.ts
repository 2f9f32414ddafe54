import type { Fact } from "./fact.ts";

/** The PCI devices that a host uses itself. A guest that was given one of them would take something from the host. */

export interface HostDevices {
  readonly disks: Fact<readonly HostDisk[]>;
  /** One entry a network interface on a PCI device, also one of a USB adapter: its controller is the PCI device. */
  readonly networkCards: Fact<readonly NetworkCard[]>;
}

/** A place of the host that lies on disks: a mounted file system, swap, a line of /etc/fstab, a pool, a volume. */
export interface HostDisk {
  /** Where it is mounted, e.g. `/home`; else what it is, e.g. `swap on /dev/sda3`. */
  readonly holds: string;
  /** The host does not start without it, or waits for it and then gives up: what boots, and what /etc/fstab requires. */
  readonly needed: boolean;
  /** Of the controllers that it lies on: several for a RAID, none where no PCI device is in between. */
  readonly addresses: Fact<readonly string[]>;
}

export interface NetworkCard {
  /** Of the interface, e.g. `enp6s0`. */
  readonly name: string;
  /** Of the PCI device. */
  readonly address: string;
  /** The card, where the interface is one of its virtual functions (SR-IOV). */
  readonly physicalFunction?: string;
  /** A cable or a network is there: `carrier`, else `operstate` (Documentation/ABI/testing/sysfs-class-net). */
  readonly linked: boolean;
  /** The interface of the default route where that is this one, or lies on it, e.g. the bridge `vmbr0`. */
  readonly defaultRoute?: string | undefined;
}
