import fs from "node:fs";
import { join, posix } from "node:path";
import type { FileCalls } from "../../src/host/file-calls.ts";
import { FILE_CALLS } from "../../src/host/file-calls.ts";
import type {
  ExecOptions,
  ExecOutcome,
  FileAttributes,
  Host,
  Lock,
  LockHolder,
  Written,
} from "../../src/host/host.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { Digest, Reader } from "../../src/host/reader.ts";
import { RootHost } from "../../src/host/root-host.ts";
import { hostCall } from "../../src/host/root-tree.ts";
import type { Tree } from "../../src/host/tree.ts";
import type { Faults } from "./machine.ts";
import { Hang, machineOf } from "./machine.ts";
import type { Machine } from "./program.ts";
import { StandInTree } from "./tree.ts";

export interface StandInOptions {
  readonly faults?: Faults;
  /** Called before each program that changes the host, for invariants that must hold at every moment. */
  readonly beforeExec?: (argv: readonly string[]) => void;
  /** Who holds a record lock; nobody when left out. */
  readonly lockHolder?: (path: string) => LockHolder | undefined;
  /** Called wherever a program is in the middle of its work. */
  readonly moment?: Machine["moment"];
  /** How the code under test changes files. */
  readonly calls?: FileCalls;
}

const TAIL_LINES = 15;

/**
 * A host that is a folder: files are really read and written there by the code under test, programs are
 * stand-ins in this process. Needs neither root nor any of the programs.
 */
export class StandInHost implements Host {
  readonly label: string;
  readonly hostcfg = ["/usr/bin/hostcfg"];
  readonly #folder: string;
  readonly #files: RootHost;
  readonly #calls: FileCalls;
  readonly #machine: Machine;
  readonly #beforeExec: (argv: readonly string[]) => void;
  readonly #lockHolder: (path: string) => LockHolder | undefined;
  readonly #locked = new Set<string>();

  constructor(folder: string, options: StandInOptions = {}) {
    this.label = folder;
    this.#folder = folder;
    // No recorded host has such attributes, and a process for each file would take long.
    this.#calls = options.calls ?? {
      ...FILE_CALLS,
      cloneAttributes: () => undefined,
      syncFileSystem: () => undefined,
    };
    this.#files = new RootHost({ root: folder, commands: "none" }, this.#calls);
    this.#machine = machineOf(folder, options.faults, options.moment);
    this.#lockHolder = options.lockHolder ?? (() => undefined);
    this.#beforeExec = options.beforeExec ?? (() => undefined);
  }

  tree(): Tree {
    return new StandInTree(this.#folder, this.#machine);
  }

  reader(): Reader {
    return new LinkReader(this.tree());
  }

  makeFolder(path: string, mode: number): void {
    this.#files.makeFolder(path, mode);
  }

  /** What the code under test sees as root's is ours, and becomes ours again. */
  writeFile(path: string, content: string | Uint8Array, { mode, uid = 0, gid = 0 }: FileAttributes): Written {
    if (uid !== 0 || gid !== 0) throw new Error(`${path}: a stand-in host has no other user than root`);
    return this.#files.writeFile(path, content, { mode });
  }

  appendLine(path: string, line: string): void {
    this.#files.appendLine(path, line);
  }

  symlink(path: string, target: string): void {
    this.#files.symlink(path, target);
  }

  importFile(from: string, to: string): Digest {
    return this.#files.importFile(from, to);
  }

  copyFile(from: string, to: string, { mode, uid = 0, gid = 0 }: FileAttributes): Digest & Written {
    if (uid !== 0 || gid !== 0) throw new Error(`${to}: a stand-in host has no other user than root`);
    return this.#files.copyFile(from, to, { mode });
  }

  flush(folder: string): void {
    this.#files.flush(folder);
  }

  remove(path: string): void {
    this.#files.remove(path);
  }

  removeFolder(path: string): void {
    this.#files.removeFolder(path);
  }

  async exec(argv: readonly string[], options: ExecOptions): Promise<ExecOutcome> {
    this.#beforeExec(argv);
    const log = this.#open(options.log);
    try {
      const { exitCode, stdout, stderr } = this.#machine.run(argv);
      const output = stdout + stderr;
      fs.writeFileSync(log, output);
      const tail = output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
      return await Promise.resolve({ kind: "exited", exitCode, tail });
    } catch (error) {
      if (error instanceof Hang) return { kind: "timed-out", tail: "" };
      throw error;
    } finally {
      this.#calls.close(log);
    }
  }

  lockHolder(path: string): LockHolder | undefined {
    return this.#lockHolder(path);
  }

  /** As {@link RootHost} opens a log, or the file of a lock. */
  #open(path: string): number {
    const { O_RDWR, O_CREAT, O_APPEND } = fs.constants;
    return hostCall(path, () =>
      this.#calls.open(join(this.#folder, path), O_RDWR | O_CREAT | O_APPEND, 0o600),
    );
  }

  /** Only against other holders of this object: flock(1) is not on every machine that runs the tests. */
  lock(path: string): Promise<Lock | undefined> {
    if (this.#locked.has(path)) return Promise.resolve(undefined);
    try {
      this.#machine.root.makeFolder(posix.dirname(path));
      this.#calls.close(this.#open(path));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    this.#locked.add(path);
    return Promise.resolve({
      release: () => {
        this.#locked.delete(path);
        return Promise.resolve();
      },
    });
  }
}
