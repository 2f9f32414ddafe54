import { posix } from "node:path";
import type { Diagnostic, Verification } from "../model/index.ts";
import type { Verified } from "../verify-at-boot/record.ts";
import { needRoot } from "./approval.ts";
import type { Call } from "./command.ts";
import { failureDocument } from "./failure-document.ts";
import { DEFAULT_SPEC } from "./spec-file.ts";
import { VERSION } from "./version.ts";

/** Has `hostcfg status` know how a verification of this boot ended, also where there is no verdict. */
export interface Keeper {
  /** Answers a warning where it could not be kept. */
  ended(verified: Verified, spec: Verification["spec"]): Promise<Diagnostic | undefined>;
  failed(error: unknown): Promise<void>;
}

export function keeper(call: Call): Keeper {
  const { io, engine, argument = DEFAULT_SPEC } = call;
  needRoot(call, { kind: "host" }, "recording the verification of this host");
  const { host } = call.open({ kind: "host" });
  if (host === undefined) throw new Error("the running host can always be opened");
  const path = posix.resolve(io.cwd, argument);
  const common = { host, hostcfgVersion: VERSION, now: io.now() };
  return {
    ended: async (verified, { sha256, include }) => {
      const base = include && { include: { ...include, path: posix.resolve(io.cwd, include.path) } };
      return engine.recordVerification({ ...common, spec: { path, sha256, ...base }, verified });
    },
    failed: async (error) => {
      const why = failureDocument(error).error.message;
      // That it could not be kept either is less than what is said anyway.
      await engine.recordVerification({ ...common, spec: { path }, verified: { why } });
    },
  };
}
