import type { Diagnostic } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { block } from "./block.ts";
import { sourceLines } from "./source-line.ts";

/** All of them, an empty line between two; the first line of each is `file:line:column: severity[code]: summary`. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], style: Style): string {
  return written(diagnosticLines(diagnostics, style), style);
}

/** @param brief A warning only names its place in the spec; an error always shows the line. */
export function diagnosticLines(
  diagnostics: readonly Diagnostic[],
  style: Style,
  brief = false,
): readonly TerminalText[] {
  return diagnostics.flatMap((diagnostic, at) => [
    ...(at === 0 ? [] : [text``]),
    ...oneDiagnostic(diagnostic, style, brief),
  ]);
}

function oneDiagnostic(diagnostic: Diagnostic, style: Style, brief: boolean): readonly TerminalText[] {
  const { severity, code, summary, detail, hint, source, address } = diagnostic;
  const paint = severity === "error" ? style.red : style.yellow;
  const kind = paint(style.bold(text`${severity}[${code}]`));
  const place = source === undefined ? text`` : text`${source.file}:${source.line}:${source.column}: `;
  return [
    text`${place}${kind}: ${summary}`.wrapped(2),
    ...(source === undefined || (brief && severity === "warning") ? [] : sourceLines(source, paint)),
    ...(source === undefined && address !== undefined ? [text`  at ${address}`] : []),
    ...(detail === undefined ? [] : block("  ", detail)),
    ...(hint === undefined ? [] : block("  hint: ", hint)),
  ];
}

/** e.g. `2 errors, 1 warning`; `no errors` when there is nothing. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const parts = [
    ...(errors === 0 ? [] : [counted(errors, "error")]),
    ...(warnings === 0 ? [] : [counted(warnings, "warning")]),
  ];
  return parts.length === 0 ? "no errors" : parts.join(", ");
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
