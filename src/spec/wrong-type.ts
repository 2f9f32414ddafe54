import type { SpecPath } from "../model/index.ts";
import { MINIMAL_SPEC } from "./decode.ts";
import { isMapping } from "./document.ts";
import { entryAt } from "./language.ts";
import type { Finding } from "./problem.ts";
import { cut, shown, shownPath, yamlQuoted } from "./shown.ts";

/** A bare scalar as written, `undefined` for everything else and for documents that were not text. */
export type BareAt = (path: SpecPath) => string | undefined;

const SMALLEST = `the smallest spec is one line: ${MINIMAL_SPEC}`;

/**
 * @param wanted A JSON Schema type. Where text is wanted, the hint quotes what was written and not what YAML
 * made of it: `6.10` has become 6.1, `0x10` 16.
 */
export function wrongType(path: SpecPath, value: unknown, wanted: string, bareAt: BareAt): Finding {
  const bare = bareAt(path);
  const place = { path, at: "value" } as const;
  const name = path.length === 0 ? "The spec" : shownPath(path);
  if (isMissing(value, bare)) {
    return {
      code: "wrong-type",
      summary: `${name} has no value`,
      hint: "give it one, or leave it out: what is left out is not managed",
      ...place,
    };
  }
  const text = wanted === "string" ? meantText(path, value, bareAt) : undefined;
  if (text !== undefined) {
    return {
      code: "unquoted-scalar",
      summary: `${name} must be text, but YAML reads ${cut(bare ?? "this")} as ${kindOf(value)}`,
      hint: `quote it: ${yamlQuoted(text)}`,
      ...place,
    };
  }
  const hint = path.length === 0 ? SMALLEST : (repair(path, value, wanted) ?? entryAt(path)?.description);
  return {
    code: "wrong-type",
    summary: `${name} must be ${TYPE_WORDS[wanted] ?? wanted}, not ${wordsFor(value, bare)}`,
    hint,
    ...place,
  };
}

function isMissing(value: unknown, bare: string | undefined): boolean {
  return value === null && bare === undefined;
}

/**
 * The text that was probably meant by a bare word, or by a mapping that a colon made: `id: {10de:2206}`,
 * `id: { 10de: 2206 }`, `- amd_iommu: on`.
 */
function meantText(path: SpecPath, value: unknown, bareAt: BareAt): string | undefined {
  const bare = bareAt(path);
  if (bare !== undefined) return bare;
  if (!isMapping(value)) return undefined;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  const [key, right] = entry;
  if (right === null) return key;
  const joint = path[0] === "kernelOptions" ? "=" : ":";
  const written = bareAt([...path, key]) ?? (typeof right === "string" ? right : undefined);
  return written === undefined ? undefined : `${key}${joint}${written}`;
}

function repair(path: SpecPath, value: unknown, wanted: string): string | undefined {
  const isItem = typeof path.at(-1) === "number";
  if (wanted === "array" && typeof value === "string" && !isItem)
    return `write it as a list: - ${listItem(value)}`;
  if (wanted === "boolean" && typeof value === "string") {
    if (/^(on|yes|true|y)$/iu.test(value)) return "write: true";
    if (/^(off|no|false|n)$/iu.test(value)) return "write: false";
  }
  if (wanted === "integer" && typeof value === "string" && /^\d+$/u.test(value)) return `write: ${value}`;
  if (wanted === "object" && typeof value === "string") return deviceRepair(path, value);
  return undefined;
}

/** A device that is given as its id or its address alone. */
function deviceRepair([section, name, ...inside]: SpecPath, value: string): string | undefined {
  if (section !== "devices" || name === undefined || inside.length > 0) return undefined;
  const text = value.toLowerCase();
  if (/^[0-9a-f]{4}:[0-9a-f]{4}$/u.test(text)) return `write: ${name}: { id: "${text}" }`;
  if (/^([0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}(\.[0-7])?$/u.test(text))
    return `write: ${name}: { address: "${text}" }`;
  return undefined;
}

function listItem(text: string): string {
  return /^[\w./=-]+$/u.test(text) ? text : yamlQuoted(text);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

function wordsFor(value: unknown, bare: string | undefined): string {
  if (typeof value === "string") return `the text ${shown(value)}`;
  return bare === undefined || value === null ? kindOf(value) : cut(bare);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}
