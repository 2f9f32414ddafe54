import type { Diagnostic, DiagnosticCode } from "../model/index.ts";

/**
 * Every kind of thing that can be wrong with a spec; DIAGNOSTICS.md says what each means. An error keeps the spec from
 * being used, a warning does not.
 */
export const CODES = {
  // The file
  "file-too-large": "error",
  "empty-file": "error",
  "binary-file": "error",
  "utf-16": "error",
  "not-utf8": "error",
  "control-character": "error",

  // YAML
  "yaml-syntax": "error",
  "yaml-tab": "error",
  "yaml-directive": "error",
  "yaml-tag": "error",
  "yaml-alias": "error",
  "alias-bomb": "error",
  "merge-key": "error",
  "several-documents": "error",
  "nested-too-deeply": "error",
  "duplicate-key": "error",
  "bad-key": "error",

  // The language
  "api-version": "error",
  "unknown-key": "error",
  "missing-key": "error",
  "wrong-type": "error",
  "unquoted-scalar": "error",
  "unknown-value": "error",
  "bad-format": "error",
  "empty-value": "error",
  "too-short": "error",
  "too-long": "error",
  "out-of-range": "error",
  "repeated-item": "error",
  "package-form": "error",

  // The included file
  "include-unreadable": "error",
  "include-nested": "error",

  // Kernel options
  "option-character": "error",
  "option-blank": "error",
  "option-quote": "error",
  "option-separator": "error",
  "options-too-long": "error",
  "option-contradiction": "error",
  "duplicate-option": "warning",
  "option-misspelt": "warning",
  "option-trap": "warning",

  // Links
  "link-path": "error",
  "link-target": "error",
  "link-loop": "error",

  // Packages and devices
  "duplicate-package": "error",
  "undefined-device": "error",
  "repeated-device": "error",
  "incomplete-selector": "error",
  "unused-device": "warning",
  "duplicate-selector": "warning",

  "too-many-problems": "warning",
} as const satisfies Partial<Record<DiagnosticCode, Diagnostic["severity"]>>;

export type Code = keyof typeof CODES;
