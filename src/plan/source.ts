import type { Diagnostic, Plan, SourceRange, SpecPath } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";

/** A valid spec with where it came from; what `parseSpec` gives, once it has a spec. */
export interface SpecSource {
  /** Where relative names in it start. */
  readonly path: string;
  readonly sha256: string;
  /** The file's, byte order mark included; of what was read from one. */
  readonly text?: string | undefined;
  /** The base file that it includes. */
  readonly include?: Plan["spec"]["include"];
  readonly spec: HostSpec;
  /** Warnings only: a spec with errors is none. */
  readonly diagnostics: readonly Diagnostic[];
  locate(path: SpecPath): SourceRange | undefined;
}
