import type { Code } from "../../src/spec/codes.ts";

export interface Unreadable {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly code: Code;
  /** Line and column. */
  readonly at: readonly [number, number];
}

const MEBIBYTE = 1024 * 1024;

/** Files that are no fixtures because an editor or git would repair them, or because of their size. */
export const UNREADABLE: readonly Unreadable[] = [
  { what: "an empty file", bytes: new Uint8Array(), code: "empty-file", at: [1, 1] },
  { what: "a file of blanks and line breaks", bytes: utf8("  \n\n \r\n"), code: "empty-file", at: [1, 1] },
  { what: "a byte order mark alone", bytes: utf8("\u{feff}"), code: "empty-file", at: [1, 1] },
  { what: "an ELF program", bytes: latin1("\x7fELF\x02\x01\x01\x00\x00"), code: "binary-file", at: [1, 1] },
  { what: "a NUL in a text", bytes: utf8("hostname: a\0b\n"), code: "binary-file", at: [1, 1] },
  {
    what: "UTF-16 with a mark, little end first",
    bytes: latin1("\xff\xfea\0:\0"),
    code: "utf-16",
    at: [1, 1],
  },
  { what: "UTF-16 with a mark, big end first", bytes: latin1("\xfe\xff\0a\0:"), code: "utf-16", at: [1, 1] },
  { what: "UTF-16 without a mark", bytes: Buffer.from("apiVersion", "utf16le"), code: "utf-16", at: [1, 1] },
  { what: "UTF-16 without a mark, big end first", bytes: latin1("\0a\0p\0i"), code: "utf-16", at: [1, 1] },
  { what: "UTF-32 with a mark", bytes: latin1("\0\0\xfe\xff\0\0\0a"), code: "utf-16", at: [1, 1] },
  { what: "ISO 8859-1", bytes: latin1("apiVersion: x\nhostname: b\xfcro\n"), code: "not-utf8", at: [2, 12] },
  { what: "an escape character", bytes: utf8("# \n# \x1b[31m\n"), code: "control-character", at: [2, 3] },
  { what: "a lone carriage return", bytes: utf8("a: 1\rb: 2\n"), code: "control-character", at: [1, 5] },
  { what: "50 MB", bytes: new Uint8Array(50_000_000).fill(0x20), code: "file-too-large", at: [1, 1] },
  { what: "one byte over 1 MiB", bytes: new Uint8Array(MEBIBYTE + 1), code: "file-too-large", at: [1, 1] },
  { what: "a MiB of brackets", bytes: utf8("[".repeat(MEBIBYTE)), code: "nested-too-deeply", at: [1, 65] },
  {
    what: "a MiB of dashes",
    bytes: utf8("- ".repeat(MEBIBYTE / 2)),
    code: "nested-too-deeply",
    at: [1, 128],
  },
  {
    what: "a MiB of list items",
    bytes: utf8("- a\n".repeat(MEBIBYTE / 4)),
    code: "file-too-large",
    at: [20000, 4],
  },
];

function utf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

function latin1(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
