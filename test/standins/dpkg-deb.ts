import { readDeb } from "../support/deb.ts";
import { parseStanzas } from "./package-database.ts";
import type { Program } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";

/** dpkg-deb(1), only `--field FILE NAME NAME…`: the named fields that are there, in the order of the names. */
export const dpkgDeb: Program = (args, { root }) => {
  const [option, file, ...names] = args;
  // With one name the real one prints the value alone.
  if (option !== "--field" || file === undefined || names.length < 2) throw untaught("dpkg-deb", args);
  if (!root.exists(file)) {
    return failed(2, `dpkg-deb: error: failed to read archive '${file}': No such file or directory\n`);
  }
  const [control] = parseStanzas(readDeb(root.read(file)).control);
  const lines = names.flatMap((name) => {
    const value = control?.get(name);
    return value === undefined ? [] : [`${name}: ${value}\n`];
  });
  return succeeded(lines.join(""));
};
