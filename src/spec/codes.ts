import type { DiagnosticCode } from "../model/index.ts";

/**
 * Every kind of thing that can be wrong with a spec. The names are part of the interface: scripts match on
 * them, so they are never renamed. An error keeps the spec from being used, a warning does not.
 */
export const CODES = {
  // The file
  "file-too-large": { severity: "error", meaning: "The file is over 1 MiB, or holds too many YAML tokens." },
  "empty-file": { severity: "error", meaning: "The file holds nothing but blanks and comments." },
  "binary-file": { severity: "error", meaning: "The file has NUL bytes, so it is no text." },
  "utf-16": { severity: "error", meaning: "The file is UTF-16 or UTF-32 instead of UTF-8." },
  "not-utf8": { severity: "error", meaning: "The file has bytes that are not UTF-8." },
  "control-character": {
    severity: "error",
    meaning: "A control character is in the text or in a value.",
  },

  // YAML
  "yaml-syntax": { severity: "error", meaning: "The text is not well-formed YAML." },
  "yaml-tab": { severity: "error", meaning: "A line is indented with a tab." },
  "yaml-directive": { severity: "error", meaning: "A % directive other than %YAML 1.2 or %TAG." },
  "yaml-tag": {
    severity: "error",
    meaning: "A tag (!name) that is not of the YAML core schema, or does not fit.",
  },
  "yaml-alias": { severity: "error", meaning: "An alias (*name) without its anchor, or inside of it." },
  "alias-bomb": { severity: "error", meaning: "Aliases multiply the document beyond all use." },
  "merge-key": { severity: "error", meaning: "A merge key (<<), which YAML 1.2 does not have." },
  "several-documents": { severity: "error", meaning: "More than one YAML document in one file." },
  "nested-too-deeply": { severity: "error", meaning: "More levels of nesting than any spec needs." },
  "duplicate-key": { severity: "error", meaning: "The same key twice in one mapping." },
  "bad-key": { severity: "error", meaning: "A key that is not plain text." },

  // The language
  "api-version": {
    severity: "error",
    meaning: "The apiVersion is missing, or another than this hostcfg reads.",
  },
  "unknown-key": { severity: "error", meaning: "A key that the language does not have there." },
  "missing-key": { severity: "error", meaning: "A key that must be there is missing." },
  "wrong-type": { severity: "error", meaning: "A value of another type than the key takes." },
  "unquoted-scalar": {
    severity: "error",
    meaning: "A bare word that YAML reads as a number, a boolean, null or a mapping where text is needed.",
  },
  "unknown-value": { severity: "error", meaning: "A value that is not one of the known ones." },
  "bad-format": { severity: "error", meaning: "Text that is not in the form its key asks for." },
  "empty-value": { severity: "error", meaning: "Text, a list or a mapping that may not be empty." },
  "too-short": { severity: "error", meaning: "A list with too few items." },
  "too-long": { severity: "error", meaning: "Text that is longer than its key allows." },
  "out-of-range": { severity: "error", meaning: "A number that is too small or too large." },
  "repeated-item": { severity: "error", meaning: "The same item twice where each may be there once." },
  "package-form": {
    severity: "error",
    meaning: "A kernel package that is neither file and sha256 nor name and version, or both at once.",
  },

  // Kernel options
  "option-character": {
    severity: "error",
    meaning: "An option with a character that is not printable ASCII.",
  },
  "option-blank": {
    severity: "error",
    meaning: "An option with a blank outside of double quotes: the kernel would read several options.",
  },
  "option-quote": { severity: "error", meaning: "An option with a double quote that is never closed." },
  "option-separator": { severity: "error", meaning: "The option --, which ends the kernel's own options." },
  "options-too-long": { severity: "error", meaning: "The declared options do not fit on the kernel's line." },
  "option-contradiction": { severity: "error", meaning: "An option that is both present and absent." },
  "duplicate-option": { severity: "warning", meaning: "The same option twice in one list." },

  // Links
  "link-path": { severity: "error", meaning: "A link path that is not normal, or not in / or below /boot." },
  "link-target": { severity: "error", meaning: "A link target that climbs with .. or names a directory." },
  "link-loop": { severity: "error", meaning: "A link that leads back to itself." },

  // Packages and devices
  "duplicate-package": { severity: "error", meaning: "The same kernel package twice." },
  "undefined-device": { severity: "error", meaning: "A device name that is not defined under devices." },
  "repeated-device": { severity: "error", meaning: "The same device twice in one set or list." },
  "incomplete-selector": { severity: "error", meaning: "A selector that only narrows and selects nothing." },
  "unused-device": { severity: "warning", meaning: "A device that is defined and never used." },
  "duplicate-selector": { severity: "warning", meaning: "Two devices with the same selector." },

  "too-many-problems": { severity: "warning", meaning: "There is more wrong than is listed." },
} as const satisfies Partial<Record<DiagnosticCode, { severity: "error" | "warning"; meaning: string }>>;

export type Code = keyof typeof CODES;
