import type { HostSpec } from "../../spec/host-spec.gen.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { jsonText } from "../json.ts";
import { checkOutFile, writeOutFile } from "../out-file.ts";
import { hasDefaultSpec, readSpecInput, soundSpec } from "../spec-file.ts";
import { openTarget } from "../target.ts";
import { text, written } from "../terminal-text.ts";
import { counted } from "../views/diagnostics.ts";
import { VERSION } from "../version.ts";

export const capture: Command = {
  name: "capture",
  argument: "[SPEC]",
  summary: "record what the probes read, to plan elsewhere or to report a bug",
  options: ["root", "chroot", "out"],
  refused: { capture: "a capture is taken from a host, not from another capture" },
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
  run,
};

async function run(call: Call): Promise<number> {
  const { io, options, engine } = call;
  if (options.out !== undefined) checkOutFile(io, options.out);
  const spec = await namedSpec(call);
  const { tree } = await openTarget(call);
  const capture = await engine.takeCapture(tree, spec, VERSION, io.now());
  const document = jsonText(capture);
  if (options.out !== undefined) writeOutFile(io, options.out, document);
  if (options.out === undefined || options.json) {
    io.stdout(document);
    return EXIT.ok;
  }
  const held = `${counted(Object.keys(capture.paths).length, "path")}, ${counted(capture.queries.length, "answer")}`;
  io.stdout(
    written(
      [
        text`Captured to ${options.out}: ${held}.`,
        text`It holds the host's name, kernel options and file listings: look through it before you publish it.`,
      ],
      call.style,
    ),
  );
  return EXIT.ok;
}

/** Unlike elsewhere there need not be a spec: a capture for a bug report serves without one. */
async function namedSpec(call: Call): Promise<HostSpec | undefined> {
  if (call.argument === undefined && !hasDefaultSpec(call.io)) return undefined;
  const { spec } = await soundSpec(call, readSpecInput(call));
  return spec;
}
