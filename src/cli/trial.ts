import { STATE_FOLDER } from "../facts/state-folder.ts";
import { readRunning } from "../facts/running.ts";
import type { HistoryEntry } from "../journal/record.ts";
import { describeTrial, pendingTrial } from "../journal/trial.ts";
import type { Call } from "./command.ts";
import { Failure } from "./failure.ts";
import { historyOf } from "./history-entry.ts";
import type { Opened } from "./io.ts";

/** The trial that is neither kept nor taken back. */
export async function neededTrial(call: Call, opened: Opened): Promise<HistoryEntry> {
  const trial = pendingTrial(await historyOf(call, opened));
  if (trial !== undefined) return trial;
  throw new Failure("no-trial", "no trial is pending on this host", {
    hint: "try a spec once: sudo hostcfg try SPEC; what was done here: hostcfg history",
  });
}

/** Nothing else is applied as long as it is open what the host goes back to. */
export function refusePendingTrial(call: Call, opened: Opened): void {
  const reader = opened.reader();
  const trial = call.engine.trialNow(reader);
  if (trial === undefined) return;
  throw new Failure("trial-pending", describeTrial(trial, readRunning(reader)), {
    hint: "keep it once it has booted: sudo hostcfg keep; take it back: sudo hostcfg give-up",
  });
}

/** systemd ends all that runs in its order; the answer comes before it has. */
export async function reboot({ host }: Opened): Promise<void> {
  await host?.exec(["systemctl", "reboot"], { log: `${STATE_FOLDER}/reboot.log`, timeoutSeconds: 60 });
}
