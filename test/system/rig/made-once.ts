import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Makes what stands at a path unless it is there, and answers the path. Test files run beside each other: whoever comes
 * second waits. What a killed process has left is passed by: something may be mounted in it.
 *
 * @param make Is given another name to make it under.
 */
export async function madeOnce(
  path: string,
  make: (unfinished: string) => Promise<void> | void,
): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  const lock = join(dirname(path), `.${basename(path)}.maker`);
  while (!existsSync(path)) {
    if (!take(lock)) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    try {
      const unfinished = `${path}.unfinished-${process.pid}`;
      if (!existsSync(path)) {
        await make(unfinished);
        renameSync(unfinished, path);
      }
    } finally {
      rmSync(lock);
    }
  }
  return path;
}

/** Whether this process may make it now; a lock of a process that is gone is taken away. */
function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const maker = textOf(lock);
  if (maker !== undefined && !isAlive(Number(maker))) rmSync(lock, { force: true });
  return false;
}

/** Undefined where it was taken away meanwhile. */
function textOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  // It may not have written its number yet.
  return pid === 0 || existsSync(`/proc/${pid}`);
}
