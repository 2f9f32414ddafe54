import { posix } from "node:path";
import type { Look } from "../approval.ts";
import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call } from "../command.ts";
import { Failure } from "../failure.ts";
import type { Opened, Target } from "../io.ts";
import type { SoundSpec } from "../spec-file.ts";
import { readSpecInput, soundSpec } from "../spec-file.ts";
import { targetOf } from "../target.ts";
import { VERSION } from "../version.ts";

export async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "having systemd verify each boot of this host");
  needApproval(call, "enable-verify");
  const source = await soundSpec(call, readSpecInput(call));
  const opened = call.io.open(target);
  const path = insideOf(call, target, opened, source);
  return carryOut(
    call,
    { target, opened, command: "enable-verify" },
    {
      look: () => look(call, opened, source, path),
      notApplyable: "verify at boot cannot be enabled like this; nothing was changed",
      afterwards:
        target.kind === "host"
          ? [
              "It runs after each boot from the next one on; what it found: hostcfg status",
              "To run it now: sudo systemctl daemon-reload && sudo systemctl restart hostcfg-verify",
            ]
          : ["It runs after each boot of that root; what it found: hostcfg status"],
    },
  );
}

/** The path of the spec as the host will know it once it has booted. */
function insideOf({ io }: Call, target: Target, opened: Opened, source: SoundSpec): string {
  const path = posix.resolve(io.cwd, source.path);
  if (target.kind !== "root") return path;
  const { root } = target;
  const inside = posix.resolve("/", posix.relative(root, path));
  if (path.startsWith(`${root}/`) && opened.reader().digest(inside)?.sha256 === source.sha256) return inside;
  throw new Failure(
    "spec-outside-root",
    `${source.path} is not a file of ${root}, so no boot of it finds it`,
    {
      hint: `copy it into that root first, e.g. to ${posix.join(root, "etc/hostcfg/host.yaml")}, and name it there`,
    },
  );
}

async function look(
  { engine, io: { program } }: Call,
  opened: Opened,
  { sha256, spec, diagnostics }: SoundSpec,
  path: string,
): Promise<Look> {
  const reader = opened.reader();
  const state = await engine.probe(reader);
  const command = { node: program.node, program: program.script, spec: path };
  const plan = await engine.planEnableVerify(reader, {
    state,
    command,
    spec: { path, sha256, document: spec },
    diagnostics,
    hostcfgVersion: VERSION,
  });
  return { state, plan };
}
