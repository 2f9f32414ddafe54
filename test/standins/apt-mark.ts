import { readDatabase, statusOf, writeDatabase } from "./package-database.ts";
import type { Program } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";

const MESSAGES = {
  hold: { now: "NAME set on hold.", already: "NAME was already set on hold." },
  unhold: { now: "Canceled hold on NAME.", already: "NAME was already not on hold." },
} as const;

/** apt-mark(8), only `hold` and `unhold`: they change dpkg's selection of the named packages. */
export const aptMark: Program = (args, { root }) => {
  const [command, ...names] = args;
  if ((command !== "hold" && command !== "unhold") || names.length === 0) throw untaught("apt-mark", args);
  const database = readDatabase(root);
  const lines: string[] = [];
  for (const name of names) {
    const stanza = database.find((candidate) => candidate.get("Package") === name);
    if (stanza === undefined)
      return failed(100, `E: Unable to locate package ${name}\nE: No packages found\n`);
    const [want, flag, state] = statusOf(stanza);
    const wanted = command === "hold" ? "hold" : "install";
    lines.push(`${MESSAGES[command][want === wanted ? "already" : "now"].replace("NAME", name)}\n`);
    stanza.set("Status", `${wanted} ${flag} ${state}`);
  }
  writeDatabase(root, database);
  return succeeded(lines.join(""));
};
