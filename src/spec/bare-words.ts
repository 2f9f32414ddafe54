import { textsLike } from "./document.ts";
import { entryAt } from "./language.ts";
import type { Finding } from "./problem.ts";
import { shownPath, yamlQuoted } from "./shown.ts";
import type { BareAt } from "./wrong-type.ts";

/** Text of YAML 1.2 that readers of YAML 1.1 take for something else (yaml.org/type/bool.html, int.html). */
const MISREAD = [
  { pattern: /^(on|off|yes|no)$/iu, as: "a boolean" },
  // Ids and addresses: `1002:7310` is a number to base 60 there. Whether one is depends on its digits, which nobody
  // should have to know, so all of them are quoted.
  { pattern: /^[0-9a-f]{2,4}(:[0-9a-f]{2,4})+(\.[0-7])?$/iu, as: "a number when its digits allow it" },
];

/**
 * Bare words where text is wanted that mean something else to other readers. This reader would take them as text,
 * but an editor, Ansible or anything else that reads YAML 1.1 does not: a spec means one thing to all readers.
 */
export function* bareWords(document: unknown, bareAt: BareAt): Generator<Finding> {
  const any = new RegExp(MISREAD.map(({ pattern }) => pattern.source).join("|"), "iu");
  for (const { path, value, at } of textsLike(document, any)) {
    if (at === "key" || bareAt(path) === undefined || entryAt(path)?.type !== "string") continue;
    const as = MISREAD.find(({ pattern }) => pattern.test(value))?.as ?? "something else";
    yield {
      code: "unquoted-scalar",
      summary: `${shownPath(path)} must be text, but many YAML readers take ${value} as ${as}`,
      hint: `quote it: ${yamlQuoted(value)}`,
      path,
      at: "value",
    };
  }
}
