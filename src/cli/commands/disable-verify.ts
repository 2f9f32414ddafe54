import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { targetOf } from "../target.ts";
import { VERSION } from "../version.ts";

export const disableVerify: Command = {
  name: "disable-verify",
  summary: "take away what enable-verify has set up",
  options: ["root", "plan-only", "details", "auto-approve", "keep-journals"],
  refused: {
    capture: "disable-verify changes a machine, and a capture is only the record of one",
    chroot: "disable-verify runs no programs",
  },
  about: `Takes away the unit that hostcfg enable-verify has set up, and what starts it. It shows the
plan, asks, and carries it out as apply does, with a record that hostcfg undo takes back.

What the last verification found stays known to hostcfg status. A unit that hostcfg did not
write is left alone.`,
  exits: [
    [EXIT.ok, "done, nothing to do, or --plan-only showed what would be done"],
    [EXIT.error, "not approved, or a step failed"],
    [EXIT.locked, "another apply runs on this host"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["no longer verify at boot", "sudo hostcfg disable-verify"],
    ["what would it do? (changes nothing)", "sudo hostcfg disable-verify --plan-only"],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { engine } = call;
  const target = await targetOf(call);
  needRoot(call, target, "having systemd no longer verify the boots of this host");
  needApproval(call);
  const opened = call.open(target);
  return carryOut(
    call,
    { target, opened },
    {
      look: async () => {
        const reader = opened.reader();
        const state = await engine.probe(reader);
        const plan = await engine.planDisableVerify(reader, { state, hostcfgVersion: VERSION });
        return { state, plan };
      },
      notApplyable: "verify at boot cannot be disabled; nothing was changed",
      afterwards:
        target.kind === "host"
          ? [
              "It does not run at the next boot. To have systemd forget how it ended in this one:",
              "  sudo systemctl stop hostcfg-verify; sudo systemctl reset-failed hostcfg-verify; sudo systemctl daemon-reload",
            ]
          : [],
    },
  );
}
