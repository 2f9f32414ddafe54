import { attempt, known, unknown } from "../facts/fact.ts";
import { readRunning } from "../facts/running.ts";
import type { Reader } from "../host/reader.ts";
import type { Fact, Running, VerificationRecord } from "../model/index.ts";
import type { HistoryEntry } from "../journal/record.ts";
import { unfinishedNow, unfinishedWarning } from "../journal/history.ts";
import { isFinished } from "../journal/record.ts";
import { describeTrial, pendingTrial } from "../journal/trial.ts";
import { damageOf } from "../journal/pre-images.ts";
import type { UnitFacts } from "./read.ts";
import { readUnit } from "./read.ts";
import { readRecord } from "./record.ts";
import { UNIT, UNIT_NAME } from "./unit.ts";

/** Whether systemd verifies each boot. */
export interface VerifyAtBoot {
  /** `broken`: it is set up, but cannot work. */
  readonly state: "enabled" | "disabled" | "broken";
  /** What it verifies, where that can be told. */
  readonly spec?: string;
  /** Why it is broken, or disabled though something of it is there. */
  readonly why?: string;
  /** Its unit runs at this moment. */
  readonly running?: true;
}

export interface LastVerification {
  readonly record: VerificationRecord;
  readonly ofThisBoot: Fact<boolean>;
  /** The spec's file now, against the one that was verified. */
  readonly spec: "unchanged" | "changed" | "missing" | "unknown";
  /** Of the base file that it includes. */
  readonly include?: LastVerification["spec"];
}

/** All that is asked of a host for its status. */
export interface StatusFacts {
  readonly running: Running;
  readonly verifyAtBoot: VerifyAtBoot;
  /** Absent where nothing was recorded; unknown where the record is damaged. */
  readonly verification?: Fact<LastVerification>;
  readonly newest?: HistoryEntry;
  readonly unfinished?: HistoryEntry;
  /** Records of which something is missing or altered, with what. */
  readonly damaged: readonly { readonly id: string; readonly damage: readonly string[] }[];
  /** Whether what was applied waits for a reboot. */
  readonly reboot: Fact<boolean>;
  /** How a trial stands that is neither kept nor taken back. */
  readonly trial?: string;
}

/** By the words of `verify`, for one follows from the other. */
export type StatusWord = "satisfied" | "unsatisfied" | "trial" | "pending" | "unknown";

export interface HostStatus extends StatusFacts {
  /** The worst of the reasons; satisfied where there is none. */
  readonly status: StatusWord;
  /** Why it is not satisfied, the worst first. */
  readonly reasons: readonly { readonly status: StatusWord; readonly text: string }[];
}

/** Reads what stands in hostcfg's own files; probes nothing. Throws HostError where that may not be read. */
export async function readStatus(reader: Reader, history: readonly HistoryEntry[]): Promise<HostStatus> {
  const running = readRunning(reader);
  const record = await readRecord(reader);
  const newest = history.at(-1);
  const unfinished = unfinishedNow(reader);
  const trial = pendingTrial(reader, history);
  return judgeStatus({
    running,
    verifyAtBoot: {
      ...verifyAtBoot(reader, readUnit(reader)),
      ...(isRunning(reader) ? { running: true } : {}),
    },
    ...(record === undefined
      ? {}
      : { verification: record.known ? known(lastOf(reader, record.value, running)) : record }),
    ...(newest === undefined ? {} : { newest }),
    ...(unfinished === undefined ? {} : { unfinished }),
    damaged: history
      .map((entry) => ({ id: entry.id, damage: damageOf(reader, entry) }))
      .filter(({ damage }) => damage.length > 0),
    reboot: rebootAwaited(history, running),
    ...(trial === undefined ? {} : { trial: describeTrial(trial, running) }),
  });
}

/** systemd keeps a control group for a unit as long as it has a process; in its own hierarchy before version 2. */
function isRunning(reader: Reader): boolean {
  return ["", "/unified", "/systemd"].some((hierarchy) => {
    const path = `/sys/fs/cgroup${hierarchy}/system.slice/${UNIT_NAME}/cgroup.procs`;
    const processes = attempt(path, () => reader.readText(path));
    return processes.known && processes.value.trim() !== "";
  });
}

function verifyAtBoot(reader: Reader, { unit, link }: UnitFacts): VerifyAtBoot {
  const { command, present, own } = unit;
  const spec = command === undefined ? {} : { spec: command.spec };
  if (present.kind === "absent")
    return link.wants
      ? { state: "broken", why: `${UNIT} is to be started, and is not there` }
      : { state: "disabled" };
  if (present.kind === "symlink" && present.target === "/dev/null")
    return { state: "disabled", why: `${UNIT} is masked` };
  if (!own) return { state: "disabled", why: `${UNIT} is not hostcfg's` };
  if (!link.wants) return { state: "disabled", ...spec, why: "its unit is there, but nothing starts it" };
  if (command === undefined)
    return { state: "enabled", why: `${UNIT} was edited, and what it runs is not clear` };
  const missing = [command.spec, command.executable, command.script].find(
    (path) => path !== undefined && reader.stat(path) === undefined,
  );
  return missing === undefined
    ? { state: "enabled", ...spec }
    : { state: "broken", ...spec, why: `${missing} is not there` };
}

