import type { Acs } from "./machine.ts";

interface Described {
  /** VVVV:DDDD */
  readonly id: string;
  readonly subsystem: string;
  /** Six hex digits. */
  readonly deviceClass: string;
  readonly type?: number;
  readonly acs?: Acs;
  readonly multi?: boolean;
  readonly headerType?: number;
}

const EXPRESS = 0x40;
const EXTENDED = 0x100;
const EXTENDED_ACS = 0x0001_000d;
/** Advanced error reporting: any capability but ACS. */
const EXTENDED_OTHER = 0x0001_0001;

/** The bytes of its `config` file as root reads them (PCI Express Base Specification, chapter 7). */
export function configSpace(device: Described): Uint8Array {
  const { deviceClass, type, acs, multi = false } = device;
  const isBridge = deviceClass.startsWith("0604");
  const bytes = Buffer.alloc(type === undefined ? 256 : 4096);
  writePair(bytes, 0, device.id);
  bytes[4] = 6;
  bytes[8] = 1;
  bytes.writeUIntLE(Number.parseInt(deviceClass, 16), 9, 3);
  bytes[0x0e] = (device.headerType ?? (isBridge ? 1 : 0)) | (multi ? 0x80 : 0);
  if (!isBridge) writePair(bytes, 0x2c, device.subsystem);
  if (type === undefined) return bytes;
  bytes[6] = 0x10;
  bytes[0x34] = EXPRESS;
  bytes[EXPRESS] = 0x10;
  bytes[EXPRESS + 2] = (type << 4) | 2;
  bytes.writeUInt32LE(acs === undefined ? EXTENDED_OTHER : EXTENDED_ACS, EXTENDED);
  if (acs === undefined) return bytes;
  bytes.writeUInt16LE(acs[0], EXTENDED + 4);
  bytes.writeUInt16LE(acs[1], EXTENDED + 6);
  return bytes;
}

function writePair(bytes: Buffer, at: number, id: string): void {
  id.split(":").forEach((digits, index) => bytes.writeUInt16LE(Number.parseInt(digits, 16), at + 2 * index));
}
