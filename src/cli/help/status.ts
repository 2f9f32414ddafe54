import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Says in a few lines how the host stands: what the last recorded verification found and
whether it was of this boot, whether verify at boot is enabled (hostcfg enable-verify) and for
which spec, whether that spec was changed since, the newest apply, applies that were not
finished, and whether what was applied waits for a reboot.

It reads hostcfg's own files in /var/lib/hostcfg and its unit, and probes nothing: hostcfg
verify judges the host anew. Where verify at boot is not enabled and this boot was not
verified, nothing is counted against the host.`,
  exits: [
    [EXIT.ok, "nothing is open; verified, where that is enabled"],
    [EXIT.error, "the records cannot be read"],
    [
      EXIT.unsatisfied,
      "unsatisfied or not to be judged in this boot, an apply not finished, or the unit broken",
    ],
    [EXIT.rebootPending, "what was applied or verified waits for a reboot"],
    [EXIT.unknown, "not verified since this boot, or the spec was changed since"],
  ],
  examples: [
    ["how does this host stand?", "sudo hostcfg status"],
    ["the same for a monitoring system", "sudo hostcfg status --json"],
  ],
};
