import type { Bootability } from "../../model/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { TARGET } from "../options.ts";
import { printResult } from "../print.ts";
import { openTarget } from "../target.ts";
import { renderBootability } from "../views/bootability.ts";

export const check: Command = {
  name: "check",
  summary: "judge from its files whether a host would come up and has a way back",
  options: [...TARGET],
  refused: { "auto-approve": "check changes nothing, so there is nothing to approve" },
  about: `Judges from the files alone whether this host would come up, under the loader that starts
it: the entry that boots next, its kernel and its initrd (there, not empty, equal to what
was copied, readable to the end), the modules of that release, the root= and the length of
its option line; then the same of the entry that is there to go back to.

It needs no spec and writes nothing. On a mounted disk it tells why a host did not come
up, or whether it will. A loader that hostcfg cannot drive is not judged: unknown.

apply asks the same before its first step, and after each step that touches boot files.`,
  exits: [
    [EXIT.ok, "what boots next is whole; a way back that is missing or broken is a warning"],
    [EXIT.error, "it could not be checked at all"],
    [EXIT.unsatisfied, "it is broken: repair it before you reboot"],
    [EXIT.unknown, "nothing speaks against it, but something could not be seen"],
  ],
  examples: [
    ["before a reboot that nobody can watch", "sudo hostcfg check"],
    ["a disk of another host, mounted at /mnt", "sudo hostcfg check --root /mnt"],
  ],
  run,
};

const EXIT_OF: Readonly<Record<Bootability["verdict"], number>> = {
  bootable: EXIT.ok,
  broken: EXIT.unsatisfied,
  unknown: EXIT.unknown,
};

async function run(call: Call): Promise<number> {
  const { engine } = call;
  const reader = (await openTarget(call)).reader();
  const found = await engine.checkBoot({ reader, state: await engine.probe(reader) });
  await printResult(call, { formatVersion: "1.0", ...found }, () => renderBootability(found, call.style));
  return EXIT_OF[found.verdict];
}
