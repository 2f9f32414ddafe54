import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Has systemd run hostcfg verify --record SPEC after each boot: it writes the unit
hostcfg-verify.service and has multi-user.target start it. It shows the plan, asks, and
carries it out as apply does, with a record that hostcfg undo takes back. Only files are
written, so it works for another root too, and the next boot is the first to be verified.

The unit fails where the host is not satisfied, which systemctl --failed and monitoring show;
hostcfg status and the journal say what was found. A drop-in can take an answer for good, e.g.
SuccessExitStatus=4 where something can never be known (systemctl edit hostcfg-verify).

The unit names Node.js, hostcfg and the spec by absolute path, and runs as root. What a group
or everybody can write is refused, and so is what may be gone after a boot; what belongs to one
other account is warned of. It can write hostcfg's own folder only.`,
  exits: [
    [EXIT.ok, "done, nothing to do, or --plan-only showed what would be done"],
    [EXIT.error, "not approved, refused, or a step failed"],
    [EXIT.locked, "another apply runs on this host"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["verify each boot against this spec", "sudo hostcfg enable-verify /etc/hostcfg/host.yaml"],
    ["what would it do? (changes nothing)", "sudo hostcfg enable-verify host.yaml --plan-only"],
    ["of a mounted disk", "sudo hostcfg enable-verify /mnt/etc/hostcfg/host.yaml --root /mnt --auto-approve"],
  ],
};
