import type { Lock } from "./host.ts";
import { HostError } from "./reader.ts";

/** flock(1)'s own answer when somebody else holds the lock. */
const CONFLICT = 75;

/**
 * A kernel lock (flock(2)) on a file, held by a `flock FILE cat` child: Node has no call for it. When hostcfg
 * dies, however it dies, cat reads the end of its input, ends, and the lock is gone: no stale lock is possible.
 */
export async function takeLock(file: string): Promise<Lock | undefined> {
  const { execa } = await import("execa");
  const holder = execa("flock", ["--nonblock", "--conflict-exit-code", String(CONFLICT), file, "cat"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
    buffer: false,
    detached: true,
    reject: false,
  });
  // cat gives back what it is told only once flock has started it, that is, once the lock is ours.
  const echoed = new Promise<"ours">((resolve) => {
    holder.stdout.once("data", () => {
      resolve("ours");
    });
  });
  // A holder that ended cannot be told anything: its exit code says why.
  holder.stdin.on("error", () => undefined);
  holder.stdin.write("\n");
  const first = await Promise.race([echoed, holder]);
  if (first !== "ours") {
    if (first.exitCode === CONFLICT) return undefined;
    throw new HostError(
      "ELOCK",
      file,
      `flock could not lock ${file}: ${first.shortMessage ?? "it ended at once"}`,
    );
  }
  return {
    release: async () => {
      holder.stdin.end();
      await holder;
    },
  };
}
