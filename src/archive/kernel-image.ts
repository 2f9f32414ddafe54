import type { Format } from "./formats.ts";
import { UNPACKED, formatAt } from "./formats.ts";

/** Where the compressed kernel may stand in an image. */
export interface Payload {
  readonly format: Format;
  readonly bytes: Uint8Array;
}

/** Random bytes look like a short magic now and then; more candidates than this are no kernel. */
const MOST_CANDIDATES = 16;

/** What unpacks to the kernel, the likeliest first; none in an image that is not compressed. */
export function payloadsOf(image: Uint8Array): readonly Payload[] {
  const named = bzImage(image) ?? zboot(image) ?? bare(image);
  return named === undefined ? candidates(image) : [named];
}

/** linux/Documentation/arch/x86/boot.rst: payload_offset and payload_length, since protocol 2.08. */
function bzImage(image: Uint8Array): Payload | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < 0x250 || view.getUint32(0x202, true) !== 0x53726448) return undefined;
  if (view.getUint16(0x206, true) < 0x0208) return undefined;
  // 0 means 4.
  const sectors = (image[0x1f1] ?? 0) === 0 ? 4 : (image[0x1f1] ?? 0);
  const start = (sectors + 1) * 512 + view.getUint32(0x248, true);
  return cut(image, start, view.getUint32(0x24c, true));
}

/** linux/drivers/firmware/efi/libstub/zboot-header.S: "zimg", offset and size of the payload. */
function zboot(image: Uint8Array): Payload | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < 64 || view.getUint32(4, true) !== 0x676d697a) return undefined;
  return cut(image, view.getUint32(8, true), view.getUint32(12, true));
}

/** A file that is nothing but the compressed kernel, e.g. Image.gz of arm64. */
function bare(image: Uint8Array): Payload | undefined {
  const format = formatAt(image);
  return format === undefined ? undefined : { format, bytes: image };
}

/** A payload that runs beyond the image is cut by it, and ends early when it is unpacked. */
function cut(image: Uint8Array, start: number, length: number): Payload | undefined {
  const format = formatAt(image, start);
  return format === undefined ? undefined : { format, bytes: image.subarray(start, start + length) };
}

/** Any other image, e.g. a unified kernel image: wherever something looks compressed, as extract-vmlinux does. */
function candidates(image: Uint8Array): Payload[] {
  const buffer = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const found: { at: number; format: Format }[] = [];
  for (const format of UNPACKED) {
    const magic = Buffer.from(format.magic);
    let at = buffer.indexOf(magic);
    for (let count = 0; at !== -1 && count < MOST_CANDIDATES; count++) {
      found.push({ at, format });
      at = buffer.indexOf(magic, at + 1);
    }
  }
  return found
    .sort((a, b) => a.at - b.at)
    .slice(0, MOST_CANDIDATES)
    .map(({ at, format }) => ({ format, bytes: image.subarray(at) }));
}

/** As much of an image as {@link releaseInImage} needs: its setup code has at most 64 sectors. */
export const SETUP_BYTES = 0x8200;

/** The release that a bzImage names in its header (boot.rst, kernel_version), as `uname -r` would; undefined where it names none. */
export function releaseInImage(head: Uint8Array): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 0x210 || view.getUint32(0x202, true) !== 0x53726448) return undefined;
  const offset = view.getUint16(0x20e, true);
  if (offset === 0) return undefined;
  const text = Buffer.from(head.subarray(offset + 0x200, offset + 0x200 + 256)).toString("latin1");
  return /^([0-9][^\s\0]*)[ \0]/.exec(text)?.[1];
}
