import { posix } from "node:path";
import type { DraftStep } from "../boot/loader.ts";
import { warning } from "../boot/problem.ts";
import { refusedTrial } from "../boot/trial.ts";
import { markOf } from "../cmdline.ts";
import { attempt, known } from "../facts/fact.ts";
import { madeSinceBoot } from "../facts/running.ts";
import type { Reader } from "../host/reader.ts";
import { fingerprint } from "../journal/fingerprint.ts";
import { textOf } from "../facts/text-of.ts";
import type { Change, Diagnostic, HostState, NextBoot, Plan, Trial } from "../model/index.ts";
import type { Observed } from "../plan/make.ts";
import { makePlan } from "../plan/make.ts";
import type { UnitCommand } from "../verify-at-boot/unit.ts";
import { commandProblems } from "../verify-at-boot/problems.ts";
import { readWays } from "../verify-at-boot/read.ts";
import type { TrialFile } from "./units.ts";
import { trialFiles } from "./units.ts";

export interface TryInput extends Observed {
  readonly hostcfgVersion: string;
  readonly wish: Pick<Trial, "decides" | "seconds" | "reboot">;
  readonly command: UnitCommand;
}

const UNIT_ADDRESS = "trial.units";

/** The plan of a spec that boots once. Throws HostError where what the units need may not be read. */
export function planTry(reader: Reader, { wish, command, ...observed }: TryInput): Plan {
  const ordinary = makePlan(observed);
  // There is nothing to be tried. As long as a trial is set up, an apply would have something to do: it would end it.
  if (ordinary.applyable && ordinary.steps.length === 0) return ordinary;
  const { bootId } = observed.state.running;
  const about: Trial = {
    ...wish,
    boot: bootId.known ? bootId.value : "",
    watchdog: hasWatchdog(reader),
  };
  const before = ordinary.nextBoot.before;
  const files = trialFiles({ ...command, seconds: wish.seconds });
  const drafts = files.flatMap((file) => draftOf(reader, file));
  return makePlan({
    ...observed,
    trial: {
      about,
      drafts,
      changes: drafts.length === 0 ? [] : [unitsChange(wish)],
      diagnostics: [
        ...(bootId.known ? [] : refusedTrial(`which boot this is cannot be told: ${bootId.why}`).diagnostics),
        ...problemsOf(reader, command, observed.state),
        ...(before.known ? changedSinceBoot(reader, before.value) : []),
      ],
    },
  });
}

function hasWatchdog(reader: Reader): boolean {
  const found = attempt("/sys/class/watchdog", () => reader.list("/sys/class/watchdog") ?? []);
  return found.known && found.value.length > 0;
}

/** The spec is in the record of the trial, so only the programs have to be there at boot. */
function problemsOf(reader: Reader, command: UnitCommand, { mounts }: HostState): readonly Diagnostic[] {
  return commandProblems(command, readWays(reader, command, mounts)).filter(
    ({ address }) => address !== command.spec,
  );
}

/** What boots next is put aside as it lies there, and that is what has booted only where nobody wrote it since. */
function changedSinceBoot(reader: Reader, { kernel, initrd, options }: NextBoot): readonly Diagnostic[] {
  // Copies that a try has made, which was interrupted.
  if (markOf(options) === "before") return [];
  return [kernel, initrd].map(inBoot).flatMap((path) => {
    const made = attempt(path, () => reader.modifiedAt(path)).known
      ? madeSinceBoot(reader, path)
      : known(false);
    if (made.known && !made.value) return [];
    return [
      warning(
        "trial-not-booted",
        made.known
          ? `${path} was written since this boot began: what the host would go back to has not booted yet`
          : `whether ${path}, which the host would go back to, was written since this boot began is unknown: ${made.why}`,
        "reboot first, then try, to know that a return comes up",
      ),
    ];
  });
}

/** Each refresh writes the files of Proxmox's ESPs again, with the bytes of those in /boot. */
function inBoot(path: string): string {
  return path.startsWith("(ESP)") ? posix.join("/boot", posix.basename(path)) : path;
}

function unitsChange({ decides, seconds }: TryInput["wish"]): Change {
  return {
    address: UNIT_ADDRESS,
    action: "create",
    before: null,
    after: decides === "person" ? "waits for hostcfg keep" : "keeps what is satisfied",
    reason: `after ${seconds} s of the trial's boot without a decision the host reboots, and the boot of before takes the trial back`,
    effect: "next-boot",
  };
}

function draftOf(reader: Reader, { path, title, content, target }: TrialFile): DraftStep[] {
  const expect = fingerprint(reader, path);
  const about = { stage: "way-back", title, serves: [UNIT_ADDRESS], path, expect } as const;
  if (target !== undefined)
    return expect.kind === "symlink" && expect.target === target
      ? []
      : [{ ...about, kind: "symlink", target }];
  if (content === undefined) return [];
  const bytes = expect.kind === "file" ? reader.readFile(path) : undefined;
  const before = bytes === undefined ? undefined : textOf(bytes);
  if (before === content) return [];
  return [{ ...about, kind: "writeFile", content, ...(before === undefined ? {} : { before }) }];
}
