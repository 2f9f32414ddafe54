import schema from "../../schemas/host-v1.json" with { type: "json" };
import type { SpecPath } from "../model/index.ts";
import { isMapping, valueAt } from "./document.ts";
import type { Mapping } from "./document.ts";

/**
 * What the schema says about a place in a spec, for hints: the words in it are the ones that an editor shows,
 * so they are written once.
 */
export interface Entry {
  readonly description?: string | undefined;
  /** Of the keys, where the schema describes those. */
  readonly keyDescription?: string | undefined;
  /** JSON Schema type, e.g. `string`. */
  readonly type?: string | undefined;
  /** The keys that the language has there; none for a mapping with free keys. */
  readonly keys: readonly string[];
}

/** `undefined` where the language has nothing. */
export function entryAt(path: SpecPath): Entry | undefined {
  const nodes = nodesAt(path);
  const [first] = nodes;
  if (first === undefined) return undefined;
  const description = textAt(first, ["description"]);
  const keyDescription = textAt(first, ["propertyNames", "description"]);
  const type = textAt(first, ["type"]);
  return {
    description,
    keyDescription,
    type,
    keys: [...new Set(nodes.flatMap((node) => keysOf(valueAt(node, ["properties"]))))],
  };
}

/** The top-level keys whose mappings have a key of that name. */
export function sectionsWith(key: string): readonly string[] {
  return keysOf(schema.properties).filter((section) => entryAt([section])?.keys.includes(key));
}

/** All alternatives that may stand at `path`. */
function nodesAt(path: SpecPath): readonly Mapping[] {
  let nodes = resolve(schema);
  for (const step of path) {
    nodes = nodes
      .flatMap((node) =>
        typeof step === "number"
          ? [valueAt(node, ["items"])]
          : [valueAt(node, ["properties", step]) ?? valueAt(node, ["additionalProperties"])],
      )
      .flatMap(resolve);
  }
  return nodes;
}

/** Follows `$ref`; a `oneOf` gives itself, for its description, and its alternatives. */
function resolve(node: unknown): readonly Mapping[] {
  if (!isMapping(node)) return [];
  const target = textAt(node, ["$ref"]);
  if (target !== undefined) return resolve(valueAt(schema, target.split("/").slice(1)));
  const alternatives = valueAt(node, ["oneOf"]);
  return Array.isArray(alternatives) ? [node, ...alternatives.flatMap(resolve)] : [node];
}

function textAt(node: unknown, path: SpecPath): string | undefined {
  const value = valueAt(node, path);
  return typeof value === "string" ? value : undefined;
}

function keysOf(value: unknown): readonly string[] {
  return isMapping(value) ? Object.keys(value) : [];
}
