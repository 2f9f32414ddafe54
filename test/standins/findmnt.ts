import type { Program } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";

/** Long options of findmnt(8), and kernelstub's spelling of the same question. */
const QUESTIONS = ["--noheadings --output UUID --mountpoint /", "-n -o UUID --mountpoint /"];

/** findmnt(8), only for the UUID of the root file system, which stands in the root's /etc/fstab here. */
export const findmnt: Program = (args, { root }) => {
  if (!QUESTIONS.includes(args.join(" "))) throw untaught("findmnt", args);
  const lines = root.exists("/etc/fstab") ? root.text("/etc/fstab").split("\n") : [];
  const source = lines.map((line) => line.split(/\s+/)).find(([, mountPoint]) => mountPoint === "/")?.[0];
  return source?.startsWith("UUID=") === true
    ? succeeded(`${source.slice("UUID=".length)}\n`)
    : failed(1, "");
};
