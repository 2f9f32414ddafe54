import type { Diagnostic } from "./diagnostic.ts";

/** One thing that the spec declares, judged against the live host. */
export interface Finding {
  readonly address: string;
  /** `pending`: configured and staged, but this boot does not have it yet. */
  readonly status: "satisfied" | "pending" | "unsatisfied" | "unknown";
  readonly reason: string;
  readonly offenders: readonly string[];
}

/** What `verify --json` prints. */
export interface Verification {
  readonly formatVersion: "1.0";
  readonly spec: {
    readonly path: string;
    readonly sha256: string;
    readonly include?: { readonly path: string; readonly sha256: string } | undefined;
  };
  /** The worst of the findings: unsatisfied, then pending, then unknown. */
  readonly status: Finding["status"];
  readonly findings: readonly Finding[];
  readonly diagnostics: readonly Diagnostic[];
}
