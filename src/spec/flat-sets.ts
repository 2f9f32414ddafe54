import type { ErrorObject } from "ajv";
import { valueAt } from "./document.ts";
import type { Finding } from "./problem.ts";
import { cut } from "./shown.ts";

const SEPARATE = ["iommuGroups", "separate"] as const;

/** `separate` with names where sets of names belong, so that it is one set without its own brackets. */
export function isFlatSet(document: unknown): boolean {
  const sets = valueAt(document, SEPARATE);
  return Array.isArray(sets) && sets.length > 0 && sets.every((set) => typeof set === "string");
}

/** The one finding that stands for all that the validator says about the names of a flat set. */
export function flatSet(document: unknown): Finding | undefined {
  const names = valueAt(document, SEPARATE);
  if (!Array.isArray(names) || !isFlatSet(document)) return undefined;
  const another = names.length === 1 ? ["ANOTHER-DEVICE"] : [];
  const set = cut([...names.map(String), ...another].join(", "));
  return {
    code: "wrong-type",
    summary: "iommuGroups.separate is a list of sets: each set of names has brackets of its own",
    hint: `write: separate: [[${set}]]`,
    path: SEPARATE,
    at: "value",
  };
}

export function isOfFlatSet({ instancePath }: ErrorObject): boolean {
  return instancePath.startsWith(`/${SEPARATE.join("/")}/`);
}
