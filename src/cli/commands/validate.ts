import { posix } from "node:path";
import type { Diagnostic } from "../../model/index.ts";
import type { ParsedSpec } from "../../spec/parse.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { jsonText } from "../json.ts";
import { printDiagnostics } from "../print.ts";
import { parseSpecFile, readSpecInput } from "../spec-file.ts";
import type { Validation } from "../views/validation.ts";
import { renderVerdict } from "../views/validation.ts";

export const validate: Command = {
  name: "validate",
  argument: "[SPEC]",
  summary: "check a spec: every mistake with its line and what to do about it",
  options: [],
  refused: { debug: "validate looks at no host" },
  about: `Checks a spec (./host.yaml when none is named): its syntax, its keys and values, what
contradicts, and the .deb files it names with their checksums. All mistakes are shown at
once, each with its line and what to do about it.

It asks nothing of any host, so it runs anywhere: in an editor, in a commit hook, in CI.
Whether a device or a kernel of the spec exists on a host is what hostcfg plan tells.`,
  exits: [
    [EXIT.ok, "the spec is valid (there may be warnings)"],
    [EXIT.error, "it is not, or it could not be read"],
  ],
  examples: [
    ["before a commit", "hostcfg validate host.yaml"],
    ["for a program: the same as one JSON document", "hostcfg validate host.yaml --json"],
  ],
  run,
};

/** Checks the spec and the package files that it names; asks nothing of any host. */
async function run(call: Call): Promise<number> {
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
