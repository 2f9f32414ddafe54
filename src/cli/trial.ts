import { markOf } from "../cmdline.ts";
import { attempt } from "../facts/fact.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import { readRunning } from "../facts/running.ts";
import { isFinished } from "../journal/record.ts";
import type { OpenTrial } from "../journal/trial.ts";
import { describeTrial, isBootOf, openTrial } from "../journal/trial.ts";
import type { Observed } from "../plan/make.ts";
import { digestOf } from "../spec/include.ts";
import type { Call } from "./command.ts";
import { Failure } from "./failure.ts";
import { historyOf } from "./history-entry.ts";
import type { Opened } from "./io.ts";

export async function neededTrial(call: Call, opened: Opened): Promise<OpenTrial> {
  const open = openTrial(await historyOf(call, opened));
  if (open !== undefined) return open;
  throw new Failure("no-trial", "no trial is pending on this host", {
    hint: "try a spec once: sudo hostcfg try SPEC; what was done here: hostcfg history",
  });
}

/**
 * Nothing else is applied as long as it is open what the host goes back to.
 *
 * @param again Digest of the spec that is tried: the same try goes on where it was interrupted in this boot.
 */
export function refusePendingTrial(call: Call, opened: Opened, again?: string): void {
  const reader = opened.reader();
  const trial = call.engine.trialNow(reader);
  if (trial === undefined) return;
  const running = readRunning(reader);
  const isOfThisBoot = running.bootId.known && running.bootId.value === trial.tries?.boot;
  if (!isFinished(trial) && trial.spec === again && isOfThisBoot) return;
  throw new Failure("trial-pending", describeTrial(trial, running), {
    hint: "keep it once it has booted: sudo hostcfg keep; take it back: sudo hostcfg give-up",
  });
}

/** Whether this boot is the trial of that spec; not where the records may not be read, as without root. */
export function isTrialOf(call: Call, opened: Opened, { source, state: { running } }: Observed): boolean {
  if (!running.cmdline.known || markOf(running.cmdline.value) !== "trial") return false;
  const reader = opened.reader();
  const trial = attempt("hostcfg's records", () => call.engine.trialNow(reader));
  return trial.known && trial.value.spec === digestOf(source) && isBootOf(trial.value, running);
}

/** systemd ends all that runs in its order; the answer comes before it has. Throws where it does not. */
export async function reboot({ host }: Opened): Promise<void> {
  const log = `${STATE_FOLDER}/reboot.log`;
  const outcome = await host?.exec(["systemctl", "reboot"], { log, timeoutSeconds: 60 });
  if (outcome !== undefined && !(outcome.kind === "exited" && outcome.exitCode === 0))
    throw new Failure("no-reboot", "systemctl reboot did not start a reboot", {
      hint: `see ${log}, and reboot the host by hand`,
    });
}
