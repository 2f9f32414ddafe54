import type { ErrorObject } from "ajv";
import { parseJson } from "./json.ts";

/** `undefined` for what is no JSON. */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** The formatVersion of all that hostcfg writes. */
const FORMAT = "1.0";

/** Why a document is not one that hostcfg wrote, for a person, without the words of the schema validator. */
export function whyRefused(document: unknown, errors: readonly ErrorObject[] | null | undefined): string {
  if (document === undefined) return "it is no JSON, perhaps cut off";
  if (typeof document !== "object" || document === null || !("formatVersion" in document))
    return "it has no formatVersion";
  const { formatVersion } = document;
  if (formatVersion !== FORMAT) {
    const written = typeof formatVersion === "string" ? formatVersion : JSON.stringify(formatVersion);
    return `format ${written}; this hostcfg reads ${FORMAT}`;
  }
  const at = errors?.[0]?.instancePath ?? "";
  return `something is missing or was edited ${at === "" ? "at its top" : `at ${at}`}`;
}
