import { posix } from "node:path";
import { callers } from "../host/others.ts";
import type { Diagnostic } from "../model/index.ts";
import { warnOfOthers } from "../plan/open-files.ts";
import type { SpecSource } from "../plan/source.ts";
import type { Call } from "./command.ts";
import type { Opened } from "./io.ts";
import { shellWords } from "./shell-words.ts";

/**
 * Warnings of who else could change the files that an apply follows; none for a capture, which nothing is applied to.
 *
 * @param planPath As typed, where a saved plan is applied.
 */
export function openFiles(
  { io }: Call,
  opened: Opened,
  source: SpecSource,
  planPath?: string,
): readonly Diagnostic[] {
  if (opened.host === undefined) return [];
  const absolute = (path: string): string => posix.resolve(io.cwd, path);
  const files = {
    spec: source.spec,
    specPath: absolute(source.path),
    ...(source.include === undefined ? {} : { includePath: absolute(source.include.path) }),
    ...(planPath === undefined ? {} : { planPath: absolute(planPath) }),
  };
  const trusted = io.privileged ? callers(io.env, 0) : callers(io.env);
  return warnOfOthers(io.workspace, files, { trusted, typed: shellWords });
}
