import { entriesAt, isMapping, isString, itemsAt, keyOf } from "../document.ts";
import type { Mapping, Placed } from "../document.ts";
import { isFlatSet } from "../flat-sets.ts";
import type { Finding } from "../problem.ts";
import { shown, shownPath } from "../shown.ts";
import { suggest } from "../suggest.ts";
import type { Check } from "./check.ts";

const DEVICES = ["devices"] as const;

function namesOf(document: unknown): ReadonlySet<string> {
  return new Set(entriesAt(document, DEVICES).map(keyOf));
}

/** The lists in which a device may stand once: each set under `separate`, and the two plain lists. */
function listsOf(document: unknown): Placed<string>[][] {
  const separate = ["iommuGroups", "separate"];
  // Names without the brackets of their set are told as that; they are used all the same.
  const sets = isFlatSet(document) ? [separate] : itemsAt(document, separate).map(({ path }) => path);
  return [["vfio", "devices"], ["iommuGroups", "isolated"], ...sets].map((path) =>
    itemsAt(document, path).filter(isString),
  );
}

export const devicesDefined: Check = function* (document) {
  const names = namesOf(document);
  for (const { path, value } of listsOf(document).flat()) {
    if (names.has(value)) continue;
    const meant = suggest(value, names);
    yield {
      code: "undefined-device",
      summary: `No device ${shown(value)} is defined under devices`,
      hint:
        meant === undefined ? "define it under devices; lspci -nn shows its id" : `did you mean ${meant}?`,
      path,
      at: "value",
    };
  }
};

export const devicesUsed: Check = function* (document) {
  const names = namesOf(document);
  const used = new Set(
    listsOf(document)
      .flat()
      .map(({ value }) => value),
  );
  // A name that is not defined may be one of these, misspelt: that is told already.
  if ([...used].some((name) => !names.has(name))) return;
  for (const name of names) {
    if (used.has(name)) continue;
    yield {
      code: "unused-device",
      summary: `The device ${shown(name)} is defined and never used`,
      hint: "name it under iommuGroups or vfio, or remove it",
      path: [...DEVICES, name],
      at: "key",
    };
  }
};

export const noRepeatedDevice: Check = function* (document) {
  for (const list of listsOf(document)) yield* repeated(list);
};

function* repeated(list: readonly Placed<string>[]): Generator<Finding> {
  const seen = new Set<string>();
  for (const { path, value } of list) {
    if (seen.has(value)) {
      yield {
        code: "repeated-device",
        summary: `The device ${shown(value)} is in ${shownPath(path.slice(0, -1))} twice`,
        hint: "remove it, or name the other device that was meant",
        path,
        at: "value",
      };
    }
    seen.add(value);
  }
}

function selectorsOf(document: unknown): Placed<Mapping>[] {
  return entriesAt(document, DEVICES).filter((entry): entry is Placed<Mapping> => isMapping(entry.value));
}

export const selectorsSelect: Check = function* (document) {
  for (const { path, value } of selectorsOf(document)) {
    const keys = Object.keys(value);
    if (keys.length === 0 || keys.some((key) => key !== "nth" && key !== "functions")) continue;
    yield {
      code: "incomplete-selector",
      summary: `${shownPath(path)} says only which of several slots, or how much of one`,
      hint: "add id, subsystem, class, address or path",
      path,
      at: "key",
    };
  }
};

export const selectorsDiffer: Check = function* (document) {
  const first = new Map<string, string>();
  for (const selector of selectorsOf(document)) {
    const sorted = Object.entries(selector.value).sort(([a], [b]) => (a < b ? -1 : 1));
    const identity = JSON.stringify(sorted);
    const before = first.get(identity);
    if (before === undefined) {
      first.set(identity, keyOf(selector));
      continue;
    }
    yield {
      code: "duplicate-selector",
      summary: `The device ${shown(keyOf(selector))} has the same selector as ${shown(before)}`,
      hint: "use one name for one device; two equal cards are told apart by `path` or `nth`",
      path: selector.path,
      at: "key",
    };
  }
};
