import type { SeenInitrds } from "../facts/initrd-whole.ts";
import type { HostState, Plan } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { ApplyInput } from "../apply/apply.ts";
import type { ApplyOutcome } from "../apply/events.ts";
import type { Call } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import type { Opened, Target } from "./io.ts";
import { Progress } from "./progress.ts";
import { shellWords } from "./shell-words.ts";
import { rootOf } from "./target.ts";
import { text } from "./terminal-text.ts";
import { counted } from "./views/diagnostics.ts";

/** The exit code of a command that applied something. */
export const EXIT_OF: Readonly<Record<ApplyOutcome["status"], number>> = {
  "nothing-to-do": EXIT.ok,
  applied: EXIT.ok,
  failed: EXIT.error,
  stale: EXIT.error,
  interrupted: EXIT.interrupted,
  locked: EXIT.locked,
  busy: EXIT.locked,
  "not-bootable": EXIT.error,
};

export function needRoot({ io, argv }: Call, target: Target, what: string): void {
  if (target.kind !== "host" || io.privileged) return;
  const hint = shellWords(["sudo", "hostcfg", ...argv]);
  throw new Failure("needs-root", `${what} needs root`, { hint });
}

export function needChroot({ argv }: Call, target: Target, plan: Plan): void {
  const first = plan.steps.find((step) => step.kind === "exec");
  if (target.kind !== "root" || target.chroot || first === undefined) return;
  const program = first.argv[0] ?? "";
  throw new Failure(
    "needs-chroot",
    `step ${first.id} runs ${program}; programs of ${target.root} run only with --chroot`,
    {
      hint: shellWords(["hostcfg", ...argv, "--chroot"]),
    },
  );
}

export async function ask(call: Call, { host }: Opened, plan: Plan, otherwise: string): Promise<boolean> {
  if (!call.io.stdinIsTerminal) throw notApproved(call, "there is no terminal to ask on", otherwise);
  const question = text`Carry out ${counted(plan.steps.length, "step")} on ${host?.label ?? ""}? Only 'yes' is accepted: `;
  const answer = await call.io.ask(question.written);
  return answer.trim() === "yes";
}

export function notApproved({ argv }: Call, why: string, otherwise: string): Failure {
  const words = ["hostcfg", ...argv, "--auto-approve"];
  return new Failure("needs-approval", `${why}, so the plan must be approved beforehand`, {
    hint: `${shellWords(words)}\n${otherwise}`,
  });
}

/** The host, seen again, and the plan that is then made. */
export interface Look {
  readonly state: HostState;
  readonly plan: Plan;
}

interface Looking {
  readonly look: () => Promise<Look>;
  readonly spec?: HostSpec;
}

/** A replan has just looked at the host when a command has run: its boot is judged by the same look. */
function looking(
  { engine }: Call,
  opened: Opened,
  { look, spec }: Looking,
): Pick<ApplyInput, "replan" | "checkBoot"> {
  const seen: SeenInitrds = new Map();
  const declared = spec?.bootLoader === undefined ? {} : { declared: spec.bootLoader };
  let state: HostState | undefined;
  return {
    replan: async () => {
      const looked = await look();
      ({ state } = looked);
      return looked.plan;
    },
    checkBoot: async (probed) => {
      const reader = opened.reader();
      if (!probed || state === undefined) state = await engine.probe(reader, spec);
      return engine.checkBoot({ reader, state, seen, ...declared });
    },
  };
}

/** Applies a plan with its progress on stderr. */
export async function applyShown(
  call: Call,
  opened: Opened,
  plan: Plan,
  how: Looking,
): Promise<ApplyOutcome> {
  const { host } = opened;
  const { io, engine, options, stderrStyle } = call;
  if (host === undefined) throw new Error("a target that nothing can be applied to");
  const progress = new Progress(io, stderrStyle, rootOf(call));
  return engine.applyPlan({
    plan,
    host,
    ...looking(call, opened, how),
    ...(options.evenIfBroken ? { evenIfBroken: true } : {}),
    observe: (event) => {
      progress.observe(event);
    },
    signal: io.interrupted,
    now: () => io.now(),
    timing: io.timing,
    ...(options.lockTimeout === undefined ? {} : { lockTimeoutSeconds: options.lockTimeout }),
    journal: { by: whoAsks(call), keep: options.keepJournals },
  });
}

/** The person behind sudo(8), who is told from root by it alone. */
function whoAsks({ io: { env, privileged } }: Call): string {
  return env["SUDO_USER"] ?? (privileged ? "root" : (env["USER"] ?? "unknown"));
}
