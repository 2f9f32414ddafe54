import type { Reader } from "../host/reader.ts";
import type { Fingerprint } from "../model/index.ts";

/** What stands at a path; a folder or a device counts as nothing, for no step may replace it. */
export function fingerprint(reader: Reader, path: string): Fingerprint {
  const stat = reader.lstat(path);
  const target = reader.readLink(path);
  if (target !== undefined) return { kind: "symlink", target };
  const digest = stat?.kind === "file" ? reader.digest(path) : undefined;
  if (stat === undefined || digest === undefined) return { kind: "absent" };
  const { mode, uid, gid } = stat;
  return { kind: "file", sha256: digest.sha256, mode, uid, gid };
}

export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return sameContent(a, b) && sameAttributes(a, b);
}

/** The same link or the same bytes, whoever owns them. */
export function sameContent(a: Fingerprint, b: Fingerprint): boolean {
  if (a.kind === "symlink" && b.kind === "symlink") return a.target === b.target;
  if (a.kind === "file" && b.kind === "file") return a.sha256 === b.sha256;
  return a.kind === "absent" && b.kind === "absent";
}

function sameAttributes(a: Fingerprint, b: Fingerprint): boolean {
  if (a.kind !== "file" || b.kind !== "file") return true;
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}
