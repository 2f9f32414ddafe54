import type { SourceRange, SpecPath } from "../model.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";

/** A valid spec with where it came from; what `parseSpec` gives, once it has a spec. */
export interface SpecSource {
  readonly path: string;
  readonly sha256: string;
  readonly spec: HostSpec;
  locate(path: SpecPath): SourceRange | undefined;
}
