import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseLocks, recordLockHolder } from "../../src/host/record-locks.ts";
import { RootHost } from "../../src/host/root-host.ts";

/** As Linux 6.18 printed it while apt-get ran (proc_locks(5)), and the other forms of its source, fs/locks.c. */
const LOCKS = `1: POSIX  ADVISORY  WRITE 7971 fe:00:2203652 0 EOF
1: -> POSIX  ADVISORY  WRITE 7980 fe:00:2203652 0 EOF
2: FLOCK  ADVISORY  WRITE 611 fe:00:2203660 0 EOF
3: OFDLCK ADVISORY  READ  -1 00:1b:41 0 0
4: LEASE  ACTIVE    READ  700 fe:00:2203661 0 EOF
5: POSIX  ADVISORY  READ  812 103:02:77 128 128
6: POSIX  *NOINODE* 3 <none>:0 0 EOF
`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-"));
  file = path.join(folder, "lock");
  fs.writeFileSync(file, "");
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** A procfs with one lock on `file`, or with the device of another file system in its line. */
function proc(pid: number, options: { device?: string; fd?: string; comm?: string } = {}): string {
  const { dev, ino } = fs.statSync(file);
  const [major, minor] = [Math.floor(dev / 256) & 0xfff, dev % 256].map((one) =>
    one.toString(16).padStart(2, "0"),
  );
  const { device = `${major ?? ""}:${minor ?? ""}`, fd, comm } = options;
  fs.mkdirSync(path.join(folder, `${pid}/fd`), { recursive: true });
  fs.writeFileSync(path.join(folder, "locks"), `1: POSIX  ADVISORY  WRITE ${pid} ${device}:${ino} 0 EOF\n`);
  if (comm !== undefined) fs.writeFileSync(path.join(folder, `${pid}/comm`), `${comm}\n`);
  if (fd !== undefined) fs.symlinkSync(fd, path.join(folder, `${pid}/fd/4`));
  return folder;
}

describe("/proc/locks", () => {
  it("lists record locks that are held: no flock(2), no lease, nobody who waits", () => {
    expect(parseLocks(LOCKS)).toEqual([
      { pid: 7971, device: "fe:00", inode: "2203652" },
      { pid: -1, device: "00:1b", inode: "41" },
      { pid: 812, device: "103:02", inode: "77" },
    ]);
    expect(parseLocks("")).toEqual([]);
  });
});

describe("who holds a record lock", () => {
  it("is told by pid and program", () => {
    expect(recordLockHolder(file, proc(123, { comm: "apt-get" }))).toEqual({ pid: 123, program: "apt-get" });
  });

  it("is told without a name where the process is gone by now", () => {
    expect(recordLockHolder(file, proc(123))).toEqual({ pid: 123, program: "another program" });
  });

  it("is told without a pid of a lock that belongs to no process", () => {
    expect(recordLockHolder(file, proc(-1))).toEqual({ program: "another program" });
  });

  it("is found by its open files where stat(2) knows the file system by another device, as on Btrfs", () => {
    expect(recordLockHolder(file, proc(123, { device: "00:99", fd: file, comm: "dpkg" }))).toEqual({
      pid: 123,
      program: "dpkg",
    });
  });

  it("is nobody where the same inode number is another file system's", () => {
    fs.writeFileSync(path.join(folder, "other"), "");
    const fd = path.join(folder, "other");
    expect(recordLockHolder(file, proc(123, { device: "00:99", fd }))).toBeUndefined();
  });

  it("is nobody where there is no such file, and unknown without /proc/locks", () => {
    expect(recordLockHolder(path.join(folder, "none"), proc(123))).toBeUndefined();
    expect(recordLockHolder(file, path.join(folder, "nowhere"))).toBeUndefined();
  });

  it("is asked about the file of the root that is worked on, through its links", () => {
    fs.mkdirSync(path.join(folder, "root"));
    fs.symlinkSync("/elsewhere", path.join(folder, "root/lock"));
    expect(new RootHost({ root: path.join(folder, "root"), commands: "none" }).lockHolder("/lock")).toBe(
      undefined,
    );
  });
});
