import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Machine } from "./machine.ts";

/** The lines that programs of a machine write to a named pipe of it. */
export interface Pipe {
  readonly lines: AsyncIterator<string>;
  /** No more lines will be waited for; those that are there are still read. */
  readonly end: () => void;
}

/** Makes the pipe; it has no buffer of its own to speak of, so a line is here as soon as it was printed. */
export async function listen(machine: Machine, path: string): Promise<Pipe> {
  await machine.must("sh", "-c", `rm -f ${path}; mkfifo ${path}`);
  const outside = machine.path(path);
  // Open for writing as well: several programs may write one after the other, and the first one's end is not the last.
  const kept = openSync(outside, "r+");
  // A process of its own, for a read that waits would take one of Node's few threads.
  const reader = spawn("cat", [outside], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: reader.stdout })[Symbol.asyncIterator]();
  return {
    lines,
    end: () => {
      closeSync(kept);
    },
  };
}
