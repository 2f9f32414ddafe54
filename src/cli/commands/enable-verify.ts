import { posix } from "node:path";
import type { Plan } from "../../model/index.ts";
import type { Look } from "../approval.ts";
import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Opened, Target } from "../io.ts";
import type { SoundSpec } from "../spec-file.ts";
import { DEFAULT_SPEC, readSpecInput, soundSpec } from "../spec-file.ts";
import { targetOf } from "../target.ts";
import { VERSION } from "../version.ts";

export const enableVerify: Command = {
  name: "enable-verify",
  argument: "[SPEC]",
  summary: "have systemd verify each boot, and fail a unit where it is not satisfied",
  options: ["root", "plan-only", "details", "auto-approve", "keep-journals"],
  refused: {
    capture: "enable-verify changes a machine, and a capture is only the record of one",
    chroot: "enable-verify runs no programs",
  },
  about: `Has systemd run hostcfg verify --record SPEC after each boot: it writes the unit
hostcfg-verify.service and has multi-user.target start it. It shows the plan, asks, and
carries it out as apply does, with a record that hostcfg undo takes back. Only files are
written, so it works for another root too (the spec is then a file of that root), and the next
boot is the first to be verified.

The unit fails where the host is not satisfied, which systemctl --failed and monitoring show;
hostcfg status and the journal say what was found. A drop-in can take an answer for good, e.g.
SuccessExitStatus=4 where something can never be known (systemctl edit hostcfg-verify).

The unit names hostcfg (after Node.js, unless it is the executable) and the spec by absolute
path, and runs as root. What a group or everybody can write is refused, and so is what may be
gone after a boot; what belongs to one other account is warned of. It can write hostcfg's own
folder only.`,
  exits: [
    [EXIT.ok, "done, nothing to do, or --plan-only showed what would be done"],
    [EXIT.error, "not approved, refused, or a step failed"],
    [EXIT.locked, "another apply runs on this host"],
    [EXIT.interrupted, "stopped by ^C or a signal after the running step"],
  ],
  examples: [
    ["verify each boot against this spec", "sudo hostcfg enable-verify /etc/hostcfg/host.yaml"],
    ["what would it do? (changes nothing)", "sudo hostcfg enable-verify host.yaml --plan-only"],
    ["of a mounted disk", "sudo hostcfg enable-verify /etc/hostcfg/host.yaml --root /mnt --auto-approve"],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const target = await targetOf(call);
  needRoot(call, target, "having systemd verify each boot of this host");
  needApproval(call);
  const opened = call.open(target);
  const path = pathInside(call, target);
  const source = await soundSpec(call, readSpecInput(inRoot(call, target, path)));
  if (target.kind === "root") needInside(target, opened, source, path);
  return carryOut(
    call,
    { target, opened },
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
function pathInside({ io, argument }: Call, target: Target): string {
  const path = posix.resolve(io.cwd, argument ?? DEFAULT_SPEC);
  if (target.kind !== "root") return path;
  const inside = posix.relative(target.root, path);
  // A path that does not lead into the root is one of the root itself, as the unit will have it.
  return inside === ".." || inside.startsWith("../") ? path : posix.resolve("/", inside);
}

function inRoot(call: Call, target: Target, path: string): Call {
  if (target.kind !== "root") return call;
  const argument = posix.join(target.root, path);
  if (call.io.workspace.stat(argument) === undefined) throw outside(target.root, path);
  return { ...call, argument };
}

/** A link in it may lead out of the root, where the booted host finds something else. */
function needInside(
  { root }: Extract<Target, { kind: "root" }>,
  opened: Opened,
  source: SoundSpec,
  path: string,
): void {
  const reader = opened.reader();
  if (reader.digest(path)?.sha256 !== source.sha256) throw outside(root, source.path);
  const include = includeInside(source, path);
  if (include !== undefined && reader.digest(include.path)?.sha256 !== include.sha256)
    throw outside(root, include.path);
}

/** The base file by its path inside of the host's root: its name starts where the spec's does. */
function includeInside({ spec, include }: SoundSpec, path: string): Plan["spec"]["include"] {
  if (spec.include === undefined || include === undefined) return undefined;
  return { path: posix.resolve(posix.dirname(path), spec.include), sha256: include.sha256 };
}

function outside(root: string, path: string): Failure {
  return new Failure("spec-outside-root", `${path} is not a file of ${root}, so no boot of it finds it`, {
    hint: `copy it into that root first, e.g. to ${posix.join(root, "etc/hostcfg/host.yaml")}, and name it as that root does`,
  });
}

async function look(
  { engine, io: { program } }: Call,
  opened: Opened,
  source: SoundSpec,
  path: string,
): Promise<Look> {
  const { sha256, spec, diagnostics } = source;
  const reader = opened.reader();
  const state = await engine.probe(reader);
  const command = { ...program, spec: path };
  const plan = await engine.planEnableVerify(reader, {
    state,
    command,
    spec: { path, sha256, document: spec, include: includeInside(source, path) },
    diagnostics,
    hostcfgVersion: VERSION,
  });
  return { state, plan };
}
