import { posix } from "node:path";
import type { OpenPath } from "../host/others.ts";
import { openToOthers } from "../host/others.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { Diagnostic } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";

/** What decides what an apply does, on the machine that runs hostcfg; paths are absolute. */
export interface DecidingFiles {
  readonly spec: HostSpec;
  readonly specPath: string;
  /** Of the base file that the spec includes. */
  readonly includePath?: string;
  /** Where the plan was saved that is applied: it holds the spec, whose own file then decides nothing. */
  readonly planPath?: string;
}

interface Asking {
  /** User ids that may change those files: root, and who hostcfg is run for. */
  readonly trusted: readonly number[];
  /** A command line as it is typed. */
  readonly typed: (words: readonly string[]) => string;
}

/**
 * Warnings of who else could change what is about to be applied. A .deb is named by its sha256, so that another one is
 * refused; whoever can exchange it can still stop every apply.
 */
export function warnOfOthers(
  workspace: Reader,
  { spec, specPath, includePath, planPath }: DecidingFiles,
  { trusted, typed }: Asking,
): readonly Diagnostic[] {
  const told = new Set<string>();
  const open = (path: string): OpenPath[] =>
    orNone(() => openToOthers(workspace, path, trusted)).filter((one) => {
      const isNew = !told.has(one.path);
      told.add(one.path);
      return isNew;
    });
  const about = (what: string, { path, why, remedy }: OpenPath) => ({
    summary: `others could change ${what}: ${path}: ${why}`,
    hint: typed(["sudo", ...remedy]),
  });
  const debs = (spec.kernel?.packages ?? []).flatMap((entry) => ("file" in entry ? [entry.file] : []));
  return [
    ...open(planPath ?? specPath).map((one): Diagnostic => ({
      severity: "warning",
      code: "spec-open-to-others",
      ...about(planPath === undefined ? "the spec" : "the saved plan", one),
    })),
    ...(includePath === undefined || planPath !== undefined ? [] : open(includePath)).map(
      (one): Diagnostic => ({
        severity: "warning",
        code: "spec-open-to-others",
        ...about("the file that the spec includes", one),
      }),
    ),
    ...debs.flatMap((file) =>
      open(posix.resolve(posix.dirname(specPath), file)).map((one): Diagnostic => ({
        severity: "warning",
        code: "deb-open-to-others",
        ...about(`the package ${file}`, one),
      })),
    ),
  ];
}

/** A folder that may not be looked into is no reason to stop: what is needed from it is read elsewhere. */
function orNone(look: () => OpenPath[]): OpenPath[] {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [];
  }
}
