import { textsLike } from "./document.ts";
import { entryAt } from "./language.ts";
import type { Finding } from "./problem.ts";
import { shownPath, yamlQuoted } from "./shown.ts";
import type { BareAt } from "./wrong-type.ts";

/** Text of YAML 1.2 that readers of YAML 1.1 take for something else (yaml.org/type/bool.html, int.html). */
const MISREAD = [
  { pattern: /^(on|off|yes|no)$/iu, why: "many YAML readers take it as a boolean" },
  // Ids and addresses: `1002:7310` is a number to base 60 there. Whether one is depends on its digits, which nobody
  // should have to know, so all of them are quoted.
  {
    pattern: /^[0-9a-f]{2,4}(:[0-9a-f]{2,4})+(\.[0-7])?$/iu,
    why: "without them, some ids (10:20) are read as numbers",
  },
];

/**
 * Bare words where text is wanted that mean something else to other readers. This reader would take them as text,
 * but an editor, Ansible or anything else that reads YAML 1.1 does not: a spec means one thing to all readers.
 */
export function* bareWords(document: unknown, bareAt: BareAt): Generator<Finding> {
  const any = new RegExp(MISREAD.map(({ pattern }) => pattern.source).join("|"), "iu");
  for (const { path, value, at } of textsLike(document, any)) {
    if (at === "key" || bareAt(path) === undefined || entryAt(path)?.type !== "string") continue;
    const why = MISREAD.find(({ pattern }) => pattern.test(value))?.why ?? "";
    yield {
      code: "unquoted-scalar",
      summary: `${shownPath(path)} needs quotes: ${why}`,
      hint: `write ${yamlQuoted(value)}`,
      path,
      at: "value",
    };
  }
}
