import { posix } from "node:path";
import type { Change } from "../../model/index.ts";
import type { HistoryEntry, StepState } from "../../journal/record.ts";
import { JOURNALS } from "../../facts/state-folder.ts";
import type { PreImages } from "../../journal/pre-images.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import type { AppliedDocument } from "./history.ts";
import { appliedDocument, resultText } from "./history.ts";
import { changesLines } from "./changes.ts";

/** What `show --json` prints. */
export interface RecordDocument {
  readonly formatVersion: "1.0";
  readonly apply: AppliedDocument;
  readonly changes: readonly Change[];
  readonly steps: readonly {
    readonly id: number;
    readonly title: string;
    readonly state: StepState;
    /** Of a command that was begun. */
    readonly log?: string;
  }[];
  /** What stood at each path before; the contents stay in the journal. */
  readonly before: readonly {
    readonly path: string;
    readonly kind: "absent" | "symlink" | "file" | "large-file";
    readonly target?: string;
    readonly size?: number;
    readonly mode?: number;
    readonly uid?: number;
    readonly gid?: number;
  }[];
}

export function recordDocument(entry: HistoryEntry, { images, damage }: PreImages): RecordDocument {
  const { id, plan, steps } = entry;
  return {
    formatVersion: "1.0",
    apply: appliedDocument({ ...entry, damage: [...entry.damage, ...damage] }),
    changes: plan?.changes ?? [],
    steps: (plan?.steps ?? []).map((step) => {
      const state = steps[step.id] ?? "not-begun";
      const name = `step-${String(step.id).padStart(2, "0")}.log`;
      const log =
        step.kind === "exec" && state !== "not-begun" ? { log: posix.join(JOURNALS, id, name) } : {};
      return { id: step.id, title: step.title, state, ...log };
    }),
    before: images.map((image) => {
      const { path, kind } = image;
      if (kind === "absent") return { path, kind };
      if (kind === "symlink") return { path, kind, target: image.target };
      const { mode, uid, gid } = image;
      const size = kind === "file" ? Buffer.from(image.base64, "base64").length : image.size;
      return { path, kind, size, mode, uid, gid };
    }),
  };
}

/** @param root Where the root of the host lies on this machine. */
export function renderRecord(document: RecordDocument, style: Style, root = "/"): string {
  const { apply, changes, steps, before } = document;
  const sections: (readonly TerminalText[])[] = [
    headerLines(apply, style, root),
    changesLines(changes, [], style),
    steps.length === 0 ? [] : [style.bold("Steps"), ...steps.flatMap((step) => stepLines(step, style, root))],
    before.length === 0 ? [] : [style.bold("Before"), ...before.map(beforeLine)],
  ];
  return written(
    sections
      .filter((lines) => lines.length > 0)
      .flatMap((lines, at) => (at === 0 ? lines : [text``, ...lines])),
    style,
  );
}

function headerLines(apply: AppliedDocument, style: Style, root: string): readonly TerminalText[] {
  const { id, kind, at = "at an unknown time", by = "unknown", spec, why, damage } = apply;
  return [
    text`${kind === "apply" ? "Apply" : "Undo "}    ${style.bold(id)}`,
    text`When     ${at}`,
    text`Who      ${by}`,
    text`Result   ${resultText(apply, style)}`,
    ...(why === undefined ? [] : [text`         ${why}`.wrapped("         ".length)]),
    ...(spec === undefined ? [] : [text`Spec     ${spec.path} ${style.dim(text`(sha256 ${spec.sha256})`)}`]),
    ...(spec?.include === undefined
      ? []
      : [text`Include  ${spec.include.path} ${style.dim(text`(sha256 ${spec.include.sha256})`)}`]),
    text`Journal  ${posix.join(root, JOURNALS, id)}`,
    ...damage.map((what) => text`${style.red("damaged")}: ${what}`.wrapped(2)),
  ];
}

function stepLines(
  { id, title, state, log }: RecordDocument["steps"][number],
  style: Style,
  root: string,
): readonly TerminalText[] {
  const words = {
    done: style.green("done     "),
    failed: style.red("failed   "),
    begun: style.yellow("begun    "),
    "not-begun": style.dim("not begun"),
  } as const;
  return [
    text`${String(id).padStart(3)}. ${words[state]}  ${title}`,
    ...(log === undefined ? [] : [text`     log: ${posix.join(root, log)}`]),
  ];
}

function beforeLine(one: RecordDocument["before"][number]): TerminalText {
  const { path, kind, target = "", size = 0, mode = 0, uid = 0, gid = 0 } = one;
  if (kind === "absent") return text`  ${path}: nothing`;
  if (kind === "symlink") return text`  ${path}: a link to ${target}`;
  const kept = kind === "file" ? "" : ", only its digest is kept";
  const bits = mode.toString(8).padStart(4, "0");
  return text`  ${path}: ${size} bytes, mode ${bits}, owner ${uid}:${gid}${kept}`;
}
