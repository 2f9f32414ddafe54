import { HostError } from "../host/reader.ts";
import type { ExecStep, Step } from "../model/index.ts";
import type { BootWatch } from "../simulate/boot-watch.ts";
import { removeInputs } from "./inputs.ts";
import type { Journal } from "../journal/journal.ts";
import type { Failure, PathContext } from "./perform.ts";
import { replacePath, runProgram } from "./perform.ts";
import type { KeptPromise } from "./promise.ts";
import type { Waited } from "./package-lock.ts";
import { describeBusy, noteWaited } from "./package-lock.ts";
import { removePrograms } from "./own-programs.ts";

export interface StepContext extends PathContext {
  readonly journal: Journal;
  readonly later: readonly Step[];
  /** Addresses of the plan's changes. */
  readonly foreseen: ReadonlySet<string>;
  readonly watch: Pick<BootWatch, "brokenBy">;
  readonly promise: Pick<KeptPromise, "brokenBy" | "wouldBeBrokenBy">;
  readonly waited: Exclude<Waited, { kind: "interrupted" }>;
}

/** Carries one step out, with its record in the journal; whatever the host does is a failure, not an exception. */
export async function attemptStep(step: Step, context: StepContext): Promise<Failure | undefined> {
  const { host, journal, waited } = context;
  try {
    if (waited.kind === "busy") {
      const seconds = Math.round(waited.seconds);
      return {
        why: `the package manager is at work: ${describeBusy(waited.busy)}, still after ${seconds} s`,
      };
    }
    const unlike = await context.promise.wouldBeBrokenBy(step, context.later);
    if (unlike !== undefined) return unlike;
    noteWaited(journal, waited, step);
    journal.begin(step);
    const failure = step.kind === "exec" ? await runCommand(step, context) : await replacePath(step, context);
    if (failure !== undefined) return await withBoot(failure, step, context);
    journal.done(step);
    const broken = await context.watch.brokenBy(step, context.later.length === 0);
    return broken === undefined ? undefined : { why: broken, broken: true };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { why: error.message };
  } finally {
    if (step.kind === "exec") {
      removeInputs(host, step);
      removePrograms(host);
    }
  }
}

/** What failed may have left the host broken all the same, such as a package whose initrd could not be made. */
async function withBoot(failure: Failure, step: Step, { watch, later }: StepContext): Promise<Failure> {
  if (failure.broken === true) return failure;
  try {
    const broken = await watch.brokenBy(step, later.length === 0, false);
    return broken === undefined ? failure : { ...failure, why: `${failure.why}; ${broken}`, broken: true };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { ...failure, why: `${failure.why}; whether the host still boots is unknown: ${error.message}` };
  }
}

async function runCommand(step: ExecStep, context: StepContext): Promise<Failure | undefined> {
  const { host, journal } = context;
  const { failure, ...printed } = await runProgram(step, host, journal.log(step));
  if (failure !== undefined) return failure;
  journal.note({ event: "command-ended", step: step.id });

  // It says that it did it. The host itself knows better.
  const open = await whyOpen(step, context);
  // GRUB's menu boots next already. What Proxmox' tool makes is only known by the note that a later step writes.
  const unlike = step.action.does === "make-menu" ? await context.promise.brokenBy(context.later) : undefined;
  const whys = [open, unlike?.why].filter((why) => why !== undefined);
  return whys.length === 0
    ? undefined
    : { ...printed, why: whys.join("; "), ...(unlike?.broken === true ? { broken: true } : {}) };
}

async function whyOpen(
  step: ExecStep,
  { replan, later, foreseen }: StepContext,
): Promise<string | undefined> {
  const [program = ""] = step.argv;
  const plan = await replan();
  const error = plan.diagnostics.find(({ severity }) => severity === "error");
  if (error !== undefined) return `${program} succeeded, but now ${error.summary}`;
  const defect = plan.changes.find(({ address }) => address === "kernel.initrd");
  if (defect !== undefined && !foreseen.has(defect.address))
    return `${program} succeeded, but left an initrd to be made: ${defect.reason}`;
  const open = plan.changes.find(
    ({ address }) => step.serves.includes(address) && !later.some((other) => other.serves.includes(address)),
  );
  return open === undefined
    ? undefined
    : `${program} succeeded, but its change is still open: ${open.address}: ${open.reason}`;
}
