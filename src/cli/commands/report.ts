import type { HostReport } from "../../plan/report.ts";
import type { SpecSource } from "../../plan/source.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { jsonText } from "../json.ts";
import { TARGET } from "../options.ts";
import { checkOutFile, writeOutFile } from "../out-file.ts";
import { printDiagnostics } from "../print.ts";
import { shownPlan } from "../shown-plan.ts";
import { readSpecInput, soundSpec } from "../spec-file.ts";
import { openTarget } from "../target.ts";
import { text, written } from "../terminal-text.ts";
import { planVerdict } from "../views/plan-verdict.ts";
import { planExit } from "./plan.ts";

export const report: Command = {
  name: "report",
  argument: "[SPEC]",
  summary: "make one HTML page of the plan and the groups, to look at or to pass on",
  options: [...TARGET, "out", "detailed-exitcode"],
  refused: { "auto-approve": "report changes nothing, so there is nothing to approve" },
  about: `Makes one page of what plan and groups say of this host, for people who look rather than
read: the PCI tree with the IOMMU groups of this boot and of the boot that the plan leads to,
the devices and requirements of the spec, why two devices share a group, the changes, what
boots next before and after, the difference of every file, and the steps.

The page is one file without scripts. It loads nothing from anywhere, so it can be opened
offline, attached to a merge request, and printed. It follows the light or dark setting.

It changes nothing on the host and runs only programs that read. Run it as root, or what only
root can read is unknown. The page holds the host's name, kernel options, devices, and the text
of files that change: look through it before you publish it. Without --out it goes to stdout:
what root writes with --out only root can read, and > FILE makes a file of your own.`,
  exits: [
    [EXIT.ok, "the page was made, with or without changes in its plan"],
    [EXIT.error, "it could not be made, or it was made and shows a plan that apply would refuse"],
    [EXIT.changes, "with --detailed-exitcode: changes, or requirements that are not met"],
  ],
  examples: [
    ["a page of this host and what its spec would change", "sudo hostcfg report host.yaml > report.html"],
    [
      "a page of a host that was recorded there with hostcfg capture",
      "hostcfg report host.yaml --capture host.capture.json --out report.html",
    ],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { io, options } = call;
  if (options.out !== undefined) checkOutFile(io, options.out);
  const source = await soundSpec(call, readSpecInput(call));
  const document = await reportOf(call, source);
  const { plan } = document;
  if (options.json) io.stdout(jsonText(document));
  else printDiagnostics(call, plan.diagnostics);
  if (options.out !== undefined || !options.json) {
    const { renderPage } = await import("../report-page/page.ts");
    const page = renderPage(document);
    if (options.out === undefined) io.stdout(page);
    else writeOutFile(io, options.out, page);
  }
  if (options.out !== undefined && !options.json)
    io.stdout(
      written(
        [
          text`${planVerdict(plan)}`,
          io.privileged
            ? text`Written to ${options.out}, which only root can read.`
            : text`Written to ${options.out}: open it in a browser.`,
        ],
        call.style,
      ),
    );
  return planExit(plan, options.detailedExitcode);
}

async function reportOf(call: Call, source: SpecSource): Promise<HostReport> {
  const { engine } = call;
  const opened = await openTarget(call);
  const { plan, state } = await shownPlan(call, opened, source);
  const reader = opened.reader();
  const now = await engine.bootToPredict(state, undefined);
  const then = await engine.bootAfter(plan, state);
  return engine.hostReport({
    spec: source.spec,
    plan,
    state,
    before: { boot: now, ...(await engine.overrideFor(reader, state, now, "auto")) },
    after: { boot: then, ...(await engine.overrideAfter(reader, state, then, plan.acsOverride)) },
  });
}
