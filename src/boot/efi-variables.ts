import { attempt } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";

const VARIABLES = "/sys/firmware/efi/efivars";
/** The vendor GUID of systemd-boot's variables (systemd.io, Boot Loader Interface). */
const LOADER_GUID = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/** efivarfs puts the variable's attributes in front of its value. */
const ATTRIBUTE_BYTES = 4;

/** Whether EFI variables can be looked at: not in another root, nor where efivarfs is not mounted. */
export function hasVariables(reader: Reader): boolean {
  const names = attempt(VARIABLES, () => reader.list(VARIABLES));
  return names.known && names.value.length > 0;
}

/** A text variable of the Boot Loader Interface; known and empty when it is not set. */
export function readLoaderVariable(reader: Reader, name: string): Fact<string> {
  const path = `${VARIABLES}/${name}-${LOADER_GUID}`;
  return attempt(path, () => {
    const bytes = reader.readFile(path);
    return bytes === undefined ? "" : decodeVariable(bytes);
  });
}

/** UTF-16LE, ended by a NUL, behind the attributes. */
export function decodeVariable(bytes: Uint8Array): string {
  const text = new TextDecoder("utf-16le").decode(bytes.subarray(ATTRIBUTE_BYTES));
  return text.split("\0")[0] ?? "";
}

/** Where efivarfs shows the pattern that bootctl(1) set-default writes. */
export const LOADER_DEFAULT = `${VARIABLES}/LoaderEntryDefault-${LOADER_GUID}`;

/** EFI_GLOBAL_VARIABLE (UEFI specification 3.3). */
const GLOBAL_GUID = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

export interface BootOption {
  readonly description: string;
  /** The file on the ESP, with backslashes; empty where the option names none. */
  readonly file: string;
}

/** The firmware's boot option that was used for this boot; undefined where that cannot be seen. */
export function readBootCurrent(reader: Reader): BootOption | undefined {
  const read = (name: string): Uint8Array | undefined => {
    const path = `${VARIABLES}/${name}-${GLOBAL_GUID}`;
    const bytes = attempt(path, () => reader.readFile(path));
    return bytes.known ? bytes.value.subarray(ATTRIBUTE_BYTES) : undefined;
  };
  const [low, high] = read("BootCurrent") ?? [];
  if (low === undefined || high === undefined) return undefined;
  const number = (high * 256 + low).toString(16).toUpperCase().padStart(4, "0");
  const option = read(`Boot${number}`);
  return option === undefined ? undefined : decodeLoadOption(option);
}

/** Attributes, and the length of the path list (UEFI specification 3.1.3). */
const LOAD_OPTION_HEADER = 6;
/** Types and subtypes of device path nodes (UEFI specification 10.3.1, 10.3.5.4). */
const MEDIA = 4;
const FILE_PATH = 4;
const END = 0x7f;

/**
 * EFI_LOAD_OPTION: the description, and the file of its first device path. Bytes that do not follow the specification
 * give what could be read of them.
 */
export function decodeLoadOption(bytes: Uint8Array): BootOption {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (start: number, end: number): string =>
    new TextDecoder("utf-16le").decode(bytes.subarray(start, end)).split("\0")[0] ?? "";
  if (bytes.length < LOAD_OPTION_HEADER) return { description: "", file: "" };
  let at = LOAD_OPTION_HEADER;
  while (at + 2 <= bytes.length && view.getUint16(at, true) !== 0) at += 2;
  const description = text(LOAD_OPTION_HEADER, at);
  at += 2;
  // What follows the path list are the option's own data.
  const end = Math.min(bytes.length, at + view.getUint16(4, true));
  let file = "";
  while (at + 4 <= end && view.getUint8(at) !== END) {
    const length = view.getUint16(at + 2, true);
    if (length < 4 || at + length > end) break;
    if (view.getUint8(at) === MEDIA && view.getUint8(at + 1) === FILE_PATH) file += text(at + 4, at + length);
    at += length;
  }
  return { description, file };
}
