import type { ErrorObject } from "ajv";
import type { SpecPath } from "../model/index.ts";
import { isMapping, valueAt } from "./document.ts";
import { entryAt, sectionsWith } from "./language.ts";
import { flatSet, isOfFlatSet } from "./flat-sets.ts";
import { onlyMeantForm, packageForm } from "./package-form.ts";
import { pathOf } from "./pointer.ts";
import type { Finding } from "./problem.ts";
import { shown, shownPath, yamlQuoted } from "./shown.ts";
import { suggest } from "./suggest.ts";
import type { BareAt } from "./wrong-type.ts";
import { wrongType } from "./wrong-type.ts";

/** What the validator found, in the words of someone who writes specs. */
export function* schemaFindings(
  errors: readonly ErrorObject[],
  document: unknown,
  bareAt: BareAt,
): Generator<Finding> {
  const flat = flatSet(document);
  if (flat !== undefined) yield flat;
  const meant = onlyMeantForm(errors, document).filter((error) => flat === undefined || !isOfFlatSet(error));
  const misspelt = new Set<string>();
  for (const error of meant) {
    if (error.keyword !== "additionalProperties") continue;
    const path = pathOf(error.instancePath, document);
    const key = textParameter(error, "additionalProperty");
    const known = suggestedKey(path, key, document);
    if (known !== undefined) misspelt.add(shownPath([...path, known]));
    yield unknownKey(path, key, known);
  }
  for (const error of meant) {
    const path = pathOf(error.instancePath, document);
    // A key that is there, if misspelt, is not missing as well.
    if (misspelt.has(shownPath([...path, textParameter(error, "missingProperty")]))) continue;
    const finding = explain(error, path, valueAt(document, path), bareAt);
    if (finding !== undefined) yield finding;
  }
}

/** `undefined` for what another finding says already. */
function explain(error: ErrorObject, path: SpecPath, value: unknown, bareAt: BareAt): Finding | undefined {
  switch (error.keyword) {
    case "additionalProperties":
    case "propertyNames": // the rule that the name breaks is told by itself
      return undefined;
    case "required":
      return missingKey(path, textParameter(error, "missingProperty"));
    case "const":
      return apiVersion(path, value);
    case "type":
      return wrongType(path, value, textParameter(error, "type"), bareAt);
    case "enum":
      return unknownValue(path, value, error);
    case "pattern":
      return badFormat(path, value, error);
    case "oneOf":
      return packageForm(path, value);
    case "minLength":
    case "minProperties":
      return emptyValue(path);
    case "minItems":
      return tooShort(path, error);
    case "maxLength":
      return tooLong(path, error);
    case "minimum":
    case "maximum":
      return outOfRange(path, value, error);
    case "uniqueItems":
      return repeatedItem(path, error);
    default:
      return otherRule(path, error);
  }
}

function suggestedKey(path: SpecPath, key: string, document: unknown): string | undefined {
  const present = valueAt(document, path);
  const free = keysAt(path).filter((known) => !isMapping(present) || !Object.hasOwn(present, known));
  return suggest(key, free);
}

function keysAt(path: SpecPath): readonly string[] {
  return entryAt(path)?.keys ?? [];
}

function unknownKey(path: SpecPath, key: string, known: string | undefined): Finding {
  return {
    code: "unknown-key",
    summary: `${capitalized(shownPath(path))} has no key ${shown(key)}`,
    hint: keyHint(path, key, known),
    path: [...path, key],
    at: "key",
  };
}

function keyHint(path: SpecPath, key: string, known: string | undefined): string {
  if (known !== undefined) return `did you mean \`${known}\`?`;
  const [section] = sectionsWith(key);
  if (section !== undefined) return `\`${key}\` belongs under \`${section}\``;
  // Those that are free were tried before.
  const present = suggest(key, keysAt(path));
  if (present !== undefined) return `did you mean \`${present}\`? It is there already: merge the two`;
  return `it takes: ${keysAt(path).join(", ")}`;
}

function missingKey(path: SpecPath, key: string): Finding {
  if (key === "apiVersion") return apiVersion(path, undefined);
  return {
    code: "missing-key",
    summary: `${shownPath(path)} has no \`${key}\``,
    ...hintOf([...path, key]),
    path,
    at: "key",
  };
}

function apiVersion(path: SpecPath, value: unknown): Finding {
  return {
    code: "api-version",
    summary:
      value === undefined
        ? "apiVersion is missing"
        : `This hostcfg reads hostcfg/v1, not ${typeof value === "string" ? shown(value) : "this"}`,
    hint: "write: apiVersion: hostcfg/v1",
    path,
    at: "value",
  };
}

