import { spawn } from "node:child_process";
import { PROGRAM_ENVIRONMENT } from "./command.ts";
import { HostError } from "./reader.ts";

/** flock(1)'s exit code, of our choice, when somebody else holds the lock. */
const CONFLICT = 75;

/**
 * Takes the kernel's lock (flock(2)) on the open file `fd`, or answers false at once when somebody holds it.
 *
 * Node has no such call, so flock(1) makes it on a descriptor that it inherits. The lock belongs to the open file
 * and not to a process: it lasts until `fd` and every copy of it that a program inherited are closed, be it by
 * their deaths. No stale lock is possible.
 *
 * @param file For the message.
 * @throws HostError `ELOCK` where flock(1) fails or is not there.
 */
export async function tryLock(fd: number, file: string): Promise<boolean> {
  const { exitCode, complaint } = await flock(fd);
  if (exitCode === 0) return true;
  if (exitCode === CONFLICT) return false;
  throw new HostError("ELOCK", file, `flock could not lock ${file}: ${complaint}`);
}

function flock(fd: number): Promise<{ readonly exitCode: number | null; readonly complaint: string }> {
  return new Promise((resolve) => {
    // The fourth entry of stdio is descriptor 3 of the child.
    const child = spawn("flock", ["--nonblock", "--conflict-exit-code", String(CONFLICT), "3"], {
      env: PROGRAM_ENVIRONMENT,
      stdio: ["ignore", "ignore", "pipe", fd],
      detached: true,
    });
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
    child.on("error", (error) => {
      resolve({ exitCode: null, complaint: error.message });
    });
    child.on("close", (exitCode, signal) => {
      const end = signal === null ? `exit code ${exitCode ?? "unknown"}` : `killed by ${signal}`;
      resolve({ exitCode, complaint: stderr.trim() === "" ? end : stderr.trim() });
    });
  });
}
