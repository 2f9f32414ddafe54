import { itemsAt, valueAt } from "../document.ts";
import type { Check } from "./check.ts";

const MOUNTED = ["health", "mounted"];

export const enoughMountPoints: Check = function* (document) {
  const path = [...MOUNTED, "atLeast"];
  const atLeast = valueAt(document, path);
  const { length } = itemsAt(document, [...MOUNTED, "of"]);
  if (typeof atLeast !== "number" || length === 0 || atLeast <= length) return;
  yield {
    code: "out-of-range",
    summary: `health.mounted.atLeast cannot be ${atLeast}: the list has only ${length}`,
    hint: "leave it out where all of them must be mounted",
    path,
    at: "value",
  };
};
