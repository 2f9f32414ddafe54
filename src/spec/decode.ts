import { firstOnes } from "./limit.ts";
import type { TextProblem } from "./problem.ts";

/** Far above any spec; keeps a wrong file (an image, a log) from being parsed at all. */
const MOST_BYTES = 1024 * 1024;

/** The smallest spec, for the hint to an empty file. */
export const MINIMAL_SPEC = "apiVersion: hostcfg/v1";

const AT_START = { start: 0, end: 0 };

export interface Decoded {
  /** Without a byte order mark. Where there are problems, only good for showing where they are. */
  readonly text: string;
  readonly problems: readonly TextProblem[];
}

/** Bytes of a spec file as text: UTF-8 with or without a byte order mark, no control characters. */
export function decode(bytes: Uint8Array): Decoded {
  if (bytes.length > MOST_BYTES) return refuse(tooLarge(bytes.length));
  if (looksLikeUtf16(bytes)) return refuse(UTF_16);
  if (bytes.includes(0)) return refuse(BINARY);

  const text = new TextDecoder().decode(bytes);
  if (!isUtf8(bytes)) return { text, problems: [notUtf8(text)] };
  if (text.trim() === "") return { text, problems: [EMPTY] };
  return { text, problems: firstOnes(controlCharacters(text)) };
}

function refuse(problem: TextProblem): Decoded {
  return { text: "", problems: [problem] };
}

function tooLarge(size: number): TextProblem {
  return {
    code: "file-too-large",
    summary: `The file has ${size} bytes; a spec has at most ${MOST_BYTES}`,
    hint: "check that this is the file you meant",
    span: AT_START,
  };
}

const UTF_16: TextProblem = {
  code: "utf-16",
  summary: "The file is UTF-16 or UTF-32, not UTF-8",
  hint: "convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW",
  span: AT_START,
};

const BINARY: TextProblem = {
  code: "binary-file",
  summary: "The file has NUL bytes: it is a binary file, not a spec",
  hint: "check that this is the file you meant",
  span: AT_START,
};

export const EMPTY: TextProblem = {
  code: "empty-file",
  summary: "The file is empty",
  hint: `the smallest spec is one line: ${MINIMAL_SPEC}`,
  span: AT_START,
};

/** By its byte order mark, or because every other byte of an ASCII text in UTF-16 is 0. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = bytes;
  const isMarked =
    (first === 0xff && second === 0xfe) ||
    (first === 0xfe && second === 0xff) ||
    (first === 0 && second === 0 && third === 0xfe && fourth === 0xff);
  const isLittleEndian = isAscii(first) && second === 0 && isAscii(third) && fourth === 0;
  const isBigEndian = first === 0 && isAscii(second) && third === 0 && isAscii(fourth);
  return isMarked || isLittleEndian || isBigEndian;
}

function isAscii(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0 && byte < 0x80;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function notUtf8(text: string): TextProblem {
  const at = text.indexOf("\u{fffd}");
  return {
    code: "not-utf8",
    summary: "The file is not UTF-8 text",
    hint: "save it as UTF-8; for an old text file: iconv -f ISO-8859-1 -t UTF-8 OLD > NEW",
    span: { start: at, end: at + 1 },
  };
}

/** What is not `c-printable` (YAML 1.2.2 section 5.1); a lone carriage return is no line break here. */
const NOT_PRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ufffd\u{10000}-\u{10ffff}]|\r(?!\n)/gu;

function* controlCharacters(text: string): Generator<TextProblem> {
  for (const { 0: character, index } of text.matchAll(NOT_PRINTABLE)) {
    yield {
      code: "control-character",
      summary: `The text has the control character ${codePoint(character)}`,
      hint: character === "\r" ? "end lines with LF or CR LF" : "remove it; a spec has no use for it",
      span: { start: index, end: index + character.length },
    };
  }
}

/** In the standard notation, e.g. U+001B. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
