import { textsLike } from "./document.ts";
import { entryAt } from "./language.ts";
import type { Finding } from "./problem.ts";
import { shownPath, yamlQuoted } from "./shown.ts";
import type { BareAt } from "./wrong-type.ts";

/** Booleans of YAML 1.1 that are text in YAML 1.2 (yaml.org/type/bool.html). */
const BOOLEANS_OF_YAML_1_1 = /^(on|off|yes|no)$/iu;

/**
 * Bare `on` and the like where text is wanted. This reader would take them as text, but an editor, Ansible or
 * anything else that reads YAML 1.1 takes them as booleans: a spec means one thing to all readers.
 */
export function* bareWords(document: unknown, bareAt: BareAt): Generator<Finding> {
  for (const { path, value, at } of textsLike(document, BOOLEANS_OF_YAML_1_1)) {
    if (at === "key" || bareAt(path) === undefined || entryAt(path)?.type !== "string") continue;
    yield {
      code: "unquoted-scalar",
      summary: `${shownPath(path)} must be text, but many YAML readers take ${value} as a boolean`,
      hint: `quote it: ${yamlQuoted(value)}`,
      path,
      at: "value",
    };
  }
}
