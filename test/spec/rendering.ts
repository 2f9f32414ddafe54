import type { Diagnostic, SourceRange } from "../../src/model/index.ts";

/** One block per diagnostic: severity, code and place, the source with what is marked, what, what to do. */
export function rendered(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(block).join("\n");
}

function block({ severity, code, source, summary, hint }: Diagnostic): string {
  const lines = [`${severity} ${code} ${source === undefined ? "nowhere" : placeOf(source)}`];
  if (source !== undefined) lines.push(`  | ${marked(source)}`);
  lines.push(summary);
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines.map((line) => `${line}\n`).join("");
}

/** With the name of the file where it is an included one. */
function placeOf({ file, line, column, endLine, endColumn }: SourceRange): string {
  return `${file.includes("/") ? `${file}:` : ""}${line}:${column}-${endLine}:${endColumn}`;
}

function marked({ text, line, column, endLine, endColumn }: SourceRange): string {
  const end = endLine === line ? endColumn - 1 : text.length;
  return `${text.slice(0, column - 1)}»${text.slice(column - 1, end)}«${text.slice(end)}`;
}
