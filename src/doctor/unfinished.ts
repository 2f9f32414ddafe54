import type { DoctorFinding, Fact } from "../model/index.ts";
import type { HostStatus, StatusWord } from "../verify-at-boot/status.ts";

const subject = "unfinished";

/** Whether something of hostcfg's own is open on this host, as `hostcfg status` says. */
export function unfinished(status: Fact<HostStatus>): readonly DoctorFinding[] {
  if (!status.known) return [{ subject, verdict: "unknown", says: status.why }];
  const { reasons, reboot } = status.value;
  const awaited: readonly DoctorFinding[] = reboot.known
    ? []
    : [{ subject, verdict: "unknown", says: `whether what was applied waits for a reboot: ${reboot.why}` }];
  if (reasons.length === 0 && reboot.known)
    return [{ subject, verdict: "pass", says: "nothing of hostcfg's own is open" }];
  return [
    ...reasons.map(({ status: word, text }): DoctorFinding => ({
      subject,
      verdict: VERDICT_OF[word],
      says: text,
      remedy: REMEDY_OF[word],
    })),
    ...awaited,
  ];
}

const VERDICT_OF: Readonly<Record<StatusWord, DoctorFinding["verdict"]>> = {
  satisfied: "pass",
  unsatisfied: "fail",
  trial: "warn",
  pending: "warn",
  unknown: "unknown",
};

const REMEDY_OF: Readonly<Record<StatusWord, string>> = {
  satisfied: "none",
  unsatisfied: "sudo hostcfg status says what is open and how to end it",
  trial: "sudo hostcfg keep, or sudo hostcfg give-up",
  pending: "reboot",
  unknown: "sudo hostcfg status says what could not be seen",
};
