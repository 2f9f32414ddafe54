import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Judges this boot, not the files: is the declared kernel running, with the declared
options, are the devices in the groups that the spec asks for? Run it after the reboot,
by hand, or have systemd run it (hostcfg enable-verify).

It writes nothing on the host; with --record it writes its result, and only that, for
hostcfg status. What it cannot find out (without root, for example) is
unknown, and is never taken for satisfied.`,
  exits: [
    [EXIT.ok, "all that the spec declares is so"],
    [EXIT.error, "it could not be judged at all"],
    [EXIT.unsatisfied, "something is not as declared"],
    [EXIT.rebootPending, "what is not so yet takes effect at the next boot"],
    [EXIT.unknown, "nothing contradicts the spec, but something is unknown"],
  ],
  examples: [
    ["after the reboot", "sudo hostcfg verify host.yaml"],
    ["the same, for hostcfg status to know", "sudo hostcfg verify --record /etc/hostcfg/host.yaml"],
  ],
};
