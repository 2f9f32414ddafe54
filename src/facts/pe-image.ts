import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { attemptIfRecorded, known, unknown } from "./fact.ts";

/** More than the headers of any kernel take: those of a bzImage end in its first sector or two. */
const HEAD_BYTES = 4096;

/** Offsets of the Microsoft PE/COFF specification. */
const SIGNATURE_OFFSET = 0x3c;
const PE_SIGNATURE = 0x00004550;
const COFF_HEADER = 24;
/** By the optional header's magic number: where NumberOfRvaAndSizes is in it; the data directories follow. */
const COUNT_OFFSET = new Map([
  [0x10b, 92],
  [0x20b, 108],
]);
const CERTIFICATE_TABLE = 4;
const DIRECTORY_BYTES = 8;

/**
 * Whether a kernel image holds a signature that Secure Boot could accept: whose it is, and whether the firmware or shim
 * knows the key, is not asked. Reads the first few KiB only.
 */
export function readSigned(reader: Reader, path: string): Fact<boolean> {
  const head = attemptIfRecorded(path, () => reader.head(path, HEAD_BYTES));
  return head.known ? isSigned(head.value, path) : head;
}

/**
 * Whether the certificate table of a PE image (PE32 or PE32+) has an entry. What is no PE image, a compressed kernel
 * among them, has no place for a signature.
 *
 * @param head The first bytes of the file.
 */
export function isSigned(head: Uint8Array, path: string): Fact<boolean> {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const fits = (end: number): boolean => end <= head.length;
  const cut = unknown(`the PE headers of ${path} are not in its first ${head.length} bytes`);
  if (head[0] !== 0x4d || head[1] !== 0x5a) return known(false);
  if (!fits(SIGNATURE_OFFSET + 4)) return cut;
  const pe = view.getUint32(SIGNATURE_OFFSET, true);
  if (!fits(pe + COFF_HEADER + 2)) return cut;
  if (view.getUint32(pe, true) !== PE_SIGNATURE) return known(false);
  const optional = pe + COFF_HEADER;
  const count = COUNT_OFFSET.get(view.getUint16(optional, true));
  if (count === undefined) return known(false);
  const directories = optional + count + 4;
  const entry = directories + CERTIFICATE_TABLE * DIRECTORY_BYTES;
  if (!fits(entry + DIRECTORY_BYTES)) return cut;
  if (view.getUint32(optional + count, true) <= CERTIFICATE_TABLE) return known(false);
  return known(view.getUint32(entry, true) > 0 && view.getUint32(entry + 4, true) > 0);
}

const SECTION_COUNT = 6;
const OPTIONAL_SIZE = 20;
const SECTION_BYTES = 40;

/**
 * The text of a section of a PE image, such as `.osrel` of a unified kernel image; `undefined` where the image has none of
 * that name, or not within its first bytes.
 *
 * @param head The first bytes of the file.
 */
export function sectionOf(head: Uint8Array, name: string): string | undefined {
  const found = sectionsOf(head).find((section) => section.name === name);
  if (found === undefined || found.from + found.size > head.length) return undefined;
  return decoded(head.subarray(found.from, found.from + found.size));
}

/** Whether this is a PE image that has no section of that name. */
export function lacksSection(head: Uint8Array, name: string): boolean {
  const sections = sectionsOf(head);
  return sections.length > 0 && sections.every((section) => section.name !== name);
}

/** What the table in the head lists; none where it is no PE image. */
function sectionsOf(head: Uint8Array): { name: string; size: number; from: number }[] {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const fits = (end: number): boolean => end <= head.length;
  if (head[0] !== 0x4d || head[1] !== 0x5a || !fits(SIGNATURE_OFFSET + 4)) return [];
  const pe = view.getUint32(SIGNATURE_OFFSET, true);
  if (!fits(pe + COFF_HEADER) || view.getUint32(pe, true) !== PE_SIGNATURE) return [];
  const table = pe + COFF_HEADER + view.getUint16(pe + OPTIONAL_SIZE, true);
  const count = view.getUint16(pe + SECTION_COUNT, true);
  return Array.from({ length: count }, (_, index) => table + index * SECTION_BYTES)
    .filter((at) => fits(at + SECTION_BYTES))
    .map((at) => ({
      name: decoded(head.subarray(at, at + 8)),
      size: view.getUint32(at + 8, true),
      from: view.getUint32(at + 20, true),
    }));
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).split("\0")[0] ?? "";
}
