import fs from "node:fs";
import { cloneAttributes } from "./clone-attributes.ts";
import { syncFileSystem } from "./sync-file-system.ts";

/**
 * The calls by which the files of a host are changed, one method for one kind of system call, and no others change them.
 * They stand apart so that tests can let each of them fail, and stop between any two. They fail as node:fs does.
 */
export interface FileCalls {
  /** open(2) for writing; Node adds O_CLOEXEC. */
  open(real: string, flags: number, mode: number): number;
  /** write(2), again until all bytes are written. */
  write(fd: number, content: string | Uint8Array): void;
  fchown(fd: number, uid: number, gid: number): void;
  fchmod(fd: number, mode: number): void;
  /** Access control list and extended attributes of one open file for another; answers why that cannot be done. */
  cloneAttributes(from: number, to: number): string | undefined;
  fsync(fd: number): void;
  /** syncfs(2) of an open folder's file system, and fsync(2) behind it. */
  syncFileSystem(folder: number): void;
  close(fd: number): void;
  rename(from: string, to: string): void;
  symlink(target: string, real: string): void;
  mkdir(real: string, mode: number): void;
  rmdir(real: string): void;
  /** unlink(2); what is not there is no failure. */
  unlink(real: string): void;
}

export const FILE_CALLS: FileCalls = {
  open: (real, flags, mode) => fs.openSync(real, flags, mode),
  write: (fd, content) => {
    fs.writeFileSync(fd, content);
  },
  fchown: (fd, uid, gid) => {
    fs.fchownSync(fd, uid, gid);
  },
  fchmod: (fd, mode) => {
    fs.fchmodSync(fd, mode);
  },
  cloneAttributes,
  fsync: (fd) => {
    fs.fsyncSync(fd);
  },
  syncFileSystem,
  close: (fd) => {
    fs.closeSync(fd);
  },
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  symlink: (target, real) => {
    fs.symlinkSync(target, real);
  },
  mkdir: (real, mode) => {
    fs.mkdirSync(real, mode);
  },
  rmdir: (real) => {
    fs.rmdirSync(real);
  },
  unlink: (real) => {
    fs.rmSync(real, { force: true });
  },
};
