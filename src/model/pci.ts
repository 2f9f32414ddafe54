import type { Fact } from "./fact.ts";

export interface PciDevice {
  /** `dddd:bb:dd.f`, lower-case hex. */
  readonly address: string;
  /** Real path below /sys/devices; its parents are the bridge chain. */
  readonly path: string;
  /** Four lower-case hex digits each. */
  readonly vendor: string;
  readonly device: string;
  readonly subsystemVendor: string;
  readonly subsystemDevice: string;
  /** Six lower-case hex digits: base class, subclass, interface. */
  readonly class: string;
  /** Two lower-case hex digits. */
  readonly revision: string;
  readonly driver?: string;
  /** The firmware drew the boot screen on this card. Only VGA devices have the fact. */
  readonly bootVga?: boolean;
  readonly iommuGroup?: number;
  /** From pci.ids, where installed. */
  readonly names: { readonly vendor?: string; readonly device?: string; readonly class?: string };
  /** Bit 7 of the header type: the slot says that it has more functions. Left out where not even that is readable. */
  readonly multifunctionBit?: boolean;
  /** The header's type without bit 7: 1 of a bridge to another bus, 2 of one to CardBus. Left out where it is 0. */
  readonly headerType?: number;
  /** It answers nothing but ones: it is dead, or has lost its link or its power. Left out where it answers. */
  readonly silent?: true;
  /** It is in D3cold after its configuration space was read, which wakes a device. Only looked at of named ones. */
  readonly asleep?: true;
  /** What decides its IOMMU group; unknown where the capabilities cannot be read, which takes root. */
  readonly config: Fact<PciConfig>;
  /** Whether it is a PCI Express device, by its link files. Only looked at where `config` is there but short. */
  readonly pcie?: boolean;
  /** The address of the physical function that this virtual function (SR-IOV) belongs to. */
  readonly physicalFunction?: string;
  /** Its bus is scanned by ARI, so that a device number above 0 is a function above 7. Left out where false. */
  readonly ari?: true;
}

/** Of the configuration space (PCI Express Base Specification, chapter 7), what decides the IOMMU group. */
export interface PciConfig {
  /** Device/port type of the PCI Express capability, 0 to 15; left out for a conventional device. */
  readonly pcieType?: number;
  /** Of a port: there is a slot below it, so that cards can be plugged in. Left out where not. */
  readonly slot?: true;
  /** The Access Control Services extended capability. */
  readonly acs?: AcsRegisters;
  /**
   * Of function 1f.0 only, and only where root read it: whether bit 0 of the word at 0xf0 is set, so that the root
   * complex registers of older Intel chipsets answer.
   */
  readonly rcbaEnabled?: boolean;
}

export interface AcsRegisters {
  /** The word at offset 4. */
  readonly capability: number;
  /** The word at offset 6. */
  readonly control: number;
  /** The lower word at offset 8, where Intel's Sunrise Point ports keep their control bits. */
  readonly controlAt8: number;
}
