import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Judges this boot, not the files: is the declared kernel running, with the declared
options, are the devices in the groups that the spec asks for? Run it after the reboot,
by hand or from a unit.

It writes nothing on the host. What it cannot find out (without root, for example) is
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
    ["in a unit, with the answer as JSON in the journal", "hostcfg verify /etc/hostcfg/host.yaml --json"],
  ],
};
