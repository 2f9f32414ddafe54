import { attempt } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model.ts";

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
