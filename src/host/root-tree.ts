import fs from "node:fs";
import { sha256InPieces } from "../sha256.ts";
import type { PackageSearch } from "../archive/deb.ts";
import type { PacmanPackage } from "../archive/pacman-package.ts";
import type { TextSearch } from "../archive/text-search.ts";
import { mountsOfRoot } from "./mounts-of-root.ts";
import { isAllowedQuery } from "./queries.ts";
import type { Digest, QueryAnswer } from "./reader.ts";
import { HostError } from "./reader.ts";
import { LARGEST, LARGEST_TEXT, openRegular, readWhole } from "./regular-file.ts";
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
  /** The command line of the hostcfg that runs; only a step that runs programs asks for it. */
  readonly hostcfg?: () => readonly string[] | undefined;
}

/** Bytes read at once when a file is hashed. */
const PIECE = 1 << 20;
const QUERY_SECONDS = 60;

/** open(2) fails with ELOOP at a link. */
const NOT_A_LINK = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW;
/** Node takes the numbers of open(2) wherever it takes a flag, though its types name only strings. */
const NOT_A_LINK_FLAG = NOT_A_LINK as unknown as string;
/** TextDecoder leaves it out as well. */
const BYTE_ORDER_MARK = "\ufeff";

/** Of this machine, not of another root. */
const KERNELS = /^\/(?:sys|proc)\//;

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
      const bytes = readWhole(real, LARGEST);
      const elsewhere =
        this.#options.root !== "/" && MOUNTS.test(path) && fs.statfsSync(real).type === PROCFS;
      return elsewhere
        ? Buffer.from(mountsOfRoot(bytes.toString(), fs.realpathSync(this.#options.root)))
        : bytes;
    });
  }

  head(path: string, length: number): Uint8Array {
    return this.#call(path, (real) => firstBytes(real, length));
  }

  readonly atOnce = {
    text: (path: string): string | undefined => {
      // Read through the mounts of another root.
      if (MOUNTS.test(path)) return undefined;
      const real = realPath(this.#options, path);
      // The kernel's own files are regular ones, and there are thousands of them.
      const text = orUndefined(() =>
        KERNELS.test(real)
          ? fs.readFileSync(real, { encoding: "utf8", flag: NOT_A_LINK_FLAG })
          : new TextDecoder("utf-8", { ignoreBOM: true }).decode(
              readWhole(real, LARGEST_TEXT, fs.constants.O_NOFOLLOW),
            ),
      );
      return text?.startsWith(BYTE_ORDER_MARK) === true ? text.slice(1) : text;
    },
    head: (path: string, length: number): Uint8Array | undefined =>
      orUndefined(() => firstBytes(realPath(this.#options, path), length, fs.constants.O_NOFOLLOW)),
    link: (path: string): string | undefined =>
      orUndefined(() => fs.readlinkSync(realPath(this.#options, path))),
    list: (path: string) =>
      this.#call(path, (real) => {
        const entries = fs.readdirSync(real, { withFileTypes: true }).map((entry) => ({
          name: entry.name,
          kind: entryKind(entry),
        }));
        return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      }),
  };

  digest(path: string): Digest {
    return this.#call(path, (real) => {
      const hash = sha256InPieces();
      const piece = Buffer.allocUnsafe(PIECE);
      const fd = openRegular(real);
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
      const { searchFile } = await import("./search-file.ts");
      return searchFile(real, texts);
    });
  }

  readPackage(path: string): Promise<PacmanPackage | { readonly why: string }> {
    return this.#later(path, async (real) => {
      const { readPacmanPackage } = await import("../archive/pacman-package.ts");
      return readPacmanPackage(readWhole(real, LARGEST));
    });
  }

  searchPackage(path: string, texts: readonly string[]): Promise<PackageSearch> {
    return this.#later(path, async (real) => {
      const bytes = readWhole(real, LARGEST);
      const isDeb = Buffer.from(bytes.subarray(0, 8)).toString("latin1") === "!<arch>\n";
      const search = isDeb
        ? (await import("../archive/deb.ts")).searchPackage
        : (await import("../archive/pacman-package.ts")).searchPacmanPackage;
      return search(bytes, texts);
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

  now(): number {
    return Date.now();
  }

  async members(path: string, parts: readonly string[]): Promise<readonly string[]> {
    const bytes = this.read(path);
    const { readInitrd } = await import("../archive/initrd.ts");
    const names = await readInitrd(bytes);
    if (names === "damaged") throw new HostError("EBADMSG", path, `${path} cannot be read to its end`);
    if (names === "unfamiliar") throw new HostError("ENOTSUP", path, `${path} is in an unfamiliar format`);
    return names.filter((name) => parts.some((part) => name.includes(part))).sort();
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

function firstBytes(real: string, length: number, flags = 0): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  const fd = openRegular(real, flags);
  try {
    return bytes.subarray(0, fs.readSync(fd, bytes));
  } finally {
    fs.closeSync(fd);
  }
}

function orUndefined<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
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

function entryKind(entry: fs.Dirent): "directory" | "symlink" | "other" {
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}

function kindOf(stat: fs.Stats): Exclude<TreeStat["kind"], "symlink"> {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  return stat.isBlockDevice() ? "block" : "other";
}
