import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";

/** How a command ended; `exitCode` is 128 + the signal's number for a killed one, as in a shell. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The same outcome, or an error that tells all of it. */
export async function succeeded(ran: Promise<Ran>, argv: readonly string[]): Promise<Ran> {
  const { exitCode, stdout, stderr } = await ran;
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: exit ${exitCode}\n${stdout}${stderr}`);
  return { exitCode, stdout, stderr };
}

/** Collects what a child prints and waits for its end. */
export async function outcome(child: ChildProcess): Promise<Ran> {
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]);
      });
    }),
  ]);
  return { exitCode, stdout, stderr };
}

/** All that a stream brings. */
export async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream ?? []) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("utf8");
}
