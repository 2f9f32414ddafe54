import type { Look } from "../approval.ts";
import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { HistoryEntry } from "../../journal/record.ts";
import type { OpenTrial } from "../../journal/trial.ts";
import { JOURNALS } from "../../facts/state-folder.ts";
import type { SpecSource } from "../../plan/source.ts";
import type { Opened } from "../io.ts";
import { observe, planOf } from "../observe.ts";
import { targetOf } from "../target.ts";
import { neededTrial } from "../trial.ts";

export const keep: Command = {
  name: "keep",
  summary: "keep a trial: what was booted once becomes the default",
  options: ["root", "chroot", "plan-only", "details", "auto-approve", "lock-timeout", "keep-journals"],
  refused: {
    capture: "keep changes a machine, and a capture is only the record of one",
  },
  about: `Keeps the trial (hostcfg try) that this boot is: does what an apply of its spec still has
to do, which makes it the default of the boot loader, and takes the trial's own files away.
The spec is the one that was tried, from the record of the trial, not the file as it is now.

What booted before stays in the boot menu. hostcfg undo takes the trial and its keeping back.`,
  exits: [
    [EXIT.ok, "the trial is kept, or --plan-only showed how"],
    [EXIT.error, "there is no trial, this boot is not the trial's, not approved, or a step failed"],
    [EXIT.locked, "another apply, dpkg or apt is at work on this host; nothing was changed"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["the host came up well: keep it", "sudo hostcfg keep --auto-approve"],
    ["what would it do? (changes nothing)", "sudo hostcfg keep --plan-only"],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "keeping a trial on this host");
  needApproval(call);
  const opened = call.open(target);
  const open = await neededTrial(call, opened);
  const source = await sourceOfTrial(call, opened, open.trial);
  return carryOut(
    call,
    { target, opened },
    {
      look: () => look(call, opened, open, source),
      notApplyable: `trial ${open.trial.id} cannot be kept as the host is now; nothing was changed`,
    },
  );
}

/** The spec as it was tried. */
export async function sourceOfTrial(
  { engine }: Call,
  opened: Opened,
  { id }: HistoryEntry,
): Promise<SpecSource> {
  const bytes = opened.reader().readFile(`${JOURNALS}/${id}/plan.json`);
  const read = bytes === undefined ? undefined : await engine.readSavedPlan(bytes);
  if (read !== undefined && "source" in read) return read.source;
  throw new Failure("damaged-record", `the record of trial ${id} does not hold its spec any more`, {
    hint: "apply the spec that was tried: sudo hostcfg undo, then sudo hostcfg apply SPEC",
  });
}

async function look(call: Call, opened: Opened, open: OpenTrial, source: SpecSource): Promise<Look> {
  const observed = await observe(call, opened, source);
  const plan = await planOf(call, observed);
  const { state } = observed;
  return { state, plan: await call.engine.makeKeep(opened.reader(), plan, open, state) };
}
