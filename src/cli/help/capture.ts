import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Records what the probes read on this host as one JSON file. Planning from it gives the
same plan as on the host, so it serves to plan elsewhere and to report a bug. Name the
spec (./host.yaml is taken when it is there) so that what it asks about is recorded too.

It changes nothing on the host. Run it as root, or what only root can read is missing.
It holds the host's name, kernel options, package list and some small files of the boot
path: look through it before you publish it.`,
  exits: [
    [EXIT.ok, "the host was recorded"],
    [EXIT.error, "it was not"],
  ],
  examples: [
    ["record this host", "sudo hostcfg capture host.yaml --out host.capture.json"],
    ["plan from the record, on any machine", "hostcfg plan host.yaml --capture host.capture.json"],
  ],
};
