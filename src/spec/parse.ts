import { createHash } from "node:crypto";
import type { Diagnostic, SourceRange, SpecPath } from "../model.ts";
import { bareWords } from "./bare-words.ts";
import { CHECKS } from "./checks/index.ts";
import { CODES } from "./codes.ts";
import { decode } from "./decode.ts";
import type { HostSpec } from "./host-spec.gen.ts";
import { Places } from "./places.ts";
import type { Finding, Part, Problem, TextProblem } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import { schemaFindings } from "./schema-findings.ts";
import { SourceText } from "./source-text.ts";
import validate from "./validate-host.gen.js";
import type { BareAt } from "./wrong-type.ts";

export interface ParsedSpec {
  /** As the user named it; the `file` of every source range. */
  readonly path: string;
  /** Of the bytes, 64 lower-case hex digits. */
  readonly sha256: string;
  /** `undefined` when there is any error. */
  readonly spec: HostSpec | undefined;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** Where the value (or the key) at a path of the document stands; `undefined` where nothing does. */
  readonly locate: (path: SpecPath, part?: Part) => SourceRange | undefined;
}

/** Nobody reads more, and a file that is no spec at all can have one problem per byte. */
const MOST_DIAGNOSTICS = 100;

/** Reads a spec file: everything that is wrong with it at once, and no exception for any bytes. */
export function parseSpec(path: string, bytes: Uint8Array): ParsedSpec {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { text, problems } = decode(bytes);
  const source = new SourceText(path, text);
  const reading = problems.length > 0 ? { problems } : readYaml(source);

  if (reading.root === undefined) {
    const diagnostics = inOrder(reading.problems.map((problem) => placedInText(problem, source)));
    return { path, sha256, spec: undefined, diagnostics, locate: () => undefined };
  }
  const { value, place } = reading.root;
  const places = new Places(place, source);
  const judged = judge(value, (at) => places.bareAt(at));
  const diagnostics = inOrder([
    ...reading.problems.map((problem) => placedInText(problem, source)),
    ...judged.findings.map((finding) => placedInDocument(finding, places)),
  ]);
  return {
    path,
    sha256,
    spec: hasError(diagnostics) ? undefined : judged.spec,
    diagnostics,
    locate: (at, part) => places.locate(at, part),
  };
}

/** The spec inside a saved plan, checked by schema and meaning like a fresh one; it has no positions. */
export function checkDocument(document: unknown): { spec?: HostSpec; diagnostics: readonly Diagnostic[] } {
  const { spec, findings } = judge(document, () => undefined);
  const diagnostics = limited(
    findings.map(({ path, ...finding }) => ({ ...toDiagnostic(finding), specPath: path })),
  );
  return spec === undefined || hasError(diagnostics) ? { diagnostics } : { spec, diagnostics };
}

interface Judgement {
  /** Absent when the schema does not allow the document. */
  readonly spec?: HostSpec;
  readonly findings: readonly Finding[];
}

function judge(document: unknown, bareAt: BareAt): Judgement {
  const meaning = [...CHECKS.map((check) => check(document)), bareWords(document, bareAt)].flatMap(firstOnes);
  if (isHostSpec(document)) return { spec: document, findings: meaning };
  const errors = schemaFindings(validate.errors ?? [], document, bareAt);
  return { findings: [...firstOnes(errors), ...meaning] };
}

/** Enough of one rule's findings to know that there are too many: the rest is never worked out. */
function firstOnes(findings: Iterable<Finding>): readonly Finding[] {
  const first: Finding[] = [];
  for (const finding of findings) {
    first.push(finding);
    if (first.length > MOST_DIAGNOSTICS) break;
  }
  return first;
}

function isHostSpec(document: unknown): document is HostSpec {
  return validate(document);
}

function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

function placedInText({ span, ...problem }: TextProblem, source: SourceText): Diagnostic {
  return { ...toDiagnostic(problem), source: source.range(span) };
}

function placedInDocument({ path, at, ...problem }: Finding, places: Places): Diagnostic {
  const source = places.locate(path, at);
  return { ...toDiagnostic(problem), specPath: path, ...(source === undefined ? {} : { source }) };
}

function toDiagnostic({ code, summary, detail, hint }: Problem): Diagnostic {
  return {
    severity: CODES[code].severity,
    code,
    summary,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return limited(
    diagnostics.toSorted(
      ({ source: a }, { source: b }) =>
        (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0),
    ),
  );
}

function limited(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MOST_DIAGNOSTICS) return diagnostics;
  const shown = diagnostics.slice(0, MOST_DIAGNOSTICS);
  const last = shown.at(-1)?.source;
  const more = toDiagnostic({
    code: "too-many-problems",
    summary: `There are more problems than the first ${MOST_DIAGNOSTICS}`,
    hint: "correct these first",
  });
  return [...shown, last === undefined ? more : { ...more, source: last }];
}
