import type { Verification } from "../../model/index.ts";
import type { Style } from "../style.ts";
import { text, written } from "../terminal-text.ts";
import { diagnosticLines } from "./diagnostics.ts";
import { judgedLines } from "./status.ts";

/** What the spec declares, judged against this boot. @param next What to do about it, in one line. */
export function renderVerification(verification: Verification, style: Style, next?: string): string {
  const { findings, diagnostics } = verification;
  const judged = findings.flatMap((finding) => judgedLines(finding, style));
  const problems = diagnosticLines(diagnostics, style);
  const lines = [
    style.bold(text`Verified against ${verification.spec.path}`),
    ...judged,
    text``,
    ...(problems.length === 0 ? [] : [...problems, text``]),
    style.bold(verdict(verification)),
    ...(next === undefined ? [] : [text`Next: ${next}`]),
  ];
  return written(lines, style);
}

function verdict({ status, findings }: Verification): string {
  const all = findings.length;
  const count = findings.filter((finding) => finding.status === status).length;
  const share = `${count} of ${all}`;
  switch (status) {
    case "satisfied":
      return `Satisfied: this host matches the spec (${all} of ${all}).`;
    case "pending":
      return `Reboot pending: ${share} ${count === 1 ? "waits" : "wait"} for the next boot.`;
    case "unsatisfied":
      return `Unsatisfied: ${share} ${count === 1 ? "differs" : "differ"} from the spec.`;
    case "unknown":
      return `Unknown: ${share} could not be checked.`;
  }
}
