import { parseJson } from "../facts/json.ts";
import type { InputFile } from "./input-file.ts";
import { PAGE_BEGINS } from "./report-page/begins.ts";
import { shellWords } from "./shell-words.ts";

/** What a file holds, as far as its beginning or its keys tell. */
export type FileKind =
  /** Anything that is none of the others: what is wrong with it, the reader of specs tells. */
  | "spec"
  | "plan"
  | "capture"
  /** The device lock beside a spec. */
  | "lock"
  /** A page of hostcfg report. */
  | "report"
  /** Named or begun like JSON, and none: a plan or a capture that was cut off, for example. */
  | "broken";

/** A spec may be written as JSON too, so the content decides; the name only where the content is no JSON at all. */
export function fileKind({ path, bytes }: InputFile): FileKind {
  const text = new TextDecoder().decode(bytes).trimStart();
  if (text.startsWith(PAGE_BEGINS)) return "report";
  const noJson = path.endsWith(".json") ? "broken" : "spec";
  if (!text.startsWith("{")) return noJson;
  try {
    return kindOfDocument(parseJson(text));
  } catch {
    return noJson;
  }
}

function kindOfDocument(document: unknown): FileKind {
  if (typeof document !== "object" || document === null || !("formatVersion" in document)) return "spec";
  if ("takenAt" in document || "paths" in document) return "capture";
  return "devices" in document && !("spec" in document) ? "lock" : "plan";
}

/** As in "x is ...". */
export function whatItIs(file: InputFile): string {
  switch (fileKind(file)) {
    case "plan":
      return "a saved plan";
    case "capture":
      return "a capture";
    case "lock":
      return "a device lock";
    case "report":
      return "a page of hostcfg report";
    case "broken":
      return "no JSON, perhaps cut off";
    case "spec":
      return looksLikeSpec(file) ? "a spec" : "no JSON that hostcfg wrote";
  }
}

/** The command line that such a file belongs in; none for one that belongs nowhere. */
export function whereItGoes(file: InputFile): string | undefined {
  const name = shellWords([file.path]);
  switch (fileKind(file)) {
    case "plan":
      return `to carry it out: hostcfg apply ${name}`;
    case "capture":
      return `did you mean: hostcfg plan SPEC --capture ${name}`;
    case "lock":
      return "name the spec beside it: hostcfg reads and writes the lock by itself";
    case "report":
      return "open it in a browser";
    case "broken":
      return undefined;
    case "spec":
      return looksLikeSpec(file) ? `a spec is named without an option: hostcfg plan ${name}` : undefined;
  }
}

function looksLikeSpec({ bytes }: InputFile): boolean {
  return /^[\s{]*["']?apiVersion["']?\s*:/mu.test(new TextDecoder().decode(bytes));
}
