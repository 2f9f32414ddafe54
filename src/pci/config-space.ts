import type { AcsRegisters, PciConfig } from "../model/index.ts";

/** Bytes of configuration space: without extended capabilities, and with them. */
const CONVENTIONAL_BYTES = 256;
export const CONFIG_BYTES = 4096;

/** Offsets of the header (PCI Local Bus Specification 3.0, 6.1). */
const STATUS = 0x06;
const HEADER_TYPE = 0x0e;
const STATUS_CAPABILITIES = 0x10;
const CARDBUS = 2;
const RCBA = 0xf0;

/** Bit 8 of the PCI Express capabilities register. */
const SLOT_IMPLEMENTED = 0x01;

const PCI_EXPRESS = 0x10;
const ACS = 0x000d;

/** As the kernel bounds its walks, so that lists that loop end there too (drivers/pci/pci.c). */
const MOST_CAPABILITIES = 48;
const MOST_EXTENDED_CAPABILITIES = (CONFIG_BYTES - CONVENTIONAL_BYTES) / 8;

export interface DecodedConfig {
  /** Absent where not even the header is there. */
  readonly multifunctionBit?: boolean;
  /** Left out where it is 0. */
  readonly headerType?: number;
  readonly silent?: true;
  /** `truncated`: the capabilities are beyond what an unprivileged reader gets to see. `silent`: all bits are one. */
  readonly config: PciConfig | "truncated" | "silent";
}

/**
 * Reads what decides the IOMMU group from the bytes of sysfs' `config`.
 *
 * Without CAP_SYS_ADMIN the kernel gives only the first 64 bytes, 128 of a CardBus bridge (pci_read_config in
 * drivers/pci/pci-sysfs.c). A longer file was read with it, so that whatever is missing of it are zeros that somebody
 * cut off. A shorter one is truncated where a capability is beyond it (for no capability is all zeros), and complete
 * where none is.
 *
 * @param lpc The device is 1f.0, where Intel's chipsets have their LPC bridge.
 */
export function decodeConfig(bytes: Uint8Array, lpc = false): DecodedConfig {
  if (bytes.length <= HEADER_TYPE) return { config: "truncated" };
  if (bytes.subarray(0, 64).every((byte) => byte === 0xff)) return { silent: true, config: "silent" };
  const space = new ConfigSpace(bytes);
  const multifunctionBit = (space.byte(HEADER_TYPE) & 0x80) !== 0;
  const header = { multifunctionBit, ...(space.headerType !== 0 && { headerType: space.headerType }) };
  const pcie = findCapability(space, PCI_EXPRESS);
  const acs = pcie === undefined ? undefined : readAcs(space);
  if (space.truncated) return { ...header, config: "truncated" };
  return {
    ...header,
    config: {
      ...(pcie !== undefined && { pcieType: (space.byte(pcie + 2) >> 4) & 0xf }),
      ...(pcie !== undefined && (space.byte(pcie + 3) & SLOT_IMPLEMENTED) !== 0 && { slot: true as const }),
      ...(acs !== undefined && { acs }),
      ...(lpc && !space.unprivileged && { rcbaEnabled: (space.byte(RCBA) & 1) !== 0 }),
    },
  };
}

/** Bytes that read as zero beyond their end, and remember whether that could be wrong. */
class ConfigSpace {
  readonly headerType: number;
  /** As short as what a reader without root gets. */
  readonly unprivileged: boolean;
  readonly #bytes: Uint8Array;
  #beyond = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.headerType = (bytes[HEADER_TYPE] ?? 0) & 0x7f;
    this.unprivileged = bytes.length <= (this.headerType === CARDBUS ? 128 : 64);
  }

  get truncated(): boolean {
    return this.unprivileged && this.#beyond;
  }

  byte(offset: number): number {
    if (offset >= this.#bytes.length) this.#beyond = true;
    return this.#bytes[offset] ?? 0;
  }

  word(offset: number): number {
    return this.byte(offset) | (this.byte(offset + 1) << 8);
  }
}

function findCapability(space: ConfigSpace, wanted: number): number | undefined {
  if ((space.byte(STATUS) & STATUS_CAPABILITIES) === 0) return undefined;
  let at = space.byte(space.headerType === CARDBUS ? 0x14 : 0x34);
  for (let step = 0; step < MOST_CAPABILITIES && at >= 0x40; step++) {
    at &= 0xfc;
    const id = space.byte(at);
    if (id === 0xff) return undefined;
    if (id === wanted) return at;
    at = space.byte(at + 1);
  }
  return undefined;
}

function readAcs(space: ConfigSpace): AcsRegisters | undefined {
  const at = findExtendedCapability(space, ACS);
  if (at === undefined) return undefined;
  return { capability: space.word(at + 4), control: space.word(at + 6), controlAt8: space.word(at + 8) };
}

function findExtendedCapability(space: ConfigSpace, wanted: number): number | undefined {
  let at = CONVENTIONAL_BYTES;
  for (let step = 0; step < MOST_EXTENDED_CAPABILITIES; step++) {
    const [id, rest] = [space.word(at), space.word(at + 2)];
    // A device without extended capabilities shows zeros, and one whose extended space does not answer all ones.
    if (id === 0xffff && rest === 0xffff) return undefined;
    if (id === 0 && rest === 0) return undefined;
    if (id === wanted) return at;
    at = (rest >> 4) & 0xffc;
    if (at < CONVENTIONAL_BYTES) return undefined;
  }
  return undefined;
}
