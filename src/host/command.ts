import { spawn } from "node:child_process";
import type { QueryAnswer } from "./reader.ts";
import { HostError } from "./reader.ts";

/**
 * What every program is started with: a fixed search path, messages in the language that we can compare, and
 * no questions from package tools. Nothing is inherited, so nothing in the user's environment changes a result.
 */
export const PROGRAM_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LC_ALL: "C",
  DEBIAN_FRONTEND: "noninteractive",
};

/**
 * Time between asking a program that ran too long to stop and killing it. A kill may cut dpkg or kernelstub in the
 * middle of a copy, so it is the last resort: two minutes let the slowest disk take an initrd to its end.
 */
const GRACE_SECONDS = 120;

/**
 * Asks a program that only reads. It leads a session of its own, so ^C in the middle of an apply does not reach it.
 *
 * `ran: false` only where the program is not there: another source may be read then. A program that is there but
 * came to no end of its own is a failure, and what it would have said must not be guessed.
 *
 * @throws HostError `EQUERY`, the program in place of a path, where it was killed, took too long or cannot start.
 */
export async function ask(argv: readonly string[], timeoutSeconds: number): Promise<QueryAnswer> {
  const { execa } = await import("execa");
  const [program = "", ...args] = argv;
  const result = await execa(program, args, {
    env: PROGRAM_ENVIRONMENT,
    extendEnv: false,
    stdin: "ignore",
    detached: true,
    reject: false,
    stripFinalNewline: false,
    timeout: timeoutSeconds * 1000,
  });
  if (result.timedOut) throw failed(program, `${program} did not answer within ${timeoutSeconds} s`);
  if (result.signal !== undefined) throw failed(program, `${program} was killed by ${result.signal}`);
  if (result.exitCode === undefined) {
    const why = notStarted(program, result.cause);
    if (isMissing(result.cause)) return { ran: false, why };
    throw failed(program, why);
  }
  return { ran: true, exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

function failed(program: string, why: string): HostError {
  return new HostError("EQUERY", program, why);
}

export type CommandEnd =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "timed-out" }
  | { readonly kind: "not-run"; readonly why: string };

export interface RunOptions {
  readonly timeoutSeconds: number;
  /** Open files that the program holds open for as long as it lives. */
  readonly held?: readonly number[];
  /** A folder before all others of the search path. */
  readonly programs?: string | undefined;
  readonly graceSeconds?: number;
}

/**
 * Runs a program that changes the host, its output appended to the open file `log`.
 *
 * It leads a session of its own and writes to the file itself, so neither ^C, nor a closed terminal, nor the end
 * of hostcfg stops dpkg in the middle of its work. (That is why this is not execa, which pipes output through us.)
 */
export function run(
  argv: readonly string[],
  log: number,
  { timeoutSeconds, held = [], programs, graceSeconds = GRACE_SECONDS }: RunOptions,
): Promise<CommandEnd> {
  const [program = "", ...args] = argv;
  const { PATH } = PROGRAM_ENVIRONMENT;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...PROGRAM_ENVIRONMENT, PATH: programs === undefined ? PATH : `${programs}:${PATH}` },
      stdio: ["ignore", log, log, ...held],
      detached: true,
    });
    let timedOut = false;
    const stop = (signal: NodeJS.Signals): void => {
      timedOut = true;
      if (child.pid !== undefined) killGroup(child.pid, signal);
    };
    const terms = setTimeout(stop, timeoutSeconds * 1000, "SIGTERM");
    const kills = setTimeout(stop, (timeoutSeconds + graceSeconds) * 1000, "SIGKILL");
    const end = (how: CommandEnd): void => {
      clearTimeout(terms);
      clearTimeout(kills);
      resolve(timedOut ? { kind: "timed-out" } : how);
    };
    child.on("error", (error) => {
      end({ kind: "not-run", why: notStarted(program, error) });
    });
    child.on("exit", (exitCode, signal) => {
      end(signal === null ? { kind: "exited", exitCode: exitCode ?? 1 } : { kind: "killed", signal });
    });
  });
}

/** The whole group: a package tool that hangs usually does so in one of its hooks. */
function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended in this very moment.
  }
}

function notStarted(program: string, cause: unknown): string {
  return isMissing(cause)
    ? `${program} is not installed`
    : `${program} could not be started (${codeOf(cause) ?? "unknown error"})`;
}

function isMissing(cause: unknown): boolean {
  return codeOf(cause) === "ENOENT";
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
}
