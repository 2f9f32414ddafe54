import { HostError } from "../host/reader.ts";
import type { Observed } from "../plan/make.ts";
import { sameLock } from "../pci/device-lock.ts";
import { lockPathOf } from "../plan/lock-file.ts";
import type { SpecSource } from "../plan/source.ts";
import { same } from "../apply/staleness.ts";
import type { Call } from "./command.ts";
import { includeFrom } from "./input-file.ts";
import { jsonText } from "./json.ts";

/** What became of the lock file beside the spec. */
export interface KeptLock {
  /** Absolute. */
  readonly path: string;
  /** False where it said so already, and where it could not be written. */
  readonly written: boolean;
  /** Why it could not be written. */
  readonly why?: string;
}

/**
 * Records beside the spec which card each of its device names means now, unless that is what the file says. A lock
 * that cannot be written is told, not thrown: the host itself is as the spec wants it.
 *
 * @returns `undefined` where there is nothing to record, or no place: a saved plan may come from another machine, and
 *   the path in it is only believed where its spec stands there.
 */
export async function keepLock({ io, engine }: Call, observed: Observed): Promise<KeptLock | undefined> {
  const { source, state, lock: there } = observed;
  const lock = await engine.lockNow(source.spec, state);
  if (lock === undefined) return undefined;
  const path = lockPathOf(source.path);
  if (there?.content.known === true && sameLock(there.content.value, lock)) return { path, written: false };
  if (there?.content.known === false) return { path, written: false, why: there.content.why };
  try {
    if (!(await isItsSpec({ io, engine }, source))) return undefined;
    io.workspace.writeBeside(source.path, path, jsonText(lock));
    return { path, written: true };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { path, written: false, why: error.message.replace(`${error.path}: `, "") };
  }
}

async function isItsSpec(
  { io, engine }: Pick<Call, "io" | "engine">,
  { path, spec }: SpecSource,
): Promise<boolean> {
  if (io.workspace.stat(path)?.kind !== "file") return false;
  const bytes = io.workspace.readFile(path);
  return bytes !== undefined && same((await engine.parseSpec(path, bytes, includeFrom(io))).spec, spec);
}
