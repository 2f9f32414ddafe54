import { VERSION } from "../../src/cli/version.ts";
import type { Schema } from "./spec-keys.ts";
import { specKeys } from "./spec-keys.ts";
import { page, paragraphs, quoted, roff } from "./roff.ts";

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
    ...specKeys(schema).flatMap(({ at, text }) => [".TP", `.B ${quoted(at)}`, roff(text)]),
    ".SH EXAMPLE",
    ".EX",
    roff(EXAMPLE),
    ".EE",
    ".SH SEE ALSO",
    ".BR hostcfg (1)",
  ]);
}
