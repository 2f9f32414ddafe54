import { spawnSync } from "node:child_process";

/**
 * Runs a program of the machine that runs the tests and returns its standard output; throws with the command
 * and all that it printed when it fails. Only for building machines: what happens *in* one is asked of it.
 */
export function tool(program: string, ...args: readonly string[]): string {
  const ran = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (ran.error !== undefined) throw ran.error;
  if (ran.status !== 0) {
    throw new Error(
      `${[program, ...args].join(" ")}: exit ${ran.status ?? "by signal"}\n${ran.stdout}${ran.stderr}`,
    );
  }
  return ran.stdout;
}