function unknownValue(path: SpecPath, value: unknown, error: ErrorObject): Finding {
  const allowed = listParameter(error, "allowedValues");
  const meant = typeof value === "string" ? suggest(value, allowed) : undefined;
  return {
    code: "unknown-value",
    summary: `${shownPath(path)} cannot be ${shown(String(value))}`,
    hint: meant === undefined ? `it takes: ${allowed.join(", ")}` : `did you mean ${meant}?`,
    path,
    at: "value",
  };
}

function badFormat(path: SpecPath, value: unknown, error: ErrorObject): Finding | undefined {
  const pattern = textParameter(error, "pattern");
  if (error.propertyName !== undefined) return badName(path, error.propertyName, pattern);
  if (value === "") return emptyValue(path);
  // A device name that fits no definition, or a definition that is no name, is told as that.
  if (error.schemaPath.startsWith("#/$defs/DeviceName/")) return undefined;
  const text = typeof value === "string" ? value : "";
  return {
    code: "bad-format",
    summary: `${shownPath(path)} cannot be ${shown(text)}`,
    ...(repairHint(text, pattern) ?? hintOf(path)),
    path,
    at: "value",
  };
}

function badName(path: SpecPath, name: string, pattern: string): Finding {
  const description = entryAt(path)?.keyDescription;
  return {
    code: "bad-format",
    summary: `${shownPath(path)} cannot have the key ${shown(name)}`,
    ...(repairHint(name, pattern) ?? (description === undefined ? {} : { hint: description })),
    path: [...path, name],
    at: "key",
  };
}

/** What people paste from other tools: upper-case hex, the 0x of sysfs, blanks around. */
function repairHint(text: string, pattern: string): { hint: string } | undefined {
  if (!pattern.startsWith("^")) return undefined; // it says nothing of the whole text
  const repaired = text.trim().toLowerCase().replaceAll("0x", "");
  return new RegExp(pattern, "u").test(repaired) ? { hint: `write ${yamlQuoted(repaired)}` } : undefined;
}

function emptyValue(path: SpecPath): Finding {
  return {
    code: "empty-value",
    summary: `${shownPath(path)} is empty`,
    hint: "give it a value, or leave it out: what is left out is not managed",
    path,
    at: "value",
  };
}

function tooShort(path: SpecPath, error: ErrorObject): Finding {
  const least = numberParameter(error, "limit");
  if (least === 1) return emptyValue(path);
  return {
    code: "too-short",
    summary: `${shownPath(path)} needs at least ${least} items`,
    ...hintOf(path),
    path,
    at: "value",
  };
}

function tooLong(path: SpecPath, error: ErrorObject): Finding {
  return {
    code: "too-long",
    summary: `${shownPath(path)} is longer than ${numberParameter(error, "limit")} characters`,
    ...hintOf(path),
    path,
    at: "value",
  };
}

function outOfRange(path: SpecPath, value: unknown, error: ErrorObject): Finding {
  const bound = error.keyword === "minimum" ? "least" : "most";
  return {
    code: "out-of-range",
    summary: `${shownPath(path)} cannot be ${String(value)}: the ${bound} is ${numberParameter(error, "limit")}`,
    ...hintOf(path),
    path,
    at: "value",
  };
}

function repeatedItem(path: SpecPath, error: ErrorObject): Finding {
  const later = Math.max(numberParameter(error, "i"), numberParameter(error, "j"));
  return {
    code: "repeated-item",
    summary: `${shownPath([...path, later])} is in the list already`,
    hint: "remove it",
    path: [...path, later],
    at: "value",
  };
}

function otherRule(path: SpecPath, error: ErrorObject): Finding {
  return {
    code: "bad-format",
    summary: `${shownPath(path)} ${error.message ?? "is not valid"}`,
    ...hintOf(path),
    path,
    at: "value",
  };
}

/** The schema's own description of what belongs at `path`. */
function hintOf(path: SpecPath): { hint?: string } {
  const description = entryAt(path)?.description;
  return description === undefined ? {} : { hint: description };
}

function parameter(error: ErrorObject, name: string): unknown {
  return valueAt(error.params, [name]);
}

function textParameter(error: ErrorObject, name: string): string {
  const value = parameter(error, name);
  return typeof value === "string" ? value : "";
}

function numberParameter(error: ErrorObject, name: string): number {
  const value = parameter(error, name);
  return typeof value === "number" ? value : 0;
}

function listParameter(error: ErrorObject, name: string): readonly string[] {
  const value = parameter(error, name);
  return Array.isArray(value) ? value.map(String) : [];
}

function capitalized(text: string): string {
  return text.startsWith("the ") ? `T${text.slice(1)}` : text;
}
