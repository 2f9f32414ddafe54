import fs from "node:fs";
import { posix } from "node:path";
import { sha256InPieces } from "../sha256.ts";
import type { ExecOptions, ExecOutcome, FileAttributes, Host, Lock, LockHolder, Written } from "./host.ts";
import type { FileCalls } from "./file-calls.ts";
import { FILE_CALLS } from "./file-calls.ts";
import type { FolderHandle } from "./folder-handle.ts";
import { inFolder } from "./folder-handle.ts";
import { LinkReader } from "./link-reader.ts";
import { callers, openToOthers } from "./others.ts";
import { HostError } from "./reader.ts";
import type { Digest, Reader } from "./reader.ts";
import { recordLockHolder } from "./record-locks.ts";
import { openRegular } from "./regular-file.ts";
import { temporaryPrefix } from "./temporary-name.ts";
import type { RootOptions } from "./root-tree.ts";
import { RootTree, commandLine, hostCall, realPath } from "./root-tree.ts";

/** Bytes from the end of a command's output that are kept for the error message. */
const TAIL_BYTES = 4096;
const TAIL_LINES = 15;
/** Bytes copied at once. */
const PIECE = 1 << 20;
/** Never what somebody else has put under that name. */
const NEW_FILE = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL;

/** Writes to a real root: this machine, or a folder that holds another one. */
export class RootHost implements Host {
  readonly label: string;
  readonly #options: RootOptions;
  readonly #calls: FileCalls;
  /** Open files that carry a lock. */
  readonly #locks = new Set<number>();

  constructor(options: RootOptions, calls: FileCalls = FILE_CALLS) {
    this.#options = options;
    this.#calls = calls;
    this.label = options.root === "/" ? "this host" : options.root;
  }

  get hostcfg(): readonly string[] | undefined {
    return this.#options.commands === "host" ? this.#options.hostcfg?.() : undefined;
  }

  reader(): Reader {
    return new LinkReader(new RootTree(this.#options));
  }

  makeFolder(path: string, mode: number): void {
    const there = this.reader().stat(path)?.kind === "directory";
    if (!there) {
      const parent = posix.dirname(path);
      if (parent !== path) this.makeFolder(parent, 0o755);
      this.#inFolder(path, (real) => {
        this.#calls.mkdir(real, mode);
      });
    }
    if ((mode & NOT_THE_OWNER) === 0) this.#refuseOthers(path);
  }

