import { attemptIfRecorded } from "../../facts/fact.ts";
import type { Verification } from "../../model/index.ts";
import type { SpecSource } from "../../plan/source.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { sourceOfTrial } from "./keep.ts";
import { keeper } from "../keep-verification.ts";
import { nextStep } from "../next-step.ts";
import { observeHealth } from "../observe.ts";
import { TARGET } from "../options.ts";
import { printResult } from "../print.ts";
import type { Opened } from "../io.ts";
import { DEFAULT_SPEC, hasDefaultSpec, readSpecInput, soundSpec } from "../spec-file.ts";
import { openTarget } from "../target.ts";
import { isTrialOf } from "../trial.ts";
import { unfinished } from "../unfinished.ts";
import { renderVerification } from "../views/verification.ts";

export const verify: Command = {
  name: "verify",
  argument: "[SPEC]",
  summary: "judge the running host against a spec, best after the reboot",
  options: [...TARGET, "record"],
  refused: { "auto-approve": "verify changes nothing, so there is nothing to approve" },
  about: `Judges this boot, not the files: is the declared kernel running, with the declared
options, are the devices in the groups that the spec asks for? Run it after the reboot,
by hand, or have systemd run it (hostcfg enable-verify).

In the boot of a trial (hostcfg try) its spec is judged as it would be kept. In the boot that
goes back it is unsatisfied, for it is not what runs. As long as a trial is pending, no SPEC
need be named where there is no ${DEFAULT_SPEC} in this folder: it is the one that is tried.

It writes nothing on the host; with --record it writes its result, and only that, for
hostcfg status. What it cannot find out (without root, for example) is
unknown, and is never taken for satisfied.`,
  exits: [
    [EXIT.ok, "the host matches the spec"],
    [EXIT.error, "it could not be checked at all"],
    [EXIT.unsatisfied, "something is not as declared"],
    [EXIT.rebootPending, "the rest takes effect at the next boot"],
    [EXIT.unknown, "nothing contradicts the spec, but something is unknown"],
  ],
  examples: [
    ["after the reboot", "sudo hostcfg verify host.yaml"],
    ["the same, for hostcfg status to know", "sudo hostcfg verify --record /etc/hostcfg/host.yaml"],
  ],
  run,
};

/** The diagnostics in a verification are those of a plan: they explain, the status decides. */
const EXIT_OF: Readonly<Record<Verification["status"], number>> = {
  satisfied: EXIT.ok,
  unsatisfied: EXIT.unsatisfied,
  pending: EXIT.rebootPending,
  unknown: EXIT.unknown,
};

async function run(call: Call): Promise<number> {
  if (call.options.record) return runAndKeep(call);
  const verification = await judge(call);
  await print(call, verification);
  return EXIT_OF[verification.status];
}

async function runAndKeep(call: Call): Promise<number> {
  const keep = keeper(call);
  const verification = await judge(call).catch(async (error: unknown) => {
    await keep.failed(error);
    throw error;
  });
  const lost = await keep.ended(verification, verification.spec);
  if (lost === undefined) {
    await print(call, verification);
    return EXIT_OF[verification.status];
  }
  await print(call, { ...verification, diagnostics: [...verification.diagnostics, lost] });
  return EXIT.error;
}

async function judge(call: Call): Promise<Verification> {
  const given = call.argument !== undefined || hasDefaultSpec(call.io) ? await ownSpec(call) : undefined;
  const opened = await openTarget(call);
  const source = given ?? (await triedSpec(call, opened)) ?? (await ownSpec(call));
  const { engine } = call;
  const observed = await observeHealth(call, opened, source);
  // What booted before is still the default in the boot of a trial, and that is no fault of what is tried.
  const judged = await (isTrialOf(call, opened, observed)
    ? engine.verifyTrial(observed)
    : engine.verify(observed));
  return { ...judged, diagnostics: [...judged.diagnostics, ...unfinished(call, opened)] };
}

function ownSpec(call: Call): Promise<SpecSource> {
  return soundSpec(call, readSpecInput(call));
}

/** Of the trial that is pending; undefined where there is none, or its record may not be read. */
async function triedSpec(call: Call, opened: Opened): Promise<SpecSource | undefined> {
  const trial = attemptIfRecorded("hostcfg's records", () => call.engine.trialNow(opened.reader()));
  return trial.known ? sourceOfTrial(call, opened, trial.value) : undefined;
}

function print(call: Call, verification: Verification): Promise<void> {
  return printResult(call, verification, () =>
    renderVerification(verification, call.style, nextStep(call, verification)),
  );
}
