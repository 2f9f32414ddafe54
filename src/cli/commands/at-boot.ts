import { readRunning } from "../../facts/running.ts";
import { pendingTrial } from "../../journal/trial.ts";
import { needRoot } from "../approval.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { historyOf } from "../history-entry.ts";
import type { Opened } from "../io.ts";
import { observeHealth } from "../observe.ts";
import { targetOf } from "../target.ts";
import { reboot } from "../trial.ts";
import { takeBack } from "./give-up.ts";
import { keep, sourceOfTrial } from "./keep.ts";

/** Between two looks at what comes late. */
const SECONDS_BETWEEN = 10;

export const atBoot: Command = {
  name: "at-boot",
  summary: "decide about a trial in this boot; the unit of hostcfg try runs it",
  options: ["root", "chroot", "lock-timeout", "keep-journals"],
  refused: {
    capture: "at-boot changes a machine, and a capture is only the record of one",
  },
  about: `Run by hostcfg-trial.service after each boot as long as a trial is pending. In the trial's own
boot it waits for verify to be satisfied and keeps the trial, or reboots when its time is over;
where a person decides, it does nothing. In any other boot the trial is over, and is taken back;
so it is where a try that was interrupted has booted all the same, and then this host reboots.
In the boot in which the trial was made it does nothing. It never asks.`,
  exits: [
    [EXIT.ok, "the trial was kept or taken back, or nothing is to be done in this boot"],
    [EXIT.error, "it could not be kept or taken back; hostcfg status says how it stands"],
  ],
  examples: [
    ["what the unit runs", "sudo hostcfg at-boot"],
    ["run the unit again, after its cause was mended", "sudo systemctl restart hostcfg-trial"],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "deciding about a trial on this host");
  const opened = call.open(target);
  const trial = pendingTrial(opened.reader(), await historyOf(call, opened));
  const what = await call.engine.atBoot(trial, readRunning(opened.reader()));
  const approved = { ...call, options: { ...call.options, autoApprove: true } };
  switch (what.does) {
    case "nothing":
      call.io.stdout(`${what.why}\n`);
      return EXIT.ok;
    case "take-back":
      call.io.stdout(`The trial is taken back: ${what.why}.\n`);
      return takeBack({ ...approved, options: { ...approved.options, reboot: what.reboots } });
    case "judge": {
      const verdict = trial === undefined ? "" : await judged(call, opened, trial, what.seconds);
      if (verdict === undefined) {
        const exit = await keep.run(approved);
        if (exit === EXIT.ok) return exit;
      }
      call.io.stderr(
        `The trial is not kept: ${verdict ?? "that failed"}. This host reboots into what booted before.\n`,
      );
      await reboot(opened);
      return EXIT.error;
    }
  }
}

/** Why verify was not satisfied in time, one clause; undefined where it was. */
async function judged(
  call: Call,
  opened: Opened,
  trial: Parameters<typeof sourceOfTrial>[2],
  limit: number,
): Promise<string | undefined> {
  const { engine, io } = call;
  const source = await sourceOfTrial(call, opened, trial);
  const started = io.timing.seconds();
  for (;;) {
    const { status, findings } = await engine.verifyTrial(await observeHealth(call, opened, source));
    if (status === "satisfied") return undefined;
    if (io.timing.seconds() - started + SECONDS_BETWEEN > limit || io.interrupted.aborted) {
      const open = findings.find((one) => one.status !== "satisfied");
      return `verify is ${status}${open === undefined ? "" : `: ${open.address}: ${open.reason}`}`;
    }
    await io.timing.pause(SECONDS_BETWEEN, io.interrupted);
  }
}
