import type { SpecPath } from "../model/index.ts";
import type { Part } from "./problem.ts";

/** Looking into a document whose shape nobody has checked. Own properties only, whatever their names. */

export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at `path`, `undefined` where there is none. */
export function valueAt(document: unknown, path: SpecPath): unknown {
  let value = document;
  for (const step of path) value = childOf(value, step);
  return value;
}

function childOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === "number" ? (value as readonly unknown[])[step] : undefined;
  return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** A piece of the document with the way to it. */
export interface Placed<T> {
  readonly path: SpecPath;
  readonly value: T;
}

/** The entries of the mapping at `path`; none where there is no mapping. */
export function entriesAt(document: unknown, path: SpecPath): Placed<unknown>[] {
  const mapping = valueAt(document, path);
  if (!isMapping(mapping)) return [];
  return Object.entries(mapping).map(([key, value]) => ({ path: [...path, key], value }));
}

/** The items of the list at `path`; none where there is no list. */
export function itemsAt(document: unknown, path: SpecPath): Placed<unknown>[] {
  const list: unknown = valueAt(document, path);
  if (!Array.isArray(list)) return [];
  return list.map((value: unknown, index) => ({ path: [...path, index], value }));
}

export function isString(placed: Placed<unknown>): placed is Placed<string> {
  return typeof placed.value === "string";
}

/** The last step of a path as text: the key of an entry. */
export function keyOf(placed: Placed<unknown>): string {
  return String(placed.path.at(-1) ?? "");
}

/** A text of the document: a value, or the key of the entry at `path`. */
export interface PlacedText extends Placed<string> {
  readonly at: Part;
}

/** Where a value is found in its parent; the path is only put together for what is asked for. */
interface Found {
  readonly value: unknown;
  readonly step?: string | number;
  readonly parent?: Found;
}

/** Every text that `pattern` matches, keys included. */
export function* textsLike(document: unknown, pattern: RegExp): Generator<PlacedText> {
  // A list of what is left to see instead of recursion: a document from JSON may be nested at will.
  const pending: Found[] = [{ value: document }];
  for (let found = pending.pop(); found !== undefined; found = pending.pop()) {
    const { value, step } = found;
    if (typeof value === "string" && pattern.test(value)) yield { path: pathTo(found), value, at: "value" };
    if (typeof step === "string" && pattern.test(step)) yield { path: pathTo(found), value: step, at: "key" };
    if (typeof value !== "object" || value === null) continue;
    const isList = Array.isArray(value);
    for (const [key, child] of Object.entries(value)) {
      pending.push({ value: child, step: isList ? Number(key) : key, parent: found });
    }
  }
}

function pathTo(found: Found): SpecPath {
  const path: (string | number)[] = [];
  for (let at: Found | undefined = found; at?.step !== undefined; at = at.parent) path.push(at.step);
  return path.reverse();
}
