import { STATE_FOLDER, VERIFIED } from "../facts/state-folder.ts";
import { attempt, known, unknown } from "../facts/fact.ts";
import { readRunning } from "../facts/running.ts";
import type { Host } from "../host/host.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { Diagnostic, Fact, Verification, VerificationRecord } from "../model/index.ts";
import { readJson, whyRefused } from "../facts/read-document.ts";

/** How a verification ended: with a verdict, or with the reason why there is none. */
export type Verified = Pick<Verification, "status" | "findings"> | { readonly why: string };

export interface RecordInput {
  /** The host that was verified. */
  readonly host: Host;
  readonly spec: VerificationRecord["spec"];
  readonly verified: Verified;
  readonly hostcfgVersion: string;
  readonly now: Date;
}

/**
 * Writes what a verification of this boot came to, in the place of the last one; only root may. Answers a warning where
 * it cannot be written.
 */
export function recordVerification({
  host,
  spec,
  verified,
  hostcfgVersion,
  now,
}: RecordInput): Diagnostic | undefined {
  const { bootId, release } = readRunning(host.reader());
  const record: VerificationRecord = {
    formatVersion: "1.0",
    hostcfgVersion,
    at: now.toISOString(),
    bootId,
    release,
    spec,
    ...("why" in verified
      ? { verdict: "failed", why: verified.why, findings: [] }
      : {
          verdict: verified.status,
          findings: verified.findings.filter(({ status }) => status !== "satisfied"),
        }),
  };
  try {
    host.makeFolder(STATE_FOLDER, 0o700);
    host.writeFile(VERIFIED, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
    return undefined;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return {
      severity: "warning",
      code: "verify-not-recorded",
      summary: `the result could not be recorded: ${error.message}`,
      hint: "hostcfg status still tells of the verification before this one",
    };
  }
}

/** The last record; undefined where there is none, unknown where it is damaged. Throws HostError where it may not be read. */
export async function readRecord(reader: Reader): Promise<Fact<VerificationRecord> | undefined> {
  const bytes = attempt(VERIFIED, () => reader.readFile(VERIFIED) ?? "absent");
  if (!bytes.known) return bytes;
  if (bytes.value === "absent") return undefined;
  const { default: validate } = await import("./validate-record.gen.js");
  const isRecord = (document: unknown): document is VerificationRecord => validate(document);
  const document = readJson(bytes.value);
  return isRecord(document) ? known(document) : unknown(whyRefused(document, validate.errors));
}
