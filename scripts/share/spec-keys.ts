/** A key of the spec: its path, written out for a search to find it, and what it means. */
export interface SpecKey {
  readonly at: string;
  readonly text: string;
}

/** As much of JSON Schema as schemas/host-v1.json uses. */
export interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Each key of the spec, in the order of the schema, with all that is below it. */
export function specKeys(schema: Schema): readonly SpecKey[] {
  return Object.keys(schema.properties ?? {}).flatMap((key) => keysAt(schema, schema, key, ""));
}

function keysAt(whole: Schema, parent: Schema, key: string, path: string): readonly SpecKey[] {
  const own = parent.properties?.[key] ?? {};
  const below = resolved(whole, own);
  const at = `${path}${key}`;
  const required = parent.required?.includes(key) === true ? " Required." : "";
  const text = [own.description ?? below.description, allowed(below)].filter((part) => part !== undefined);
  return [{ at, text: `${text.join(" ")}${required}` }, ...keysBelow(whole, below, at)];
}

function keysBelow(whole: Schema, schema: Schema, at: string): readonly SpecKey[] {
  const keys = Object.keys(schema.properties ?? {});
  if (keys.length > 0) return keys.flatMap((key) => keysAt(whole, schema, key, `${at}.`));
  if (schema.oneOf !== undefined)
    return schema.oneOf.flatMap((one) => keysBelow(whole, resolved(whole, one), at));
  if (schema.items !== undefined) return keysBelow(whole, resolved(whole, schema.items), `${at}[]`);
  const named = schema.additionalProperties;
  return typeof named === "object" ? keysBelow(whole, resolved(whole, named), `${at}.NAME`) : [];
}

function resolved(whole: Schema, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (whole.$defs?.[name] ?? schema);
}

function allowed(schema: Schema): string | undefined {
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  return values === undefined ? undefined : `Value: ${values.join(", ")}.`;
}
