import { write } from "./grub.ts";
import type { Machine, RunOptions } from "./machine.ts";
import { listen } from "./pipe.ts";
import type { Ran } from "./ran.ts";
import { changesFile } from "./stops.ts";
import { movedProgram } from "./moved-program.ts";

/** A program that hostcfg, or a package's hook, runs, and where it is to stand still. */
export interface StoppedTool {
  /** Its path. */
  readonly program: string;
  readonly calls: readonly string[];
  /** Only calls on these very paths, of the program and of all that it starts; without them, only its own calls. */
  readonly paths?: readonly string[];
}

const LOG = "/run/tool-stops";

/**
 * Puts a script in the place of a program, which runs it under strace(1) as long as somebody listens at {@link LOG}: a
 * machine that is switched on again has the program as it was.
 */
export async function stopTool(machine: Machine, { program, calls, paths }: StoppedTool): Promise<void> {
  const real = await movedProgram(machine, program);
  const which =
    paths === undefined
      ? ["--daemonize"]
      : ["--follow-forks", ...paths.map((path) => `--trace-path=${path}`)];
  const strace = [
    ...["strace", "--quiet=attach,exit", "--decode-fds=path", ...which],
    ...[`--trace=${calls.join(",")}`, `--inject=${calls.join(",")}:signal=SIGSTOP:when=1+`],
  ].join(" ");
  // strace numbers processes only where it follows them. As a daemon it leaves the script's own process to the program,
  // whose number the script knows; several may run inside each other, as dpkg does.
  const output =
    paths === undefined ? `--output="|exec sed --unbuffered 's/^/$$ /' >${LOG}"` : `--output=${LOG}`;
  const script = [
    "#!/bin/sh",
    `[ -p ${LOG} ] || exec ${real} "$@"`,
    `exec ${strace} ${output} -- ${real} "$@"`,
    "",
  ].join("\n");
  await write(machine, program, script);
  await machine.must("chmod", "755", program);
}

/** A command, of which a program that it runs stands still after each of its calls, while all others run. */
export class ToolStops {
  readonly ended: Promise<Ran>;
  readonly #machine: Machine;
  readonly #lines: AsyncIterator<string>;
  #stopped: string | undefined;

  private constructor(machine: Machine, ended: Promise<Ran>, lines: AsyncIterator<string>) {
    this.#machine = machine;
    this.ended = ended;
    this.#lines = lines;
  }

  static async start(
    machine: Machine,
    argv: readonly string[],
    options: RunOptions = {},
  ): Promise<ToolStops> {
    const pipe = await listen(machine, LOG);
    const { ended } = machine.start(argv, options);
    void ended.finally(pipe.end);
    return new ToolStops(machine, ended, pipe.lines);
  }

  /** What the program has done last, as strace printed it; undefined once the command has ended. */
  async next(): Promise<string | undefined> {
    if (this.#stopped !== undefined) await this.#goOn(this.#stopped);
    this.#stopped = undefined;
    const calls = new Map<string, string>();
    for (;;) {
      const read = await this.#lines.next();
      if (read.done === true) return undefined;
      const [, pid = "", line = ""] = /^(\d+)\s+(.*)$/.exec(read.value) ?? [];
      if (/^\w+\(/.test(line)) calls.set(pid, line);
      if (line !== "--- stopped by SIGSTOP ---") continue;
      const call = calls.get(pid) ?? "";
      if (changesFile(call)) {
        this.#stopped = pid;
        return call;
      }
      await this.#goOn(pid);
    }
  }

  async #goOn(pid: string): Promise<void> {
    // strace may tell twice of one stop, and the process may be at its end by now.
    await this.#machine.must("sh", "-c", "kill -CONT $0 2>/dev/null || :", pid);
  }
}
