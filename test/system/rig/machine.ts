import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyDisks, espDisk, rootDisk } from "./disks.ts";
import type { Started } from "./live.ts";
import { writeLive } from "./live.ts";
import type { Ran } from "./ran.ts";
import { outcome, succeeded, text } from "./ran.ts";

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
  /** Resolves once its error output has this text; rejects where it ends without. */
  said(text: string): Promise<void>;
  /** As seen from outside of the machine. */
  pid(): Promise<number>;
  /** Sends the signal to the command's whole process group, as a terminal does on Ctrl-C. */
  signal(name: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL"): Promise<void>;
}

interface Power {
  /** Of the machine's first process, as seen from outside. */
  readonly pid: number;
  readonly unshare: ChildProcess;
  /** Resolves once nothing of the machine runs. */
  readonly off: Promise<void>;
}

const SETUP = fileURLToPath(new URL("machine.sh", import.meta.url));
const NEW_NAMESPACES = ["--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net"];
const ENTER = ["--mount", "--uts", "--ipc", "--net", "--pid"];
const ENVIRONMENT = {
  HOME: "/root",
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  DEBIAN_FRONTEND: "noninteractive",
  // The machines' ESP is ext4, for want of VFAT.
  SYSTEMD_RELAX_ESP_CHECKS: "1",
};

/** The files of a machine, however they are come by. */
export interface MachineFiles {
  /** The path by which this process reaches a path of the machine. */
  path(inside: string): string;
  readText(inside: string): string;
}

/**
 * A Debian root with real tools: its own mounts, processes, host name and (empty) network, and the recorded kernel
 * facts in /proc and /sys. Switched off it leaves nothing but its folder.
 */
export class Machine implements MachineFiles {
  /** Where the machine's / is for commands that are run with `outside`. */
  readonly mount: string;
  readonly folder: string;
  readonly #rootNode: string;
  #power: Power | undefined;

  /**
   * `folder` is the machine's own and holds its disks (see {@link ./disks.ts}). With `rootNode`, / is mounted from a
   * device of that name, which must be no loop device's.
   */
  constructor(folder: string, { rootNode = "" }: { readonly rootNode?: string } = {}) {
    this.folder = folder;
    this.#rootNode = rootNode;
    this.mount = join(folder, "mount");
  }

  /** Boots what `started` says, or else what the recorded host runs. */
  async powerOn(started?: Started): Promise<void> {
    const live = join(this.folder, "live");
    rmSync(live, { recursive: true, force: true });
    writeLive(live, started);
    mkdirSync(this.mount, { recursive: true });
    const unshare = spawn("unshare", [...NEW_NAMESPACES, SETUP], {
      env: {
        ...ENVIRONMENT,
        ROOT_DISK: rootDisk(this.folder),
        ROOT_NODE: this.#rootNode,
        ESP_DISK: espDisk(this.folder),
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
    const pid = await firstLine(unshare.stdout);
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
    const atTheCut = join(this.folder, "cut");
    copyDisks(this.folder, atTheCut);
    await this.powerOff();
    copyDisks(atTheCut, this.folder);
    rmSync(atTheCut, { recursive: true });
  }

  /** Switches the machine off and throws its disks away. */
  async discard(): Promise<void> {
    await this.powerOff();
    rmSync(this.folder, { recursive: true });
  }

  get #running(): Power {
    if (this.#power === undefined) throw new Error("the machine is off");
    return this.#power;
  }

  /** The path by which this process reaches a path of the machine. Links on the way must be relative. */
  path(inside: string): string {
    return join(`/proc/${this.#running.pid}/root`, inside);
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

  /** The command line that a command is put behind, to run in the machine as long as it is on. */
  entry({ outside, cwd }: Pick<RunOptions, "outside" | "cwd"> = {}): readonly string[] {
    const power = this.#running;
    // unshare(1) itself waits in the machine's mounts, under the root that the tests run in.
    const root = `/proc/${outside === true ? (power.unshare.pid ?? 0) : power.pid}/root`;
    const folder = cwd ?? (outside === true ? "/" : "/root");
    return ["nsenter", ...ENTER, `--target=${power.pid}`, `--root=${root}`, `--wd=${root}${folder}`, "--"];
  }

  /** Starts a command as the leader of its own process group. */
  start(argv: readonly string[], options: RunOptions = {}): Running {
    const [program = "", ...words] = [...this.entry(options), "setsid", ...argv];
    const nsenter = spawn(program, words, {
      env: ENVIRONMENT,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    nsenter.stdin?.end(options.input);
    // nsenter waits outside the pid namespace; its one child is the command.
    const pid = (): Promise<number> => onlyChild(nsenter.pid ?? 0);
    const ended = outcome(nsenter);
    return {
      ended,
      said: listener(nsenter.stderr, ended),
      pid,
      signal: async (name) => {
        process.kill(-(await pid()), name);
      },
    };
  }

  /** Ends every process but the machine's first, with no chance to clean up. */
  async killAll(): Promise<void> {
    await this.run(["sh", "-c", "kill -KILL -1"]);
  }
}

/** Waits for a text in what a command says from its start on. */
function listener(stream: NodeJS.ReadableStream | null, ended: Promise<Ran>): Running["said"] {
  const heard = { text: "", isAll: false };
  stream?.on("data", (piece: Buffer) => {
    heard.text += piece.toString();
  });
  const end = (): void => {
    heard.isAll = true;
  };
  void ended.then(end, end);
  return async (text) => {
    while (!heard.text.includes(text)) {
      if (heard.isAll) throw new Error(`it ended without "${text}":\n${heard.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
}

/** The first line of a stream, without its line break; `undefined` when it ends before that. */
function firstLine(stream: NodeJS.ReadableStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    let seen = "";
    stream.on("data", (piece: Buffer) => {
      seen += piece.toString();
      const end = seen.indexOf("\n");
      if (end >= 0) resolve(seen.slice(0, end));
    });
    stream.on("end", () => {
      resolve(undefined);
    });
  });
}

/** The one child of a process, which may have to start it yet. */
export async function onlyChild(pid: number): Promise<number> {
  for (;;) {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    if (child !== "") return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
