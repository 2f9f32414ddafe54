import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { PROGRAM_ENVIRONMENT } from "./command.ts";

/**
 * Writes all of the file system of an open folder to its place, and then the disk's own cache out: behind fsync(2), names and
 * inodes may stand in the file system's journal and nowhere else. Node has no syncfs(2), so sync(1) does it.
 */
export function syncFileSystem(folder: number): void {
  const { status, error, stderr } = spawnSync("sync", ["--file-system", "/proc/self/fd/3"], {
    env: PROGRAM_ENVIRONMENT,
    stdio: ["ignore", "ignore", "pipe", folder],
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw Object.assign(new Error(`EIO: ${stderr.trim()}`), { code: "EIO" });
  fs.fsyncSync(folder);
}
