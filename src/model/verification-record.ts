import type { Fact } from "./fact.ts";
import type { Finding, Verification } from "./verify.ts";

/**
 * What `verify --record` keeps of its last run, for `hostcfg status`: the state file and, as a part of it, the document
 * of schemas/status-v1.json. A reader ignores keys that it does not know, so that trial boots can add theirs.
 */
export interface VerificationRecord {
  readonly formatVersion: "1.0";
  readonly hostcfgVersion: string;
  /** ISO 8601, by the host's clock. */
  readonly at: string;
  /** The boot that was judged, by /proc/sys/kernel/random/boot_id. */
  readonly bootId: Fact<string>;
  /** `uname -r` string of that boot. */
  readonly release: Fact<string>;
  readonly spec: {
    /** Absolute. */
    readonly path: string;
    /** Of the bytes of the file, lower-case hex; absent where it could not be read. */
    readonly sha256?: string | undefined;
    /** The base file that it includes. */
    readonly include?: { readonly path: string; readonly sha256: string } | undefined;
  };
  /** `failed`: there is no verdict, for the reason in `why`. */
  readonly verdict: Verification["status"] | "failed";
  readonly why?: string | undefined;
  /** What is not satisfied. */
  readonly findings: readonly Finding[];
}
