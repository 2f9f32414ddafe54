import type { Diagnostic } from "../model/index.ts";
import type { Call } from "./command.ts";
import { jsonText } from "./json.ts";
import { renderDiagnostics } from "./views/diagnostics.ts";

/** The result on stdout: the document itself with `--json`, else its view. */
export async function printResult(
  { io, options }: Call,
  document: object,
  view: () => string | Promise<string>,
): Promise<void> {
  io.stdout(options.json ? jsonText(document) : await view());
}

/** On stderr, for people; with `--json` they stand in the document. */
export function printDiagnostics(call: Call, diagnostics: readonly Diagnostic[]): void {
  if (call.options.json || diagnostics.length === 0) return;
  call.io.stderr(`${renderDiagnostics(diagnostics, call.stderrStyle)}\n`);
}
