import type { Plan, Step } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

/** How many of which kind, the programs by what they are run for, and what an undo leaves. */
export function stepsSummary({ steps, undoes }: Plan, style: Style): readonly TerminalText[] {
  if (steps.length === 0) return [];
  const kinds = ["files", "copies", "links", "removals", "programs"] as const;
  const counts = kinds
    .map((kind) => ({ kind, count: steps.filter((step) => KIND_OF[step.kind] === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${count === 1 ? SINGLE[kind] : kind}`);
  const installs = steps.some((step) => step.kind === "exec" && step.action.does === "install");
  return [
    text`${style.bold("Steps")}  ${counts.join(", ")} ${style.dim("(--details shows each)")}`,
    ...steps.flatMap((step) =>
      step.kind === "exec" ? [text`  ${String(step.id).padStart(2)}. ${step.title}`] : [],
    ),
    ...(installs && undoes === undefined
      ? [text`  hostcfg undo leaves packages installed unless --packages is given.`]
      : []),
  ].map((line) => line.wrapped("  12. ".length));
}

type Kind = "files" | "copies" | "links" | "removals" | "programs";

const SINGLE: Readonly<Record<Kind, string>> = {
  files: "file",
  copies: "copy",
  links: "link",
  removals: "removal",
  programs: "program",
};

const KIND_OF: Readonly<Record<Step["kind"], Kind>> = {
  writeFile: "files",
  restore: "files",
  symlink: "links",
  copyFile: "copies",
  remove: "removals",
  exec: "programs",
};
