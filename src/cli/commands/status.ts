import { needRoot } from "../approval.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { historyOf } from "../history-entry.ts";
import { printResult } from "../print.ts";
import { targetOf } from "../target.ts";
import { VERSION } from "../version.ts";
import type { StatusDocument } from "../views/host-status.ts";
import { renderHostStatus, statusDocument } from "../views/host-status.ts";

export const status: Command = {
  name: "status",
  summary: "say how the host stands: what was verified, what was applied, what is open",
  options: ["root"],
  refused: {
    capture: "a capture has none of hostcfg's own records",
    "auto-approve": "status changes nothing, so there is nothing to approve",
  },
  about: `Says in a few lines how the host stands: what the last recorded verification found and
whether it was of this boot, whether verify at boot is enabled (hostcfg enable-verify) and for
which spec, whether that spec was changed since, the newest apply, applies that were not
finished, and whether what was applied waits for a reboot.

It reads hostcfg's own files in /var/lib/hostcfg and its unit, and probes nothing: hostcfg
verify checks the host again. Where verify at boot is not enabled and this boot was not
verified, nothing is counted against the host.`,
  exits: [
    [EXIT.ok, "nothing is open; verified, where that is enabled"],
    [EXIT.error, "the records cannot be read"],
    [
      EXIT.unsatisfied,
      "unsatisfied or not checkable in this boot, an apply not finished, or the unit broken",
    ],
    [EXIT.trialPending, "a trial (hostcfg try) is neither kept nor taken back"],
    [EXIT.rebootPending, "what was applied or verified waits for a reboot"],
    [EXIT.unknown, "not verified since this boot, or the spec was changed since"],
  ],
  examples: [
    ["how does this host stand?", "sudo hostcfg status"],
    ["the same for a monitoring system", "sudo hostcfg status --json"],
  ],
  run,
};

/** As verify has them. */
const EXIT_OF: Readonly<Record<StatusDocument["status"], number>> = {
  satisfied: EXIT.ok,
  unsatisfied: EXIT.unsatisfied,
  trial: EXIT.trialPending,
  pending: EXIT.rebootPending,
  unknown: EXIT.unknown,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "reading hostcfg's records of this host");
  const opened = call.open(target);
  const history = await historyOf(call, opened);
  const document = statusDocument(await call.engine.readStatus(opened.reader(), history), VERSION);
  await printResult(call, document, () => renderHostStatus(document, call.style));
  return EXIT_OF[document.status];
}
