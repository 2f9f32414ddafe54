import type { Diagnostic } from "../model/index.ts";
import { CODES } from "./codes.ts";
import { MOST_DIAGNOSTICS } from "./limit.ts";
import type { Places } from "./places.ts";
import type { Finding, Problem, TextProblem } from "./problem.ts";
import type { SourceText } from "./source-text.ts";

function toDiagnostic({ code, summary, detail, hint }: Problem): Diagnostic {
  return { severity: CODES[code], code, summary, detail, hint };
}

export function placedInText({ span, ...problem }: TextProblem, source: SourceText): Diagnostic {
  return { ...toDiagnostic(problem), source: source.range(span) };
}

export function placedInDocument({ path, at, ...problem }: Finding, places: Places): Diagnostic {
  return { ...toDiagnostic(problem), specPath: path, source: places.locate(path, at) };
}

/**
 * As they are told: in the order of the text, each once at its place, no more than anybody reads.
 *
 * @param file The spec's own; what stands in the file that it includes comes after.
 */
export function toldInOrder(diagnostics: readonly Diagnostic[], file: string): readonly Diagnostic[] {
  const isBase = ({ source }: Diagnostic): number => (source === undefined || source.file === file ? 0 : 1);
  const sorted = diagnostics.toSorted(
    (one, other) =>
      isBase(one) - isBase(other) ||
      (one.source?.line ?? 0) - (other.source?.line ?? 0) ||
      (one.source?.column ?? 0) - (other.source?.column ?? 0),
  );
  return limited(oncePerPlace(sorted));
}

/** An alias takes one wrong value to several paths. */
function oncePerPlace(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Set<string>();
  return diagnostics.filter(({ code, source }) => {
    const place = `${code} ${source?.line ?? 0}:${source?.column ?? 0} ${source?.file ?? ""}`;
    if (told.has(place)) return false;
    told.add(place);
    return true;
  });
}

/** Where there are too many, warnings go before errors do: the severity of the whole stays the same. */
function limited(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MOST_DIAGNOSTICS) return diagnostics;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const warnings = diagnostics.filter(({ severity }) => severity === "warning");
  const kept = new Set([...errors, ...warnings].slice(0, MOST_DIAGNOSTICS));
  const told = diagnostics.filter((diagnostic) => kept.has(diagnostic));
  const last = told.at(-1)?.source;
  const more = toDiagnostic({
    code: "too-many-problems",
    summary: `There are more problems than these ${MOST_DIAGNOSTICS}`,
    hint: "correct these first",
  });
  return [...told, last === undefined ? more : { ...more, source: last }];
}
