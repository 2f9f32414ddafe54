import { VERSION } from "../../src/cli/version.ts";
import { page, paragraphs, quoted, roff } from "./roff.ts";

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

const EXAMPLE = `apiVersion: hostcfg/v1
devices:
  host-gpu: { id: "1002:731f" }
  vm-gpu: { id: "10de:2206" }
kernelOptions:
  present: [iommu=pt]
vfio:
  devices: [vm-gpu]
iommuGroups:
  separate: [[host-gpu, vm-gpu]]`;

/** hostcfg-spec(5), from the schema that a spec is checked by. */
export function specPage(schema: Schema): string {
  return page([
    `.TH HOSTCFG\\-SPEC 5 "" ${quoted(`hostcfg ${VERSION}`)} "File Formats"`,
    ".SH NAME",
    "hostcfg\\-spec \\- what hostcfg brings a host to",
    ".SH DESCRIPTION",
    ...paragraphs(schema.description ?? ""),
    ...paragraphs(
      `The language is YAML 1.2. What could look like a number ("6.10", "10de:2206") is quoted text.`,
    ),
    ".SH KEYS",
    ...Object.keys(schema.properties ?? {}).flatMap((key) => keyLines(schema, schema, key, "")),
    ".SH EXAMPLE",
    ".EX",
    roff(EXAMPLE),
    ".EE",
    ".SH SEE ALSO",
    ".BR hostcfg (1)",
  ]);
}

/** A key with all that is below it; the path to it is written out, for a search to find it. */
function keyLines(whole: Schema, parent: Schema, key: string, path: string): readonly string[] {
  const own = parent.properties?.[key] ?? {};
  const below = resolved(whole, own);
  const at = `${path}${key}`;
  const required = parent.required?.includes(key) === true ? " Required." : "";
  const text = [own.description ?? below.description, allowed(below)].filter((part) => part !== undefined);
  return [".TP", `.B ${quoted(at)}`, roff(`${text.join(" ")}${required}`), ...belowLines(whole, below, at)];
}

function belowLines(whole: Schema, schema: Schema, at: string): readonly string[] {
  const keys = Object.keys(schema.properties ?? {});
  if (keys.length > 0) return keys.flatMap((key) => keyLines(whole, schema, key, `${at}.`));
  if (schema.oneOf !== undefined)
    return schema.oneOf.flatMap((one) => belowLines(whole, resolved(whole, one), at));
  if (schema.items !== undefined) return belowLines(whole, resolved(whole, schema.items), `${at}[]`);
  const named = schema.additionalProperties;
  return typeof named === "object" ? belowLines(whole, resolved(whole, named), `${at}.NAME`) : [];
}

function resolved(whole: Schema, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (whole.$defs?.[name] ?? schema);
}

function allowed(schema: Schema): string | undefined {
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  return values === undefined ? undefined : `Value: ${values.join(", ")}.`;
}
