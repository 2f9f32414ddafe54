import type { Stanza } from "./package-database.ts";
import { readDatabase, statusOf } from "./package-database.ts";
import type { Program } from "./program.ts";
import { succeeded, untaught } from "./program.ts";

const FORMAT = "--showformat=";

/** dpkg-query(1), only `--show --showformat=FORMAT` without a pattern: all but purged packages, by name. */
export const dpkgQuery: Program = (args, { root }) => {
  const [show, format, ...rest] = args;
  if (show !== "--show" || format?.startsWith(FORMAT) !== true || rest.length > 0) {
    throw untaught("dpkg-query", args);
  }
  const lines = readDatabase(root)
    .filter((stanza) => statusOf(stanza)[2] !== "not-installed")
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map((stanza) => formatted(format.slice(FORMAT.length), stanza));
  return succeeded(lines.join(""));
};

function formatted(format: string, stanza: Stanza): string {
  const [want, flag, state] = statusOf(stanza);
  const virtual: Record<string, string> = {
    "db:Status-Want": want,
    "db:Status-Status": state,
    "db:Status-Eflag": flag,
  };
  return format
    .replaceAll("\\t", "\t")
    .replaceAll("\\n", "\n")
    .replace(/\$\{([^}]+)\}/g, (_, field: string) => virtual[field] ?? stanza.get(field) ?? "");
}

function nameOf(stanza: Stanza): string {
  return stanza.get("Package") ?? "";
}
