import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Judges from the files alone whether this host would come up, under the loader that starts
it: the entry that boots next, its kernel and its initrd (there, not empty, equal to what
was copied, readable to the end), the modules of that release, the root= and the length of
its option line; then the same of the entry that is there to go back to.

It needs no spec and writes nothing. On a mounted disk it tells why a host did not come
up, or whether it will. A loader that hostcfg cannot drive is not judged: unknown.

apply asks the same before its first step, and after each step that touches boot files.`,
  exits: [
    [EXIT.ok, "what boots next is whole; a way back that is missing or broken is a warning"],
    [EXIT.error, "it could not be judged at all"],
    [EXIT.unsatisfied, "it is broken: mend it before you reboot"],
    [EXIT.unknown, "nothing speaks against it, but something could not be seen"],
  ],
  examples: [
    ["before a reboot that nobody can watch", "sudo hostcfg check"],
    ["a disk of another host, mounted at /mnt", "sudo hostcfg check --root /mnt"],
  ],
};
