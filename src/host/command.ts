import { spawn } from "node:child_process";
import type { QueryAnswer } from "./reader.ts";

/**
 * What every program is started with: a fixed search path, messages in the language that we can compare, and
 * no questions from package tools. Nothing is inherited, so nothing in the user's environment changes a result.
 */
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LC_ALL: "C",
  DEBIAN_FRONTEND: "noninteractive",
};

/** Time between asking a program that ran too long to stop and killing it. */
const GRACE_MS = 5_000;

export async function ask(argv: readonly string[], timeoutSeconds: number): Promise<QueryAnswer> {
  const { execa } = await import("execa");
  const [program = "", ...args] = argv;
  const result = await execa(program, args, {
    env: ENVIRONMENT,
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    stripFinalNewline: false,
    timeout: timeoutSeconds * 1000,
  });
  if (result.timedOut) return { ran: false, why: `${program} did not answer within ${timeoutSeconds} s` };
  if (result.exitCode === undefined) return { ran: false, why: notStarted(program, result.cause) };
  return { ran: true, exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

export type CommandEnd =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "timed-out" }
  | { readonly kind: "not-run"; readonly why: string };

/**
 * Runs a program that changes the host, its output appended to the open file `log`.
 *
 * It leads a session of its own and writes to the file itself, so neither ^C, nor a closed terminal, nor the end
 * of hostcfg stops dpkg in the middle of its work. (That is why this is not execa, which pipes output through us.)
 */
export function run(argv: readonly string[], log: number, timeoutSeconds: number): Promise<CommandEnd> {
  const [program = "", ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: ENVIRONMENT, stdio: ["ignore", log, log], detached: true });
    let timedOut = false;
    const stop = (signal: NodeJS.Signals): void => {
      timedOut = true;
      if (child.pid !== undefined) killGroup(child.pid, signal);
    };
    const terms = setTimeout(stop, timeoutSeconds * 1000, "SIGTERM");
    const kills = setTimeout(stop, timeoutSeconds * 1000 + GRACE_MS, "SIGKILL");
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
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
  return code === "ENOENT" ? `${program} is not installed` : `${program} could not be started (${code})`;
}
