import { posix } from "node:path";
import type { Diagnostic } from "../../model/index.ts";
import { filesOf } from "../../spec/include.ts";
import type { ParsedSpec } from "../../spec/parse.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { failureDocument } from "../failure-document.ts";
import { Failure } from "../failure.ts";
import type { InputFile } from "../input-file.ts";
import { readInput } from "../input-file.ts";
import { jsonText } from "../json.ts";
import { printDiagnostics } from "../print.ts";
import { parseSpecFile, readSpecInput } from "../spec-file.ts";
import { renderFailure } from "../views/failure.ts";
import type { Validation, ValidatedSpec } from "../views/validation.ts";
import { renderVerdict } from "../views/validation.ts";

export const validate: Command = {
  name: "validate",
  argument: "[SPEC]...",
  summary: "check specs: every mistake with its line and what to do about it",
  options: ["no-files"],
  refused: { debug: "validate looks at no host" },
  about: `Checks specs (./host.yaml when none is named; - is standard input): their syntax, their keys
and values, what contradicts, the file that a spec includes, and the .deb files it names with
their checksums. All mistakes are shown at once, each with its file and line and what to do
about it. With --no-files the .deb files are not looked at, where they are on another machine.

It asks nothing of any host, so it runs anywhere: in an editor, in a commit hook, in CI.
Whether a device or a kernel of the spec exists on a host is what hostcfg plan tells.`,
  exits: [
    [EXIT.ok, "each spec is valid (there may be warnings)"],
    [EXIT.error, "one of them is not, or could not be read"],
  ],
  examples: [
    ["before a commit", "hostcfg validate host.yaml"],
    ["the specs of all hosts, where their packages are not", "hostcfg validate --no-files hosts/*.yaml"],
    ["for a program: the same as one JSON document", "hostcfg validate host.yaml --json"],
  ],
  run,
};

/** Checks specs and the package files that they name; asks nothing of any host. */
async function run(call: Call): Promise<number> {
  const { io, options, operands } = call;
  const several = operands.length > 1;
  const specs: ValidatedSpec[] = [];
  const shown = new Set<string>();
  for (const name of operands.length === 0 ? [undefined] : operands) {
    const one = await validated(call, name).catch((error: unknown) => {
      // What cannot be read is told among the others; alone it is why there is no answer.
      if (!several || name === undefined) throw error;
      return unread(name, error);
    });
    specs.push(one);
    if (!options.json) print(call, one, shown);
  }
  const valid = specs.every((one) => one.valid);
  if (options.json) io.stdout(jsonText(documentOf(valid, specs)));
  return valid ? EXIT.ok : EXIT.error;
}

async function validated(call: Call, name: string | undefined): Promise<ValidatedSpec> {
  const parsed = await parseSpecFile(call, await inputOf(call, name));
  const packages = call.options.noFiles ? [] : await checkPackages(call, parsed);
  const diagnostics = [...parsed.diagnostics, ...packages];
  const valid = !diagnostics.some(({ severity }) => severity === "error");
  return { valid, spec: filesOf(parsed), diagnostics };
}

async function inputOf(call: Call, name: string | undefined): Promise<InputFile> {
  const { io } = call;
  if (name === undefined) return readSpecInput(call);
  if (name !== "-") return readInput(io, name, "the spec");
  if (io.stdinIsTerminal)
    throw new Failure("not-a-file", "- is standard input, and that is a terminal", {
      hint: "put a spec into it: hostcfg validate - < host.yaml",
    });
  return { path: name, bytes: await io.readStdin() };
}

function unread(path: string, error: unknown): ValidatedSpec {
  const { error: why, diagnostics } = failureDocument(error);
  return { valid: false, spec: { path }, diagnostics, error: why };
}

/** @param shown What was said already: thirty hosts with one mistake in their base have one mistake. */
function print(call: Call, one: ValidatedSpec, shown: Set<string>): void {
  const { io, style, stderrStyle } = call;
  const { error, spec, valid } = one;
  if (error !== undefined) {
    io.stderr(renderFailure({ formatVersion: "1.0", error, diagnostics: one.diagnostics }, stderrStyle));
    return;
  }
  const diagnostics = one.diagnostics.filter((diagnostic) => {
    if (diagnostic.source === undefined || diagnostic.source.file === spec.path) return true;
    const said = JSON.stringify(diagnostic);
    return shown.size < shown.add(said).size;
  });
  printDiagnostics(call, diagnostics);
  if (valid) io.stdout(renderVerdict(one, style));
  else io.stderr(renderVerdict(one, stderrStyle));
}

function documentOf(valid: boolean, specs: readonly ValidatedSpec[]): Validation {
  const [only, ...others] = specs;
  const alone = only === undefined || others.length > 0 ? {} : { spec: only.spec };
  return {
    formatVersion: "1.0",
    valid,
    ...alone,
    diagnostics: specs.flatMap((one) => one.diagnostics),
    specs,
  };
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
