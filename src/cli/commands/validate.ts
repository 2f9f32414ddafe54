import { posix } from "node:path";
import type { Diagnostic } from "../../model/index.ts";
import type { ParsedSpec } from "../../spec/parse.ts";
import type { Call } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { jsonText } from "../json.ts";
import { printDiagnostics } from "../print.ts";
import { parseSpecFile, readSpecInput } from "../spec-file.ts";
import type { Validation } from "../views/validation.ts";
import { renderVerdict } from "../views/validation.ts";

/** Checks the spec and the package files that it names; asks nothing of any host. */
export async function run(call: Call): Promise<number> {
  const { io, options } = call;
  const parsed = await parseSpecFile(call, readSpecInput(call));
  const diagnostics = [...parsed.diagnostics, ...(await checkPackages(call, parsed))];
  const valid = !diagnostics.some(({ severity }) => severity === "error");
  const { path, sha256 } = parsed;
  const validation: Validation = { formatVersion: "1.0", valid, spec: { path, sha256 }, diagnostics };

  if (options.json) {
    io.stdout(jsonText(validation));
  } else {
    printDiagnostics(call, diagnostics);
    if (valid) io.stdout(renderVerdict(validation, call.style));
    else io.stderr(renderVerdict(validation, call.stderrStyle));
  }
  return valid ? EXIT.ok : EXIT.error;
}

async function checkPackages({ io, engine }: Call, parsed: ParsedSpec): Promise<readonly Diagnostic[]> {
  const { spec, path, locate } = parsed;
  if (spec === undefined) return [];
  const debs = await engine.probeDebs(io.workspace, spec, posix.resolve(io.cwd, path));
  const found = await engine.checkDebs(spec, debs);
  return found.map((diagnostic) => {
    const source = diagnostic.specPath === undefined ? undefined : locate(diagnostic.specPath);
    return source === undefined || diagnostic.source !== undefined ? diagnostic : { ...diagnostic, source };
  });
}
