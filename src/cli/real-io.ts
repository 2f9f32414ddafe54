import { posix } from "node:path";
import { isatty } from "node:tty";
import { LinkReader } from "../host/link-reader.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import { LARGEST_TEXT } from "../host/regular-file.ts";
import { RootHost } from "../host/root-host.ts";
import type { RootOptions } from "../host/root-tree.ts";
import { RootTree } from "../host/root-tree.ts";
import { survivePartingTerminal } from "../host/terminal.ts";
import { MONOTONIC } from "../apply/timing.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io, Opened, Target, Workspace } from "./io.ts";
import { openCapture } from "./open-capture.ts";

const HERE: RootOptions = { root: "/", commands: "host" };

/** What chown(2) answers who may not give a file away, and where the file system has no owners. */
const NO_SUCH_OWNER = new Set(["EPERM", "EINVAL", "EOPNOTSUPP", "ENOSYS"]);

/** The Io of this process. */
export function realIo(): Io {
  surviveLostOutput(process.stdout);
  surviveLostOutput(process.stderr);
  survivePartingTerminal();
  let signals: Signals | undefined;
  const here = workspace();
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stdinIsTerminal: isatty(0),
    stdoutIsTerminal: isatty(1),
    stderrIsTerminal: isatty(2),
    get stdoutColumns() {
      return isatty(1) ? columnsOf(process.stdout) : undefined;
    },
    get stderrColumns() {
      return isatty(2) ? columnsOf(process.stderr) : undefined;
    },
    env: process.env,
    cwd: process.cwd(),
    privileged: process.geteuid?.() === 0,
    get program() {
      return programOf(here);
    },
    now: () => new Date(),
    timing: MONOTONIC,
    readStdin,
    ask,
    get interrupted() {
      return (signals ??= new Signals()).first;
    },
    onInterrupt: (listener) => {
      (signals ??= new Signals()).onEach(listener);
    },
    workspace: here,
    open: (target) => open(target, here),
  };
}

function programOf(here: Reader): Io["program"] {
  const real = (path: string): string => (path.startsWith("/") ? here.realPath(path) : undefined) ?? path;
  const executable = real(process.execPath);
  const script = real(process.argv[1] ?? "");
  // scripts/start-executable.cjs: hostcfg's own executable is in both places.
  return { executable, script: script === executable ? undefined : script };
}

/** A terminal that was never told its size says 0. */
function columnsOf({ columns }: NodeJS.WriteStream): number | undefined {
  return columns > 0 ? columns : undefined;
}

/**
 * With its reader gone (`hostcfg plan | head`, a terminal that was closed), output is dropped and the command goes on
 * to its end: ending at a broken pipe could end an apply between two steps. Output that is lost for another reason, a full disk
 * for example, makes the exit code an error, for somebody counts on it.
 */
function surviveLostOutput(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A terminal that hung up answers EIO (tty_ioctl(4)).
    if (error.code === "EPIPE" || (error.code === "EIO" && stream.isTTY)) return;
    process.exitCode = EXIT.error;
    if (stream !== process.stderr)
      process.stderr.write(`error: the output could not be written: ${error.message}\n`);
  });
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > LARGEST_TEXT) throw new HostError("EFBIG", "-", `larger than ${LARGEST_TEXT >> 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Without line editing by readline, so that the terminal keeps ^C and ^D as everywhere else. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
  }
}

/** The signals that ask for an end. From the first use on, none of them ends the process by itself. */
class Signals {
  readonly #controller = new AbortController();
  readonly #listeners: ((times: number) => void)[] = [];
  #times = 0;

  constructor() {
    // SIGHUP too: a lost ssh session must not cut an apply. SIGTERM comes before a reboot.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        this.#times += 1;
        this.#controller.abort();
        for (const listener of this.#listeners) listener(this.#times);
      });
    }
  }

  get first(): AbortSignal {
    return this.#controller.signal;
  }

  onEach(listener: (times: number) => void): void {
    this.#listeners.push(listener);
  }
}

function workspace(): Workspace {
  const host = new RootHost(HERE);
  const reader = host.reader();
  return Object.assign(reader, {
    write: (path: string, text: string) => {
      const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
      host.writeFile(path, text, { mode: 0o600, ...owner });
    },
    writeBeside: (sibling: string, path: string, text: string) => {
      const owner = reader.stat(sibling) ?? reader.stat(posix.dirname(path));
      try {
        host.writeFile(path, text, { mode: 0o644, ...(owner && { uid: owner.uid, gid: owner.gid }) });
      } catch (error) {
        if (!(error instanceof HostError) || !NO_SUCH_OWNER.has(error.code)) throw error;
        host.writeFile(path, text, { mode: 0o644 });
      }
    },
  });
}

/** In a root without /proc a program does not know where it stands. */
function commandLineOf({ executable, script }: Io["program"]): readonly string[] | undefined {
  return executable.startsWith("/") ? [executable, ...(script === undefined ? [] : [script])] : undefined;
}

function open(target: Target, here: Reader): Opened {
  if (target.kind === "capture") return openCapture(target.capture);
  const options: RootOptions =
    target.kind === "host"
      ? { ...HERE, hostcfg: () => commandLineOf(programOf(here)) }
      : { root: target.root, commands: target.chroot ? "chroot" : "none" };
  const tree = new RootTree(options);
  const host = new RootHost(options);
  return { tree, reader: () => new LinkReader(tree), host };
}
