import { attemptLater, unknown } from "../../facts/fact.ts";
import type { DoctorReport, Fact } from "../../model/index.ts";
import { NOTHING_DECLARED } from "../../plan/probe.ts";
import type { HostStatus } from "../../verify-at-boot/status.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { historyOf } from "../history-entry.ts";
import type { Opened, Target } from "../io.ts";
import { TARGET } from "../options.ts";
import { printResult } from "../print.ts";
import { targetOf } from "../target.ts";
import { renderDoctor } from "../views/doctor.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "say what is ready for device passthrough, and what to do about the rest",
  options: [...TARGET],
  refused: { "auto-approve": "doctor changes nothing, so there is nothing to approve" },
  about: `Looks at all that decides whether this host can hand a device to a virtual machine and come up
again: the processor and KVM, the IOMMU, interrupt remapping, each graphics card with its
driver and its group, the boot loader that hostcfg drives and why, what boots next, what
makes the initrds, Secure Boot, the ACS override patch, free space, and what hostcfg left
unfinished. Each is pass, warn, fail or unknown, with what to do where it is not a pass.

It needs no spec and changes nothing. What cannot be seen is unknown, with the reason, and
never a pass; as root more can be seen. A capture has none of hostcfg's own records, so what
is unfinished is unknown there.`,
  exits: [
    [EXIT.ok, "nothing failed and nothing is unknown; a warning does not count"],
    [EXIT.error, "it could not be looked at at all"],
    [EXIT.unsatisfied, "something failed: its remedy stands below it"],
    [EXIT.unknown, "nothing failed, but something could not be seen"],
  ],
  examples: [
    ["is this host ready?", "sudo hostcfg doctor"],
    [
      "what is not, for a program",
      "sudo hostcfg doctor --json | jq '.findings[] | select(.verdict != \"pass\")'",
    ],
  ],
  run,
};

/** As check has them: what is broken counts before what is unknown, and a warning is no failure. */
const EXIT_OF: Readonly<Record<DoctorReport["verdict"], number>> = {
  pass: EXIT.ok,
  warn: EXIT.ok,
  fail: EXIT.unsatisfied,
  unknown: EXIT.unknown,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  const opened = call.open(target);
  const reader = opened.reader();
  const state = await call.engine.probe(reader, NOTHING_DECLARED);
  const status = await statusOf(call, target, opened);
  const report = await call.engine.examine({ reader, state, status });
  await printResult(call, report, () => renderDoctor(report, call.style));
  return EXIT_OF[report.verdict];
}

async function statusOf(call: Call, target: Target, opened: Opened): Promise<Fact<HostStatus>> {
  if (target.kind === "capture") return unknown("a capture has none of hostcfg's own records");
  return attemptLater("hostcfg's own records", async () =>
    call.engine.readStatus(opened.reader(), await historyOf(call, opened)),
  );
}
