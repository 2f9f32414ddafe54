import { createHash } from "node:crypto";
import fs from "node:fs";
import type { PackageSearch } from "./kernel-image/package.ts";
import type { TextSearch } from "./kernel-image/text-search.ts";
import { mountsOfRoot } from "./mounts-of-root.ts";
import { isAllowedQuery } from "./queries.ts";
import type { Digest, QueryAnswer } from "./reader.ts";
import { HostError } from "./reader.ts";
import type { Tree, TreeStat } from "./tree.ts";

/**
 * Where the programs of a root may run: `none` (the root is only a folder), `host` (the root is the machine's
 * own), or `chroot` (in that folder, through chroot(8)).
 */
export type Commands = "none" | "host" | "chroot";

export interface RootOptions {
  /** `/`, or the folder of another root. */
  readonly root: string;
  readonly commands: Commands;
}

/** Bytes read at once when a file is hashed. */
const PIECE = 1 << 20;
const QUERY_SECONDS = 60;

/** The mounts of a process, once /proc/self is followed. */
const MOUNTS = /^\/proc\/\d+\/mounts$/;
/** PROC_SUPER_MAGIC of statfs(2): a live procfs and not a recorded file. */
const PROCFS = 0x9fa0;

/** A real root: this machine, or a folder that holds another one. */
export class RootTree implements Tree {
  readonly privileged = process.geteuid?.() === 0;
  readonly #options: RootOptions;

  constructor(options: RootOptions) {
    this.#options = options;
  }

  lstat(path: string): TreeStat | undefined {
    return this.#call(path, (real) => {
      const stat = fs.lstatSync(real, { throwIfNoEntry: false });
      if (stat === undefined) return undefined;
      const base = { size: stat.size, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
      if (stat.isSymbolicLink()) return { kind: "symlink", target: fs.readlinkSync(real), ...base };
      return { kind: kindOf(stat), ...base };
    });
  }

  list(path: string): readonly string[] {
    return this.#call(path, (real) => fs.readdirSync(real).sort());
  }

  read(path: string): Uint8Array {
    return this.#call(path, (real) => {
      const bytes = fs.readFileSync(real);
      const elsewhere =
        this.#options.root !== "/" && MOUNTS.test(path) && fs.statfsSync(real).type === PROCFS;
      return elsewhere
        ? Buffer.from(mountsOfRoot(bytes.toString(), fs.realpathSync(this.#options.root)))
        : bytes;
    });
  }

  head(path: string, length: number): Uint8Array {
    return this.#call(path, (real) => {
      const bytes = Buffer.alloc(length);
      const fd = fs.openSync(real, "r");
      try {
        return bytes.subarray(0, fs.readSync(fd, bytes));
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  digest(path: string): Digest {
    return this.#call(path, (real) => {
      const hash = createHash("sha256");
      const piece = Buffer.allocUnsafe(PIECE);
      const fd = fs.openSync(real, "r");
      let size = 0;
      try {
        for (let read = fs.readSync(fd, piece); read > 0; read = fs.readSync(fd, piece)) {
          hash.update(piece.subarray(0, read));
          size += read;
        }
      } finally {
        fs.closeSync(fd);
      }
      return { sha256: hash.digest("hex"), size };
    });
  }

  search(path: string, texts: readonly string[]): Promise<TextSearch> {
    return this.#later(path, async (real) => {
      const { searchFile } = await import("./kernel-image/search-file.ts");
      return searchFile(real, texts);
    });
  }

  searchPackage(path: string, texts: readonly string[]): Promise<PackageSearch> {
    return this.#later(path, async (real) => {
      const { searchPackage } = await import("./kernel-image/package.ts");
      return searchPackage(fs.readFileSync(real), texts);
    });
  }

  freeBytes(path: string): number {
    return this.#call(path, (real) => {
      const { bavail, bsize } = fs.statfsSync(real);
      return bavail * bsize;
    });
  }

  modifiedAt(path: string): number {
    return this.#call(path, (real) => Math.floor(fs.statSync(real).mtimeMs));
  }

  async query(argv: readonly string[]): Promise<QueryAnswer> {
    if (!isAllowedQuery(argv)) throw new Error(`not a read-only query: ${argv.join(" ")}`);
    if (this.#options.commands === "none") {
      return { ran: false, why: "programs of another root are only run with --chroot" };
    }
    const { ask } = await import("./command.ts");
    return ask(commandLine(this.#options, argv), QUERY_SECONDS);
  }

  #call<T>(path: string, act: (real: string) => T): T {
    return hostCall(path, () => act(realPath(this.#options, path)));
  }

  async #later<T>(path: string, act: (real: string) => Promise<T>): Promise<T> {
    try {
      return await act(realPath(this.#options, path));
    } catch (error) {
      return hostCall(path, () => {
        throw error;
      });
    }
  }
}

/** Where a canonical path of the root is on this machine. */
export function realPath({ root }: RootOptions, path: string): string {
  return root === "/" ? path : root + path;
}

/** argv as it is run on this machine so that it sees the root as `/`. */
export function commandLine(options: RootOptions, argv: readonly string[]): readonly string[] {
  return options.commands === "chroot" ? ["chroot", options.root, ...argv] : argv;
}

/** Runs one call of node:fs and turns its failure into a HostError with the path as the host knows it. */
export function hostCall<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") {
      const meaning = error.message.replace(/^[A-Z0-9]+: /, "").replace(/, \w+( '.*)?$/, "");
      throw new HostError(error.code, path, `${path}: ${meaning} (${error.code})`);
    }
    throw error;
  }
}

function kindOf(stat: fs.Stats): Exclude<TreeStat["kind"], "symlink"> {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  return stat.isBlockDevice() ? "block" : "other";
}
