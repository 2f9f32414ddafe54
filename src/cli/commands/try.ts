import type { Look } from "../approval.ts";
import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { digestOf } from "../../spec/include.ts";
import type { Opened } from "../io.ts";
import { observe } from "../observe.ts";
import type { SoundSpec } from "../spec-file.ts";
import { readSpecInput, soundSpec } from "../spec-file.ts";
import { rootOf, targetOf } from "../target.ts";
import { reboot, refusePendingTrial } from "../trial.ts";
import { VERSION } from "../version.ts";

/** Ten minutes: a server's firmware alone may take three, and what comes late is waited for. */
const SECONDS = 600;

export const tryOnce: Command = {
  name: "try",
  argument: "[SPEC]",
  summary: "boot a spec once; unless it is kept after that boot, the host goes back by itself",
  options: [
    "root",
    "chroot",
    "confirm-within",
    "when-satisfied",
    "reboot",
    "plan-only",
    "details",
    "auto-approve",
    "lock-timeout",
    "keep-journals",
  ],
  refused: {
    capture: "try changes a machine, and a capture is only the record of one",
    out: "a trial is not saved; to see what it would do: hostcfg try --plan-only",
    "even-if-broken": "a trial goes back to what boots now, so that has to be whole",
  },
  about: `Applies a spec so that it boots once. What boots now is put aside first (copies of its
kernel and initrd, with its options) and stays the default of the boot loader; the new
configuration is chosen for the next boot only.

Kept: with --confirm-within (10m when left out) a person types hostcfg keep in that time after
the start of the trial's boot; with --when-satisfied hostcfg verify decides by itself, health:
of the spec included, within ten minutes.
Not kept in time: the host reboots into what booted before, and that boot takes the trial back
to the byte, without anybody.
A panic, or an initrd that finds no root: the kernel reboots after 30 seconds (panic=30).
A hang: the loader has forgotten the choice before it started the kernel, so any reset goes
back. Where the host has a watchdog, that resets it once systemd has run; else somebody has to.
A power cut, at any time: the next boot is the one of before.

Packages that it installs stay, also when it is taken back. While a trial is pending, nothing
else is applied. It never reboots without --reboot.`,
  exits: [
    [EXIT.ok, "the next boot is the trial, or --plan-only showed it"],
    [EXIT.error, "not approved, refused, or a step failed"],
    [EXIT.locked, "another apply, dpkg or apt is at work on this host; nothing was changed"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["somebody has to say yes within ten minutes", "sudo hostcfg try host.yaml --reboot"],
    ["verify decides, nobody is needed", "sudo hostcfg try host.yaml --when-satisfied --reboot"],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "trying a spec on this host");
  needApproval(call);
  const source = await soundSpec(call, readSpecInput(call));
  const opened = call.open(target);
  refusePendingTrial(call, opened, digestOf(source));
  const { options } = call;
  const isHost = target.kind === "host";
  return carryOut(
    call,
    { target, opened },
    {
      look: () => look(call, opened, source),
      notApplyable: "this spec cannot be tried on this host; nothing was changed",
      afterwards: [
        options.whenSatisfied
          ? "It boots once. It is kept where verify is satisfied: hostcfg status"
          : "It boots once. Keep it after that boot: sudo hostcfg keep",
        "To take it back: sudo hostcfg give-up",
      ],
      ...(options.reboot && isHost ? { then: () => reboot(opened) } : {}),
    },
  );
}

async function look(call: Call, opened: Opened, source: SoundSpec): Promise<Look> {
  const { engine, io, options } = call;
  const observed = await observe(call, opened, source);
  const root = rootOf(call);
  const plan = await engine.planTry(opened.reader(), {
    ...observed,
    ...(root === "/" ? {} : { root }),
    hostcfgVersion: VERSION,
    wish: {
      decides: options.whenSatisfied ? "verification" : "person",
      seconds: options.confirmWithin ?? SECONDS,
      reboot: options.reboot,
    },
    command: { ...io.program, spec: observed.source.path },
  });
  return { state: observed.state, plan };
}
