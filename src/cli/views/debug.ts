import type { Asked } from "../../host/recorder.ts";
import type { BootLoaderFacts, BootLoaderName } from "../../model/index.ts";
import { shellWords } from "../shell-words.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { counted } from "./diagnostics.ts";
import { factText } from "./fact.ts";

/** What the last look at the host has found. */
export interface ChosenLoader extends Pick<BootLoaderFacts, "detected" | "evidence"> {
  /** By the spec. */
  readonly declared: BootLoaderName | undefined;
}

const CONTENT = ["text", "base64", "head", "digest", "searches", "members"] as const;

/** What a command has asked of the host: a line for each path and each run of a program, and the boot loader. */
export function renderDebug(asked: readonly Asked[], loader: ChosenLoader | undefined, style: Style): string {
  const paths = asked.filter(({ subject }) => typeof subject === "string").length;
  const total = asked.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const amount = `${counted(paths, "path")}, ${counted(asked.length - paths, "program")}, ${total.toFixed(1)} ms`;
  return written(
    [
      style.bold(text`Asked of the host: ${amount}`),
      ...asked.map(askedLine),
      ...(loader === undefined ? [] : loaderLines(loader, style)),
    ],
    style,
  );
}

function askedLine(asked: Asked): TerminalText {
  const time = `${asked.milliseconds.toFixed(1)} ms`.padStart(11);
  return text`${time}  ${outcomeOf(asked).padEnd(9)}  ${nameOf(asked)}`;
}

function outcomeOf({ error, path, answer }: Asked): string {
  if (answer !== undefined) return answer.ran ? `exit ${answer.exitCode}` : "not run";
  if (error !== undefined) return error;
  if (path?.kind === "absent") return "not there";
  if (path?.entries !== undefined) return "listed";
  return CONTENT.some((part) => path?.[part] !== undefined) ? "read" : "there";
}

function nameOf({ subject, path, answer }: Asked): string {
  if (typeof subject === "string")
    return path?.target === undefined ? subject : `${subject} -> ${path.target}`;
  return answer?.ran === false ? `${shellWords(subject)}: ${answer.why}` : shellWords(subject);
}

function loaderLines({ declared, detected, evidence }: ChosenLoader, style: Style): readonly TerminalText[] {
  const found = [
    text`Boot loader found: ${factText(detected, style)}`,
    ...evidence.map((clause) => text`  ${clause}`),
  ];
  return declared === undefined ? found : [text`Boot loader of the spec: ${declared}`, ...found];
}
