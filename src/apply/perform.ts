import { posix } from "node:path";
import type { ExecOutcome, FileAttributes, Host, Written } from "../host/host.ts";
import type { CopyFileStep, ExecStep, Plan, Step } from "../model/index.ts";
import { fingerprint, sameFingerprint } from "../journal/fingerprint.ts";
import { placeOf } from "../journal/pre-images.ts";
import { importInputs } from "./inputs.ts";
import { finding, placePrograms } from "./own-programs.ts";

/** Why a step did not come to its end. */
export interface Failure {
  readonly why: string;
  readonly tail?: string;
  /** The step did its work, but the host would not come up with it. */
  readonly broken?: true;
  /** Its program did not even start. */
  readonly notRun?: true;
}

export interface PathContext {
  readonly host: Host;
  readonly replan: () => Promise<Plan>;
  readonly commandsRan: boolean;
  /** Told of a file that could not be given all that the old one had. */
  readonly lost: (path: string, why: string) => void;
}

/** Carries out what needs no program. */
export async function replacePath(planned: ReplaceStep, context: PathContext): Promise<Failure | undefined> {
  const { host, commandsRan } = context;
  let step = planned;
  let there = fingerprint(host.reader(), placeOf(planned));
  if (!sameFingerprint(there, planned.expect)) {
    const moved = { why: `${planned.path} changed since the plan was made` };
    // Before any command ran, a difference is somebody else's work. After one, it may be a package's own script that
    // moved the link or wrote the file: then the plan as it would be made now says what is to be there.
    if (!commandsRan) return moved;
    const fresh = (await context.replan()).steps.find(
      ({ kind, serves }) => kind === planned.kind && same(serves, planned.serves),
    );
    if (fresh === undefined) return undefined;
    if (fresh.kind === "exec" || placeOf(fresh) !== placeOf(planned)) return moved;
    step = fresh;
    there = fingerprint(host.reader(), placeOf(step));
    if (!sameFingerprint(there, step.expect)) return moved;
  }
  const place = placeOf(step);
  if (!isStillAt(host, step)) return { why: `${step.path} is no link to ${place} any more` };
  if (step.kind === "restore") {
    const { mode, uid, gid } = step;
    host.makeFolder(posix.dirname(place), 0o755);
    const bytes = Buffer.from(step.base64, "base64");
    tellLost(place, host.writeFile(place, bytes, { mode, uid, gid }), context);
    return undefined;
  }
  const kept = there.kind === "file" ? { mode: there.mode, uid: there.uid, gid: there.gid } : { mode: 0o644 };
  const attributes =
    step.kind === "writeFile" && step.mode !== undefined ? { ...kept, mode: step.mode } : kept;
  switch (step.kind) {
    case "symlink":
      host.makeFolder(posix.dirname(step.path), 0o755);
      host.symlink(step.path, step.target);
      return undefined;
    case "remove":
      // An undo that was cut may have left no more than the folder.
      if (there.kind !== "absent") host.remove(step.path);
      for (const folder of step.folders ?? []) {
        if (host.reader().list(folder)?.length === 0) host.removeFolder(folder);
      }
      return undefined;
    case "writeFile":
      host.makeFolder(posix.dirname(place), 0o755);
      tellLost(place, host.writeFile(place, step.content, attributes), context);
      return undefined;
    case "copyFile":
      host.makeFolder(posix.dirname(step.path), 0o755);
      return copy(step, attributes, context);
  }
}

/** A link may have been turned elsewhere since. */
function isStillAt(host: Host, step: ReplaceStep): boolean {
  const place = placeOf(step);
  return place === step.path || host.reader().realPath(step.path) === place;
}

/** Read back, for the ESP of a machine is often its worst disk. */
function copy(step: CopyFileStep, attributes: FileAttributes, context: PathContext): Failure | undefined {
  const { host } = context;
  const { sha256, ...written } = host.copyFile(step.from, step.path, attributes);
  tellLost(step.path, written, context);
  if (step.sha256 !== undefined && step.sha256 !== sha256)
    return { why: `${step.from} was changed since the plan was made` };
  return host.reader().digest(step.path)?.sha256 === sha256
    ? undefined
    : { why: `${step.path} differs from its source ${step.from}` };
}

function tellLost(path: string, { lost }: Written, context: PathContext): void {
  if (lost !== undefined) context.lost(path, lost);
}

export type ReplaceStep = Exclude<Step, ExecStep>;

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

/** Runs the step's program, and says why where that did not end well. */
export async function runProgram(
  step: ExecStep,
  host: Host,
  log: string,
): Promise<{ readonly failure?: Failure; readonly tail?: string }> {
  const argv = importInputs(host, step);
  if ("why" in argv) return { failure: { ...argv, notRun: true } };
  const programs = placePrograms(host, step);
  const { timeoutSeconds } = step;
  const outcome = await host.exec(finding(step, argv, programs), {
    log,
    timeoutSeconds,
    ...(programs === undefined ? {} : { programs }),
  });
  // Also after a failure: what it left half done is what the next boot finds.
  for (const folder of outcome.kind === "not-run" ? [] : step.flushes) host.flush(folder);
  const failure = failureOf(step.argv[0] ?? "", outcome, timeoutSeconds);
  return failure === undefined ? tailOf(outcome) : { failure };
}

/** Whether its program makes what the loader shows, and with it the choice of what boots next. */
export function makesMenu({ action: { does } }: ExecStep): boolean {
  return does === "make-menu" || does === "refresh-esps";
}

function failureOf(program: string, outcome: ExecOutcome, timeoutSeconds: number): Failure | undefined {
  switch (outcome.kind) {
    case "exited":
      return outcome.exitCode === 0
        ? undefined
        : { why: `${program} exited with ${outcome.exitCode}`, tail: outcome.tail };
    case "killed":
      return { why: `${program} was killed by ${outcome.signal}`, tail: outcome.tail };
    case "timed-out":
      return { why: `${program} did not end within ${timeoutSeconds} s and was stopped`, tail: outcome.tail };
    case "not-run":
      return { why: outcome.why, notRun: true };
  }
}

function tailOf(outcome: ExecOutcome): { tail?: string } {
  return outcome.kind === "not-run" ? {} : { tail: outcome.tail };
}
