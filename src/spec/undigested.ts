import type { Diagnostic, Fact, SpecPath } from "../model/index.ts";
import { isString, itemsAt, valueAt } from "./document.ts";

/** A package file of a spec whose sha256 is missing, or is none. */
export interface Undigested {
  /** Its entry. */
  readonly path: SpecPath;
  /** As the spec writes it. */
  readonly file: string;
}

export function undigestedIn(document: unknown): readonly Undigested[] {
  return itemsAt(document, ["kernel", "packages"]).flatMap(({ path, value }) => {
    const file = { path, value: valueAt(value, ["file"]) };
    const digest = valueAt(value, ["sha256"]);
    const isDigest = typeof digest === "string" && /^[0-9a-f]{64}$/.test(digest);
    return isString(file) && !isDigest ? [{ path, file: file.value }] : [];
  });
}

/**
 * What is wrong with these, answered with the digest to paste. Nobody but the person can say whether the file that is there
 * is the one that is meant, so the spec stays wrong until it is pasted.
 *
 * @param digestOf Of a file as the spec writes it.
 */
export function withDigests(
  diagnostics: readonly Diagnostic[],
  undigested: readonly Undigested[],
  digestOf: (file: string) => Fact<string>,
): readonly Diagnostic[] {
  return diagnostics.map((diagnostic) => {
    const one = undigested.find(({ path }) => isAbout(diagnostic, path));
    const digest = one === undefined ? undefined : digestOf(one.file);
    if (one === undefined || digest?.known !== true) return diagnostic;
    const hint = `where ${one.file} is the file that you mean, as it is now, paste:\nsha256: ${digest.value}`;
    return { ...diagnostic, hint };
  });
}

function isAbout({ code, specPath }: Diagnostic, path: SpecPath): boolean {
  const at = JSON.stringify(specPath);
  if (at === JSON.stringify([...path, "sha256"])) return true;
  return code === "missing-key" && at === JSON.stringify(path);
}
