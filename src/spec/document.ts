import type { SpecPath } from "../model.ts";

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

/** Every text in the document, keys included. */
export function* textsOf(document: unknown): Generator<Placed<string> & { readonly at: "key" | "value" }> {
  // A list of what is left to see instead of recursion: a document from JSON may be nested at will.
  const pending: Placed<unknown>[] = [{ path: [], value: document }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (isString(next)) yield { ...next, at: "value" };
    const entries = entriesAt(next.value, []);
    for (const { path } of entries)
      yield { path: [...next.path, ...path], value: String(path[0]), at: "key" };
    for (const { path, value } of [...entries, ...itemsAt(next.value, [])]) {
      pending.push({ path: [...next.path, ...path], value });
    }
  }
}
