import type { TextFile, WriteFileStep } from "../model/index.ts";
import { sha256Of } from "../sha256.ts";
import type { DraftStep } from "./loader.ts";

interface Write {
  readonly stage: DraftStep["stage"];
  readonly title: string;
  readonly serves: readonly string[];
  readonly path: string;
  readonly content: string;
  readonly mode?: number;
}

/** The step that replaces a text file as a whole, or makes it where `present` is undefined. */
export function writeText(write: Write, present: TextFile | undefined): DraftStep {
  const at =
    present?.at === undefined
      ? {}
      : { at: present.at, title: `${write.title} (${write.path} is a link to ${present.at})` };
  return { kind: "writeFile", ...write, ...at, ...expected(present) };
}

/** The step that removes a text file of hostcfg's own. */
export function removeText(step: Omit<Write, "content" | "mode">, present: TextFile): DraftStep {
  return { kind: "remove", ...step, ...expected(present) };
}

/** What must stand there before: this text file, or nothing. */
export function expected(file: TextFile | undefined): Pick<WriteFileStep, "before" | "expect"> {
  if (file === undefined) return { expect: { kind: "absent" } };
  const { text, mode, uid, gid } = file;
  const sha256 = sha256Of(text);
  return { before: text, expect: { kind: "file", sha256, mode, uid, gid } };
}
