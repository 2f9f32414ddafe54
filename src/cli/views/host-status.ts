import type { Fact, Running } from "../../model/index.ts";
import { UNIT_NAME } from "../../verify-at-boot/unit.ts";
import type { HostStatus, LastVerification, StatusWord, VerifyAtBoot } from "../../verify-at-boot/status.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { unknownText } from "./fact.ts";
import type { AppliedDocument } from "./history.ts";
import { appliedDocument, resultText } from "./history.ts";
import { judgedLines } from "./status.ts";

/** What `status --json` prints: schemas/status-v1.json. */
export interface StatusDocument {
  readonly formatVersion: "1.0";
  readonly hostcfgVersion: string;
  readonly status: StatusWord;
  readonly reasons: HostStatus["reasons"];
  readonly boot: { readonly id: Running["bootId"]; readonly release: Running["release"] };
  readonly verifyAtBoot: VerifyAtBoot;
  /** Absent where none was recorded. */
  readonly verification?: Fact<LastVerification> | undefined;
  readonly rebootAwaited: Fact<boolean>;
  readonly unfinished?: AppliedDocument;
  readonly newestApply?: AppliedDocument;
}

export function statusDocument(status: HostStatus, hostcfgVersion: string): StatusDocument {
  const { running, verifyAtBoot, verification, reboot, unfinished, newest } = status;
  return {
    formatVersion: "1.0",
    hostcfgVersion,
    status: status.status,
    reasons: status.reasons,
    boot: { id: running.bootId, release: running.release },
    verifyAtBoot,
    verification,
    rebootAwaited: reboot,
    ...(unfinished === undefined ? {} : { unfinished: appliedDocument(unfinished) }),
    ...(newest === undefined ? {} : { newestApply: appliedDocument(newest) }),
  };
}

export function renderHostStatus(document: StatusDocument, style: Style): string {
  const { status, reasons, verifyAtBoot, verification, rebootAwaited, newestApply } = document;
  return written(
    [
      text`Verified     ${verifiedText(verification, style)}`.wrapped(HANG),
      ...findingLines(verification, style),
      text`At boot      ${atBootText(verifyAtBoot, style)}`.wrapped(HANG),
      text`Applied      ${newestApply === undefined ? "nothing" : appliedText(newestApply, style)}`,
      text`Reboot       ${rebootText(rebootAwaited, style)}`.wrapped(HANG),
      text``,
      ...reasons.map((reason) => text`${wordText(reason.status, style)}: ${reason.text}`.wrapped(2)),
      style.bold(verdict(document)),
      ...(status !== "satisfied" && verifyAtBoot.state === "enabled"
        ? [
            style.dim(
              text`To verify again: sudo systemctl restart ${UNIT_NAME}; journalctl -b -u ${UNIT_NAME}`,
            ),
          ]
        : []),
    ],
    style,
  );
}

const HANG = "Verified     ".length;

function verifiedText(last: StatusDocument["verification"], style: Style): TerminalText {
  if (last === undefined) return text`never`;
  if (!last.known) return unknownText(last.why, style);
  const { record, ofThisBoot } = last.value;
  const { verdict, at, spec, release } = record;
  const boot = ofThisBoot.known
    ? ofThisBoot.value
      ? "in this boot"
      : "in an earlier boot"
    : "in its last boot";
  const kernel = release.known ? text` of ${release.value}` : "";
  const word = verdict === "failed" ? style.red("failed") : wordText(verdict, style);
  return text`${word} ${boot}${kernel}, ${at}: ${spec.path}`;
}

/** What was found in an earlier boot is of no use for this one. */
function findingLines(last: StatusDocument["verification"], style: Style): readonly TerminalText[] {
  if (last?.known !== true) return [];
  const { record, ofThisBoot } = last.value;
  if (ofThisBoot.known && !ofThisBoot.value) return [];
  return record.findings.flatMap((finding) => judgedLines(finding, style));
}

function atBootText({ state, spec, why }: VerifyAtBoot, style: Style): TerminalText {
  const word = { enabled: style.green(state), disabled: text`${state}`, broken: style.red(state) }[state];
  const what = spec === undefined ? "" : `: ${spec}`;
  return text`${word}${what}${why === undefined ? "" : ` (${why})`}`;
}

function appliedText(one: AppliedDocument, style: Style): TerminalText {
  const { id, at = "at an unknown time", by = "unknown" } = one;
  return text`${id}  ${at}  ${by}  ${resultText(one, style)}`;
}

function rebootText(awaited: StatusDocument["rebootAwaited"], style: Style): TerminalText {
  if (!awaited.known) return unknownText(awaited.why, style);
  return awaited.value ? style.yellow("awaited by what was applied") : text`not awaited by what was applied`;
}

function wordText(status: StatusWord, style: Style): TerminalText {
  const paint = {
    satisfied: style.green,
    unsatisfied: style.red,
    trial: style.yellow,
    pending: style.yellow,
    unknown: style.yellow,
  };
  return paint[status](status);
}

function verdict({ status, verification }: StatusDocument): string {
  switch (status) {
    case "satisfied":
      return verification?.known === true &&
        (!verification.value.ofThisBoot.known || verification.value.ofThisBoot.value)
        ? "All is well: the host was verified, and nothing is open."
        : "Nothing is open. This boot was not verified.";
    case "unsatisfied":
      return "Something is wrong: see above.";
    case "trial":
      return "A trial is pending: hostcfg keep, or hostcfg give-up.";
    case "pending":
      return "Reboot pending.";
    case "unknown":
      return "Some facts are unknown.";
  }
}
