import type { SpecSource } from "../../plan/source.ts";
import { sha256Of } from "../../sha256.ts";
import type { HostSpec } from "../../spec/host-spec.gen.ts";
import type { Look } from "../approval.ts";
import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import type { Opened } from "../io.ts";
import { observe } from "../observe.ts";
import { rootOf, targetOf } from "../target.ts";
import { refusePendingTrial } from "../trial.ts";
import { VERSION } from "../version.ts";

export const leave: Command = {
  name: "leave",
  summary: "take everything of hostcfg's off this host",
  options: [
    "root",
    "chroot",
    "plan-only",
    "auto-approve",
    "even-if-broken",
    "details",
    "lock-timeout",
    "keep-journals",
  ],
  refused: {
    capture: "leave changes a machine, and a capture is only the record of one",
    out: "this plan is not saved; to see what it would do: hostcfg leave --plan-only",
  },
  about: `Takes away what hostcfg has put on this host: the options that it added, its pin, its settings
of GRUB, its files for vfio, the links and holds that it set, its hooks, the unit of verify at
boot. It is the plan of a spec that declares nothing: shown, asked for and carried out as apply
does, with a record that hostcfg undo takes back.

As long as the next boot changes by it, what booted before stays in the boot menu. Run it
again after the reboot, and that goes as well.

What is not hostcfg's to take stays, and the plan says so with the reason: packages, a default
that may have been somebody's before, what somebody has changed since, and the records, which
an undo needs.`,
  exits: [
    [EXIT.ok, "done, nothing to do, or --plan-only showed what would be done"],
    [EXIT.error, "not approved, refused, or a step failed"],
    [EXIT.locked, "another apply, dpkg or apt is at work on this host; nothing was changed"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["what would it do? (changes nothing)", "sudo hostcfg leave --plan-only"],
    ["take hostcfg off this host, after a question", "sudo hostcfg leave"],
  ],
  run,
};

const SPEC: HostSpec = { apiVersion: "hostcfg/v1" };
const TEXT = "apiVersion: hostcfg/v1\n";

/** Declares nothing; it is no file of anybody's. */
const NOTHING: SpecSource = {
  path: "/",
  sha256: sha256Of(TEXT),
  text: TEXT,
  spec: SPEC,
  diagnostics: [],
  locate: () => undefined,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "taking hostcfg off this host");
  needApproval(call);
  const opened = call.open(target);
  refusePendingTrial(call, opened);
  return carryOut(
    call,
    { target, opened },
    {
      look: () => look(call, opened),
      notApplyable: "hostcfg cannot leave this host as it is now; nothing was changed",
    },
  );
}

async function look(call: Call, opened: Opened): Promise<Look> {
  const { lock: _none, ...observed } = await observe(call, opened, NOTHING);
  const root = rootOf(call);
  const plan = await call.engine.planLeave(opened.reader(), {
    ...observed,
    ...(root === "/" ? {} : { root }),
    hostcfgVersion: VERSION,
  });
  return { state: observed.state, plan };
}