  #refuseOthers(path: string): void {
    const [open] = openToOthers(this.reader(), path, callers());
    if (open === undefined) return;
    const why = `${path} is not safe from other users: ${open.path}: ${open.why}`;
    throw new HostError("EPERM", open.path, `${why}; sudo ${open.remedy.join(" ")}`);
  }

  writeFile(path: string, content: string | Uint8Array, attributes: FileAttributes): Written {
    return this.#replace(path, (temporary, old) => {
      const fd = this.#calls.open(temporary, NEW_FILE, 0o600);
      try {
        this.#calls.write(fd, content);
        const written = this.#setAttributes(fd, old, attributes);
        this.#calls.fsync(fd);
        return written;
      } finally {
        this.#calls.close(fd);
      }
    });
  }

  symlink(path: string, target: string): void {
    this.#replace(
      path,
      (temporary) => {
        this.#calls.symlink(target, temporary);
        return {};
      },
      "link",
    );
  }

  appendLine(path: string, line: string): void {
    this.#inFolder(path, (real) => {
      const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
      const fd = this.#calls.open(real, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600);
      try {
        this.#calls.write(fd, endsInsideLine(fd) ? `\n${line}\n` : `${line}\n`);
        this.#calls.fsync(fd);
      } finally {
        this.#calls.close(fd);
      }
    });
  }

  importFile(from: string, to: string): Digest {
    return this.#copy(() => openRegular(from), to, { mode: 0o600 });
  }

  copyFile(from: string, to: string, attributes: FileAttributes): Digest & Written {
    const real = this.reader().realPath(from);
    if (real === undefined) throw new HostError("ENOENT", from, `${from} is not there (ENOENT)`);
    const open = (): number =>
      inFolder(this.#options.root, posix.dirname(real), (folder) =>
        openRegular(folder.entry(posix.basename(real)), fs.constants.O_NOFOLLOW),
      );
    return this.#copy(open, to, attributes);
  }

  #copy(open: () => number, to: string, attributes: FileAttributes): Digest & Written {
    const hash = sha256InPieces();
    let size = 0;
    const written = this.#replace(to, (temporary, old) => {
      const source = open();
      let copy: number | undefined;
      try {
        copy = this.#calls.open(temporary, NEW_FILE, 0o600);
        const piece = Buffer.allocUnsafe(PIECE);
        for (let read = fs.readSync(source, piece); read > 0; read = fs.readSync(source, piece)) {
          const bytes = piece.subarray(0, read);
          hash.update(bytes);
          this.#calls.write(copy, bytes);
          size += read;
        }
        const kept = this.#setAttributes(copy, old, attributes);
        this.#calls.fsync(copy);
        return kept;
      } finally {
        fs.closeSync(source);
        if (copy !== undefined) this.#calls.close(copy);
      }
    });
    return { sha256: hash.digest("hex"), size, ...written };
  }

  remove(path: string): void {
    this.#inFolder(path, (real) => {
      this.#calls.unlink(real);
    });
  }

  removeFolder(path: string): void {
    if (this.reader().lstat(path) === undefined) return;
    this.#inFolder(path, (real) => {
      this.#calls.rmdir(real);
    });
  }

  flush(folder: string): void {
    const canonical = this.reader().realPath(folder);
    if (canonical === undefined) return;
    hostCall(folder, () => {
      inFolder(this.#options.root, canonical, (there) => {
        for (const name of fs.readdirSync(there.entry("."))) {
          const path = there.entry(name);
          if (fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) this.#fsync(path);
        }
        this.#calls.fsync(there.fd);
      });
    });
  }

  async exec(argv: readonly string[], options: ExecOptions): Promise<ExecOutcome> {
    if (this.#options.commands === "none") {
      return { kind: "not-run", why: "programs of another root are only run with --chroot" };
    }
    const { run } = await import("./command.ts");
    const log = this.#openLog(options.log);
    try {
      const start = fs.fstatSync(log).size;
      // A program that outlives a killed hostcfg still changes the host: no other apply may begin before its end.
      const { timeoutSeconds, programs } = options;
      const held = [...this.#locks];
      const end = await run(commandLine(this.#options, argv), log, { timeoutSeconds, held, programs });
      return end.kind === "not-run" ? end : { ...end, tail: readTail(log, start) };
    } finally {
      this.#calls.close(log);
    }
  }

  async lock(path: string): Promise<Lock | undefined> {
    const { tryLock } = await import("./lock.ts");
    const fd = this.#open(path);
    let ours = false;
    try {
      ours = await tryLock(fd, path);
    } finally {
      if (!ours) this.#calls.close(fd);
    }
    if (!ours) return undefined;
    this.#locks.add(fd);
    return {
      release: () => {
        if (this.#locks.delete(fd)) this.#calls.close(fd);
        return Promise.resolve();
      },
    };
  }

  lockHolder(path: string): LockHolder | undefined {
    const canonical = this.reader().realPath(path);
    return canonical === undefined ? undefined : recordLockHolder(realPath(this.#options, canonical));
  }

  #openLog(path: string): number {
    return this.#open(path, fs.constants.O_APPEND);
  }

  /** For reading and writing; made with mode 0600 where it is missing. Node adds O_CLOEXEC. */
  #open(path: string, flags = 0): number {
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
    return this.#at(path, (folder, name) =>
      this.#calls.open(folder.entry(name), O_RDWR | O_CREAT | O_NOFOLLOW | flags, 0o600),
    );
  }

  /**
   * Makes the new thing under a name of its own, then lets it take the place of the old one. The file is flushed once more
   * behind the rename: vfat keeps the new name in memory until then, while the flush of the folder already gives the old
   * file's clusters away (proven by power cuts in a guest). What a loader may read has to be in its place before it takes the
   * name, and while it is open, the old file's blocks are nobody else's.
   */
  #replace(
    path: string,
    make: (temporary: string, old: string) => Written,
    kind: "file" | "link" = "file",
  ): Written {
    return this.#at(path, (folder, name) => {
      const prefix = temporaryPrefix(name);
      const random = process.getBuiltinModule("node:crypto").randomBytes(6).toString("hex");
      const temporary = folder.entry(prefix + random);
      // Names that an interrupted apply left beside the file. Only one apply runs at a time.
      for (const left of fs.readdirSync(folder.entry("."))) {
        if (left.startsWith(prefix)) this.#calls.unlink(folder.entry(left));
      }
      let written: Written;
      const old = isForLoaders(path, folder) ? openOld(folder.entry(name)) : undefined;
      try {
        try {
          written = make(temporary, folder.entry(name));
          this.#settle(path, folder);
          this.#calls.rename(temporary, folder.entry(name));
        } catch (error) {
          this.#calls.unlink(temporary);
          throw error;
        }
        if (kind === "file") this.#fsync(folder.entry(name));
        this.#calls.fsync(folder.fd);
        this.#settle(path, folder);
        return written;
      } finally {
        if (old !== undefined) fs.closeSync(old);
      }
    });
  }

  #settle(path: string, folder: FolderHandle): void {
    if (isForLoaders(path, folder)) this.#calls.syncFileSystem(folder.fd);
  }

  /** Acts on a name in its folder, then makes the change of the folder itself lasting. */
  #inFolder(path: string, act: (real: string) => void): void {
    this.#at(path, (folder, name) => {
      act(folder.entry(name));
      this.#calls.fsync(folder.fd);
      this.#settle(path, folder);
    });
  }

  /** Works on what is only open for reading too, folders included (fsync(2)). */
  #fsync(real: string): void {
    const fd = fs.openSync(real, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      this.#calls.fsync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  /** @param old What the new file is to take the place of. */
  #setAttributes(fd: number, old: string, attributes: FileAttributes): Written {
    const made = fs.fstatSync(fd);
    const { uid = made.uid, gid = made.gid, mode } = attributes;
    try {
      if (uid !== made.uid || gid !== made.gid) this.#calls.fchown(fd, uid, gid);
      const written = this.#cloneAttributes(old, fd);
      const wanted = written.lost === undefined ? mode : mode & ~THE_GROUP;
      if ((fs.fstatSync(fd).mode & 0o7777) !== wanted) this.#calls.fchmod(fd, wanted);
      return written;
    } catch (error) {
      // There the mount options say them, and the kernel refuses every other (fs/fat/file.c).
      if (!isFat(fd)) throw error;
      return {};
    }
  }

  #cloneAttributes(old: string, fd: number): Written {
    if (fs.lstatSync(old, { throwIfNoEntry: false })?.isFile() !== true || isFat(fd)) return {};
    const from = openRegular(old, fs.constants.O_NOFOLLOW);
    try {
      const lost = this.#calls.cloneAttributes(from, fd);
      return lost === undefined ? {} : { lost };
    } finally {
      fs.closeSync(from);
    }
  }

  /** Opens the folder of `path`, which the links on the way never lead out of the root. */
  #at<T>(path: string, act: (folder: FolderHandle, name: string) => T): T {
    const follower = process.geteuid?.();
    const reader = new LinkReader(new RootTree(this.#options), follower === undefined ? {} : { follower });
    const parent = reader.realPath(posix.dirname(path));
    if (parent === undefined) {
      throw new HostError(
        "ENOENT",
        path,
        `${path}: the folder ${posix.dirname(path)} does not exist (ENOENT)`,
      );
    }
    return hostCall(path, () =>
      inFolder(this.#options.root, parent, (folder) => act(folder, posix.basename(path))),
    );
  }
}

/** Loaders replay no journal, and FAT has none. */
function isForLoaders(path: string, folder: FolderHandle): boolean {
  return path.startsWith("/boot/") && !isFat(folder.fd);
}

function openOld(real: string): number | undefined {
  try {
    return openRegular(real, fs.constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
}

/** Mode bits of the group and the others. */
const NOT_THE_OWNER = 0o077;

const THE_GROUP = 0o070;

/** FAT has neither owners nor modes of its own, nor anything else beside the content. */
function isFat(fd: number): boolean {
  return fs.statfsSync(`/proc/self/fd/${fd}`).type === FAT;
}

/** MSDOS_SUPER_MAGIC of statfs(2): FAT. */
const FAT = 0x4d44;

function endsInsideLine(fd: number): boolean {
  const { size } = fs.fstatSync(fd);
  const last = Buffer.alloc(1);
  return size > 0 && fs.readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== "\n";
}

function readTail(fd: number, start: number): string {
  const size = fs.fstatSync(fd).size;
  const from = Math.max(start, size - TAIL_BYTES);
  const bytes = Buffer.alloc(size - from);
  const read = fs.readSync(fd, bytes, 0, bytes.length, from);
  return bytes.toString("utf8", 0, read).trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}
