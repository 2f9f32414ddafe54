import { createReadStream, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { write } from "./grub.ts";
import type { Machine, RunOptions } from "./machine.ts";
import type { Ran } from "./ran.ts";
import { changesFile } from "./stops.ts";

/** A program that hostcfg, or a package's hook, runs, and where it is to stand still. */
export interface StoppedTool {
  /** Its path. */
  readonly program: string;
  readonly calls: readonly string[];
  /** Only calls on these very paths, of the program and of all that it starts; without them, only its own calls. */
  readonly paths?: readonly string[];
}

const LOG = "/run/tool-stops";
const ITSELF = "begins";
const END = "the command has ended";

/**
 * Puts a script in the place of a program, which runs it under strace(1) as long as somebody listens at {@link LOG}: a
 * machine that is switched on again has the program as it was.
 */
export async function stopTool(machine: Machine, { program, calls, paths }: StoppedTool): Promise<void> {
  const real = `${program}.real`;
  await machine.must("mv", program, real);
  const which =
    paths === undefined
      ? ["--daemonize"]
      : ["--follow-forks", ...paths.map((path) => `--trace-path=${path}`)];
  const strace = [
    ...["strace", "--quiet=attach,exit", "--decode-fds=path", `--output=${LOG}`, ...which],
    ...[`--trace=${calls.join(",")}`, `--inject=${calls.join(",")}:signal=SIGSTOP:when=1+`],
  ];
  // As a daemon strace leaves the script's own process, which it does not number, to the program.
  const script = [
    "#!/bin/sh",
    `[ -p ${LOG} ] || exec ${real} "$@"`,
    `echo "$$ ${ITSELF}" >${LOG}`,
    `exec ${strace.join(" ")} -- ${real} "$@"`,
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
  #itself = "";

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
    await machine.must("sh", "-c", `rm -f ${LOG}; mkfifo ${LOG}`);
    // Open for writing as well: the program may run several times, and its first end of file is not the last.
    const pipe = openSync(machine.path(LOG), "r+");
    const stream = createReadStream("", { fd: pipe });
    const { ended } = machine.start(argv, options);
    void ended.then(() => {
      writeSync(pipe, `0 ${END}\n`);
    });
    return new ToolStops(machine, ended, createInterface({ input: stream })[Symbol.asyncIterator]());
  }

  /** What the program has done last, as strace printed it; undefined once the command has ended. */
  async next(): Promise<string | undefined> {
    if (this.#stopped !== undefined) await this.#goOn(this.#stopped);
    this.#stopped = undefined;
    const calls = new Map<string, string>();
    for (;;) {
      const read = await this.#lines.next();
      if (read.done === true) return undefined;
      const [, pid = this.#itself, line = ""] = /^(?:(\d+)\s+)?(.*)$/.exec(read.value) ?? [];
      if (line === END) return undefined;
      if (line === ITSELF) this.#itself = pid;
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
    await this.#machine.must("sh", "-c", "kill -CONT $0", pid);
  }
}
