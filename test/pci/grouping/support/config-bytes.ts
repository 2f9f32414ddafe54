export interface Registers {
  /** 0: endpoint, 1: bridge, 2: CardBus bridge. */
  readonly headerType?: number;
  readonly multifunction?: boolean;
  /** Left out for a conventional device. */
  readonly pcieType?: number;
  readonly capabilityAt?: number;
  readonly acs?: { readonly capability: number; readonly control: number; readonly controlAt8?: number };
}

/** All 4096 bytes of a configuration space with just these. */
export function configSpace({
  headerType = 0,
  multifunction,
  pcieType,
  capabilityAt = 0x40,
  acs,
}: Registers): Uint8Array {
  const bytes = Buffer.alloc(4096);
  bytes.writeUInt16LE(0x8086, 0);
  bytes[0x0e] = headerType | (multifunction === true ? 0x80 : 0);
  if (pcieType !== undefined) {
    bytes[0x06] = 0x10;
    bytes[headerType === 2 ? 0x14 : 0x34] = capabilityAt;
    bytes[capabilityAt] = 0x10;
    bytes[capabilityAt + 2] = (pcieType << 4) | 2;
  }
  if (acs !== undefined) {
    // Behind another capability, so that the list must be walked.
    bytes.writeUInt32LE(0x1401_0001, 0x100);
    bytes.writeUInt32LE(0x0001_000d, 0x140);
    bytes.writeUInt16LE(acs.capability, 0x144);
    bytes.writeUInt16LE(acs.control, 0x146);
    bytes.writeUInt16LE(acs.controlAt8 ?? 0, 0x148);
  }
  return bytes;
}