function lastOf(reader: Reader, record: VerificationRecord, { bootId }: Running): LastVerification {
  const { spec } = record;
  return {
    record,
    ofThisBoot: !bootId.known
      ? bootId
      : !record.bootId.known
        ? record.bootId
        : known(bootId.value === record.bootId.value),
    spec: fileSince(reader, spec),
    ...(spec.include === undefined ? {} : { include: fileSince(reader, spec.include) }),
  };
}

function fileSince(
  reader: Reader,
  { path, sha256 }: { readonly path: string; readonly sha256?: string | undefined },
): LastVerification["spec"] {
  const now = attempt(path, () => reader.digest(path)?.sha256 ?? "missing");
  if (!now.known) return "unknown";
  if (now.value === "missing") return "missing";
  return sha256 === undefined || sha256 !== now.value ? "changed" : "unchanged";
}

/**
 * By the newest record of an apply or undo: its plan says whether what is staged differs from what was live, and the
 * boot in which that was so is noted. What else was changed is only known by a plan.
 */
function rebootAwaited(history: readonly HistoryEntry[], { bootId }: Running): Fact<boolean> {
  const last = history.findLast(({ task }) => task === undefined);
  if (last === undefined) return known(false);
  const { id, boot, plan } = last;
  if (!bootId.known) return bootId;
  if (boot !== undefined && boot !== bootId.value) return known(false);
  if (!isFinished(last)) return unknown(`apply ${id} was not finished`);
  if (plan === undefined) return unknown(`the record of apply ${id} is damaged`);
  if (!plan.rebootNeeded) return known(false);
  return boot === undefined ? unknown(`in which boot apply ${id} was is not noted`) : known(true);
}

const WORST_FIRST: readonly StatusWord[] = ["unsatisfied", "trial", "pending", "unknown"];

/** What the facts come to. Pure. */
export function judgeStatus(facts: StatusFacts): HostStatus {
  const { verifyAtBoot, unfinished, damaged, reboot, trial } = facts;
  const found: HostStatus["reasons"] = [
    ...(unfinished === undefined
      ? []
      : [{ status: "unsatisfied" as const, text: unfinishedWarning(unfinished).summary }]),
    ...(verifyAtBoot.state === "broken"
      ? [{ status: "unsatisfied" as const, text: `verify at boot cannot work: ${verifyAtBoot.why ?? ""}` }]
      : []),
    ...(trial === undefined ? [] : [{ status: "trial" as const, text: trial }]),
    ...verificationReasons(facts),
    ...damaged.map(({ id, damage }) => ({
      status: "unknown" as const,
      text: `the record of apply ${id} is damaged: ${damage.join("; ")}`,
    })),
    ...(reboot.known && reboot.value
      ? [{ status: "pending" as const, text: "what was applied takes effect at the next boot" }]
      : []),
  ];
  const reasons = WORST_FIRST.flatMap((word) => found.filter(({ status }) => status === word));
  return { ...facts, status: reasons[0]?.status ?? "satisfied", reasons };
}

/** The verdict on an earlier boot says nothing of this one. */
function verificationReasons({ verifyAtBoot, verification }: StatusFacts): HostStatus["reasons"] {
  const isAwaited = verifyAtBoot.state === "enabled";
  const open = (text: string): HostStatus["reasons"] => [{ status: "unknown", text }];
  // Its own answer is still to come, and an older one is no longer asked for.
  if (verifyAtBoot.running === true)
    return open("verify at boot is running now: ask again once it has ended");
  if (verification === undefined) return isAwaited ? open("verify has not run since it was enabled") : [];
  if (!verification.known) return open(`the record of the last verification is damaged: ${verification.why}`);
  const { record, ofThisBoot, spec, include = "unchanged" } = verification.value;
  const files = [
    { path: record.spec.path, since: spec },
    { path: record.spec.include?.path ?? "", since: include },
  ];
  if (ofThisBoot.known && !ofThisBoot.value)
    return isAwaited ? open("verify has not run since this boot") : [];
  const { verdict, why, findings } = record;
  const count = findings.filter(({ status }) => status === verdict).length;
  const share = `${count} ${count === 1 ? "requirement" : "requirements"}`;
  return [
    ...(verdict === "failed"
      ? [{ status: "unsatisfied" as const, text: `verify failed: ${why ?? ""}` }]
      : []),
    ...(verdict === "unsatisfied"
      ? [
          {
            status: verdict,
            text: `${share} ${count === 1 ? "is" : "are"} not met`,
          },
        ]
      : []),
    ...(verdict === "pending"
      ? [
          {
            status: verdict,
            text: `${share} ${count === 1 ? "waits" : "wait"} for a reboot`,
          },
        ]
      : []),
    ...(verdict === "unknown" ? open(`${share} could not be checked`) : []),
    ...files.flatMap(({ path, since }) =>
      since === "unchanged" || since === "unknown"
        ? []
        : open(`${path} ${since === "changed" ? "was changed" : "is gone"} since it was verified`),
    ),
    ...(isAwaited && verifyAtBoot.spec !== undefined && verifyAtBoot.spec !== record.spec.path
      ? open(`the last verification was of ${record.spec.path}, not of ${verifyAtBoot.spec}`)
      : []),
  ];
}
