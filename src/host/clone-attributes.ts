import { spawnSync } from "node:child_process";
import { PROGRAM_ENVIRONMENT } from "./command.ts";

/**
 * Gives an open file the access control list, the label and the other extended attributes of another one. Node has no call
 * for any of them, not even to see whether there are some, so cp(1) does it, which is on every Debian; it takes 4 ms. With
 * the mode it copies the list, or takes away the one that the folder gave the new file.
 *
 * @returns Why not all could be cloned.
 */
export function cloneAttributes(from: number, to: number): string | undefined {
  const { status, error, stderr } = spawnSync(
    "cp",
    ["--attributes-only", "--preserve=mode,xattr", "/proc/self/fd/3", "/proc/self/fd/4"],
    {
      env: PROGRAM_ENVIRONMENT,
      stdio: ["ignore", "ignore", "pipe", from, to],
      encoding: "utf8",
      timeout: TIMEOUT_SECONDS * 1000,
    },
  );
  if (status === 0) return undefined;
  if (error !== undefined) return error.message;
  const [first = `cp ended with ${status ?? "a signal"}`] = stderr.split("\n").filter((line) => line !== "");
  return first.replace(/^cp: /, "").replaceAll(/'?\/proc\/self\/fd\/\d'?/g, "it");
}

const TIMEOUT_SECONDS = 60;
