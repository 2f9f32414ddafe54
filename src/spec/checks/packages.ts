import { posix } from "node:path";
import { isString, itemsAt, valueAt } from "../document.ts";
import type { Placed } from "../document.ts";
import { shown, shownPath } from "../shown.ts";
import type { Check } from "./check.ts";

export const noDuplicatePackage: Check = function* (document) {
  const first = new Map<string, Placed<string>>();
  for (const { path, value } of itemsAt(document, ["kernel", "packages"])) {
    for (const key of ["file", "name"]) {
      const named = { path: [...path, key], value: valueAt(value, [key]) };
      if (!isString(named)) continue;
      const identity = `${key} ${posix.normalize(named.value)}`;
      const before = first.get(identity);
      if (before === undefined) {
        first.set(identity, named);
        continue;
      }
      yield {
        code: "duplicate-package",
        summary: `The package ${shown(named.value)} is named by ${shownPath(before.path)} already`,
        hint: "remove one of the two",
        path: named.path,
        at: "value",
      };
    }
  }
};
