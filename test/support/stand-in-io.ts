import fs from "node:fs";
import { join } from "node:path";
import type { Io } from "../../src/cli/io.ts";
import type { Capture } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { MONOTONIC } from "../../src/apply/timing.ts";
import type { StandInHost } from "../standins/host.ts";
import { machineOf } from "../standins/machine.ts";
import { StandInTree } from "../standins/tree.ts";

/** What a command line printed. */
export interface Printed {
  stdout: string;
  stderr: string;
}

/**
 * A command line in the folder `work`, whose host is a stand-in, or the record of one.
 *
 * @param columns Of the terminal that stdout is; it is none where this is left out.
 */
export function standInIo(
  work: string,
  on: StandInHost | Capture,
  columns?: number,
): { io: Io; printed: Printed } {
  const printed: Printed = { stdout: "", stderr: "" };
  const tree = "paths" in on ? new CaptureTree(on) : on.tree();
  const io: Io = {
    stdout: (text) => (printed.stdout += text),
    stderr: (text) => (printed.stderr += text),
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    stdoutColumns: columns,
    stderrColumns: undefined,
    env: {},
    cwd: work,
    program: { executable: "/usr/bin/node", script: "/usr/lib/hostcfg/dist/hostcfg.js" },
    privileged: true,
    now: () => new Date(),
    timing: MONOTONIC,
    readStdin: () => Promise.resolve(new Uint8Array()),
    ask: () => Promise.resolve(""),
    interrupted: new AbortController().signal,
    onInterrupt: () => undefined,
    workspace: Object.assign(new LinkReader(new StandInTree("/", machineOf("/"))), {
      write: (path: string, text: string) => {
        fs.writeFileSync(join("/", path), text);
      },
      writeBeside: (_sibling: string, path: string, text: string) => {
        fs.writeFileSync(path, text);
      },
    }),
    open: () => ({
      tree,
      reader: () => new LinkReader(tree),
      ...("paths" in on ? {} : { host: on, reader: () => on.reader() }),
    }),
  };
  return { io, printed };
}
