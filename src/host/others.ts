import { posix } from "node:path";
import type { Reader } from "./reader.ts";

/** Bits of a mode (inode(7)). */
const STICKY = 0o1000;
const BY_GROUP = 0o020;
const BY_OTHERS = 0o002;

/** A path through which somebody else could change what is read at another one. */
export interface OpenPath {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "block" | "other";
  /** A clause, e.g. `everybody may write there (mode 0777)`. */
  readonly why: string;
  /** The command line that ends it. */
  readonly remedy: readonly string[];
}

/**
 * The users that a command is run for, besides root: who runs it, and who called sudo(8) or pkexec(1) for that.
 *
 * @param euid Effective user id of this process.
 */
export function callers(
  env: Readonly<Record<string, string | undefined>> = process.env,
  euid = process.geteuid?.() ?? 0,
): readonly number[] {
  const behind = euid === 0 ? [env["SUDO_UID"], env["PKEXEC_UID"]] : [];
  return [0, euid, ...behind.flatMap((id) => (id !== undefined && /^\d+$/.test(id) ? [Number(id)] : []))];
}

/**
 * Where others than `trusted` could change what stands at an absolute path: the file itself, each folder above it, and
 * the same for what a link on the way leads to. Whoever may write in a folder may exchange what is in it, but for a
 * sticky one (inode(7)), where only a thing's owner may. A group of the owner's own number is his alone, as adduser(8)
 * makes them.
 */
export function openToOthers(reader: Reader, path: string, trusted: readonly number[]): OpenPath[] {
  const seen = new Set<string>();
  const visit = (at: string): void => {
    if (seen.has(at)) return;
    if (at !== "/") visit(posix.dirname(at));
    seen.add(at);
    const target = reader.readLink(at);
    if (target !== undefined) visit(posix.resolve(reader.realPath(posix.dirname(at)) ?? "/", target));
  };
  visit(posix.resolve(path));
  return [...seen].flatMap((one) => openPath(reader, one, trusted));
}

function openPath(reader: Reader, path: string, trusted: readonly number[]): OpenPath[] {
  const stat = reader.lstat(path);
  if (stat === undefined) return [];
  const { kind, mode, uid, gid } = stat;
  const is = { path, kind };
  if (!trusted.includes(uid))
    return [{ ...is, why: `it belongs to user ${uid}`, remedy: ["chown", ...noLink(kind), "root", path] }];
  // Of a link the mode says nothing, and a sticky folder keeps what is in it.
  if (kind === "symlink" || (kind === "directory" && (mode & STICKY) !== 0)) return [];
  const bits = mode.toString(8).padStart(4, "0");
  if ((mode & BY_OTHERS) !== 0)
    return [{ ...is, why: `everybody may write it (mode ${bits})`, remedy: ["chmod", "go-w", path] }];
  if ((mode & BY_GROUP) !== 0 && gid !== 0 && gid !== uid)
    return [{ ...is, why: `group ${gid} may write it (mode ${bits})`, remedy: ["chmod", "g-w", path] }];
  return [];
}

function noLink(kind: OpenPath["kind"]): readonly string[] {
  return kind === "symlink" ? ["--no-dereference"] : [];
}
