import type { OsRelease } from "../model/index.ts";

/**
 * Reads os-release(5). The file is made of shell assignments, but it is parsed and never run: a `$` is a
 * character. An assignment whose quotes do not match is left out; of several to one name the last counts. ID
 * and NAME have the defaults that the page gives.
 */
export function parseOsRelease(text: string): OsRelease {
  const values = osReleaseValues(text);
  const versionId = nonEmpty(values.get("VERSION_ID"));
  const prettyName = nonEmpty(values.get("PRETTY_NAME"));
  return {
    id: nonEmpty(values.get("ID")) ?? "linux",
    name: nonEmpty(values.get("NAME")) ?? "Linux",
    versionId,
    prettyName,
  };
}

/** All assignments. */
export function osReleaseValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, written] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(line) ?? [];
    const value = written === undefined ? undefined : unquote(written.trim());
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return values;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function unquote(written: string): string | undefined {
  if (written.startsWith("'")) return /^'([^']*)'$/.exec(written)?.[1];
  // Between double quotes the shell keeps a backslash before any character but these.
  if (written.startsWith('"'))
    return /^"((?:[^"\\]|\\.)*)"$/s.exec(written)?.[1]?.replace(/\\([$"\\`])/g, "$1");
  return written.replace(/\\(.)/gs, "$1");
}
