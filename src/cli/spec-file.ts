import { posix } from "node:path";
import { attempt } from "../facts/fact.ts";
import type { Fact } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { ParsedSpec } from "../spec/parse.ts";
import { withDigests } from "../spec/undigested.ts";
import type { Call } from "./command.ts";
import { Failure } from "./failure.ts";
import { fileKind, whatItIs, whereItGoes } from "./file-kind.ts";
import type { Io } from "./io.ts";
import type { InputFile } from "./input-file.ts";
import { includeFrom, readInput } from "./input-file.ts";

/** What the commands read when no SPEC is given. */
export const DEFAULT_SPEC = "host.yaml";

const FIRST_SPEC =
  "name the spec (hostcfg plan SPEC), or have a first one written of this host: sudo hostcfg init";

export function hasDefaultSpec(io: Io): boolean {
  return io.workspace.stat(posix.resolve(io.cwd, DEFAULT_SPEC)) !== undefined;
}

/** The file that the argument names, or the default one. */
export function readSpecInput({ io, argument }: Call): InputFile {
  if (argument !== undefined) return readInput(io, argument, "the spec");
  if (!hasDefaultSpec(io)) {
    throw new Failure("spec-missing", `there is no ${DEFAULT_SPEC} in this folder`, { hint: FIRST_SPEC });
  }
  return readInput(io, DEFAULT_SPEC, "the spec");
}

/** The spec with all that is wrong with it. */
export async function parseSpecFile(
  call: Pick<Call, "engine" | "io">,
  input: InputFile,
): Promise<ParsedSpec> {
  const kind = fileKind(input);
  if (kind === "plan" || kind === "capture" || kind === "lock" || kind === "report") {
    const hint = whereItGoes(input);
    throw new Failure(`${kind}-for-spec`, `${input.path} is ${whatItIs(input)}, not a spec`, { hint });
  }
  const parsed = await call.engine.parseSpec(input.path, input.bytes, includeFrom(call.io));
  const folder = posix.dirname(posix.resolve(call.io.cwd, input.path));
  const digestOf = (file: string): Fact<string> =>
    attempt(file, () => call.io.workspace.digest(posix.resolve(folder, file))?.sha256);
  return { ...parsed, diagnostics: withDigests(parsed.diagnostics, parsed.undigested, digestOf) };
}

/** A spec without errors; it may have warnings. */
export type SoundSpec = ParsedSpec & { readonly spec: HostSpec };

/** The spec, for a command that can do nothing with a wrong one. */
export async function soundSpec(call: Call, input: InputFile): Promise<SoundSpec> {
  const parsed = await parseSpecFile(call, input);
  const { spec, diagnostics } = parsed;
  if (spec === undefined) {
    throw new Failure("invalid-spec", `${input.path} is not a valid spec`, { diagnostics });
  }
  return { ...parsed, spec };
}
