import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyDisks, espDisk, rootDisk } from "./disks.ts";
import type { Started } from "./live.ts";
import { writeLive } from "./live.ts";

/** How a command ended; `exitCode` is 128 + the signal's number for a killed one, as in a shell. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Standard input; without it the command gets /dev/null. */
  readonly input?: string;
  /** Working folder in the machine; /root without it. */
  readonly cwd?: string;
  /** Under the root of the machine that runs the tests, where this one is at {@link Machine.mount}. */
  readonly outside?: boolean;
}

/** A command that may still run. */
export interface Running {
  readonly ended: Promise<Ran>;
  /** Sends the signal to the command's whole process group, as a terminal does on Ctrl-C. */
  signal(name: "SIGINT" | "SIGKILL"): Promise<void>;
}

const SETUP = fileURLToPath(new URL("machine.sh", import.meta.url));
const NEW_NAMESPACES = ["--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net"];
const ENVIRONMENT = {
  HOME: "/root",
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  DEBIAN_FRONTEND: "noninteractive",
};

/**
 * A Debian root with real tools: its own mounts, processes, host name and (empty) network, and the recorded kernel
 * facts in /proc and /sys. Switched off it leaves nothing but its folder.
 */
export class Machine {
  /** Where the machine's / is for commands that are run with `outside`. */
  readonly mount: string;
  readonly #folder: string;
  #power: { readonly pid: number; readonly unshare: ChildProcess; readonly off: Promise<void> } | undefined;

  /** `folder` is the machine's own and holds its disks (see {@link ./disks.ts}). */
  constructor(folder: string) {
    this.#folder = folder;
    this.mount = join(folder, "mount");
  }

  /** Boots what `started` says, or else what the recorded host runs. */
  async powerOn(started?: Started): Promise<void> {
    const live = join(this.#folder, "live");
    rmSync(live, { recursive: true, force: true });
    writeLive(live, started);
    mkdirSync(this.mount, { recursive: true });
    const unshare = spawn("unshare", [...NEW_NAMESPACES, SETUP], {
      env: {
        ...ENVIRONMENT,
        ROOT_DISK: rootDisk(this.#folder),
        ESP_DISK: espDisk(this.#folder),
        LIVE: live,
        MOUNT: this.mount,
        NODE: process.execPath,
      },
      stdio: "pipe",
    });
    const off = new Promise<void>((resolve) => {
      unshare.once("close", () => {
        resolve();
      });
    });
    const complaint = text(unshare.stderr);
    const pid = await Promise.race([firstLine(unshare.stdout), off]);
    if (pid === undefined) throw new Error(`the machine did not come up:\n${await complaint}`);
    this.#power = { pid: Number(pid), unshare, off };
  }

  /** Unmounts the disks, which writes all that is still in memory, and ends all that runs. */
  async powerOff(): Promise<void> {
    const power = this.#power;
    if (power === undefined) return;
    this.#power = undefined;
    // Process 1 ends with its input, and all others with process 1.
    power.unshare.stdin?.end();
    await power.off;
  }

  /** Takes the power away: what no program had synced is lost. */
  async cutPower(): Promise<void> {
    const atTheCut = join(this.#folder, "cut");
    copyDisks(this.#folder, atTheCut);
    await this.powerOff();
    copyDisks(atTheCut, this.#folder);
    rmSync(atTheCut, { recursive: true });
  }

  /** Switches the machine off and throws its disks away. */
  async discard(): Promise<void> {
    await this.powerOff();
    rmSync(this.#folder, { recursive: true });
  }

  get #pid(): string {
    if (this.#power === undefined) throw new Error("the machine is off");
    return String(this.#power.pid);
  }

  /** The path by which this process reaches a path of the machine. Links on the way must be relative. */
  path(inside: string): string {
    return join(`/proc/${this.#pid}/root`, inside);
  }

  readText(inside: string): string {
    return readFileSync(this.path(inside), "utf8");
  }

  /** Lays a file, or what is in a folder, over what stands in the machine. */
  async put(from: string, inside: string): Promise<void> {
    const copy = ["cp", "-a", "-T", from, join(this.mount, inside)];
    await succeeded(this.run(copy, { outside: true }), copy);
  }

  /** Runs a command to its end. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return this.start(argv, options).ended;
  }

  /** As {@link run}, and throws unless it exits with 0: for what a test prepares, not for what it tests. */
  async must(...argv: readonly string[]): Promise<string> {
    return (await succeeded(this.run(argv), argv)).stdout;
  }

  /** Starts a command as the leader of its own process group. */
  start(argv: readonly string[], options: RunOptions = {}): Running {
    const root =
      options.outside === true ? [] : ["--root", `--wd=/proc/${this.#pid}/root${options.cwd ?? "/root"}`];
    const nsenter = spawn(
      "nsenter",
      [
        "--target",
        this.#pid,
        "--mount",
        "--uts",
        "--ipc",
        "--net",
        "--pid",
        ...root,
        "--",
        "setsid",
        ...argv,
      ],
      { env: ENVIRONMENT, stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"] },
    );
    nsenter.stdin?.end(options.input);
    return {
      ended: outcome(nsenter),
      signal: async (name) => {
        // nsenter waits outside the pid namespace; its one child is the command.
        process.kill(-(await onlyChild(nsenter.pid ?? 0)), name);
      },
    };
  }

  /** Ends every process but the machine's first, with no chance to clean up. */
  async killAll(): Promise<void> {
    await this.run(["sh", "-c", "kill -KILL -1"]);
  }
}

/** The same outcome, or an error that tells all of it. */
export async function succeeded(ran: Promise<Ran>, argv: readonly string[]): Promise<Ran> {
  const { exitCode, stdout, stderr } = await ran;
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: exit ${exitCode}\n${stdout}${stderr}`);
  return { exitCode, stdout, stderr };
}

async function outcome(child: ChildProcess): Promise<Ran> {
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

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream ?? []) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("utf8");
}

/** The first line of a stream; `undefined` never comes: the caller races it with the end of the process. */
async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  let seen = "";
  return new Promise((resolve) => {
    stream.on("data", (piece: Buffer) => {
      seen += piece.toString();
      const end = seen.indexOf("\n");
      if (end >= 0) resolve(seen.slice(0, end));
    });
  });
}

async function onlyChild(pid: number): Promise<number> {
  for (;;) {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    if (child !== "") return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
