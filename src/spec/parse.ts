import type { Diagnostic, SourceRange, SpecPath } from "../model/index.ts";
import { sha256Of } from "../sha256.ts";
import { bareWords } from "./bare-words.ts";
import { CHECKS } from "./checks/index.ts";
import { decode } from "./decode.ts";
import { valueAt } from "./document.ts";
import { placedInDocument, placedInText, toldInOrder } from "./diagnostics.ts";
import type { HostSpec } from "./host-spec.gen.ts";
import type { IncludedFile, Joined, ReadInclude } from "./include.ts";
import { withInclude } from "./include.ts";
import { firstOnes } from "./limit.ts";
import { Places } from "./places.ts";
import type { Finding, Part } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import { schemaFindings } from "./schema-findings.ts";
import { SourceText } from "./source-text.ts";
import type { Undigested } from "./undigested.ts";
import { undigestedIn } from "./undigested.ts";
import validate from "./validate-host.gen.js";
import type { BareAt } from "./wrong-type.ts";

export interface ParsedSpec {
  /** As the user named it; the `file` of every source range. */
  readonly path: string;
  /** Of the bytes, 64 lower-case hex digits. */
  readonly sha256: string;
  /** Of the whole file, as its bytes are where they are UTF-8. */
  readonly text: string;
  /** The base file that it includes, where it includes one that can be read. */
  readonly include?: IncludedFile;
  /** With what it includes; `undefined` when there is any error. */
  readonly spec: HostSpec | undefined;
  /** In the order of the text, those of the included file last. */
  readonly diagnostics: readonly Diagnostic[];
  /** Package files whose digest is yet to be declared. */
  readonly undigested: readonly Undigested[];
  /** Where the value (or the key) at a path of the document stands; `undefined` where nothing does. */
  readonly locate: (path: SpecPath, part?: Part) => SourceRange | undefined;
}

const NONE_TO_READ: ReadInclude = () => ({ why: "is not read here" });

/**
 * Reads a spec file: everything that is wrong with it at once, and no exception for any bytes.
 *
 * @param readInclude Asked for the base file, where the spec includes one.
 */
export function parseSpec(path: string, bytes: Uint8Array, readInclude = NONE_TO_READ): ParsedSpec {
  const sha256 = sha256Of(bytes);
  const { text, problems } = decode(bytes);
  const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const source = new SourceText(path, text);
  const reading = problems.length > 0 ? { problems } : readYaml(source);

  if (reading.root === undefined) {
    const problems = reading.problems.map((problem) => placedInText(problem, source));
    const diagnostics = toldInOrder(problems, path);
    return {
      path,
      sha256,
      text: whole,
      spec: undefined,
      diagnostics,
      undigested: [],
      locate: () => undefined,
    };
  }
  const joined = withInclude(path, reading.root, readInclude);
  const places = new Places((joined.root ?? reading.root).place);
  const judged: Judgement = joined.root === undefined ? { findings: [] } : judgeAt(joined.root.value, places);
  const diagnostics = toldInOrder(
    [
      ...reading.problems.map((problem) => placedInText(problem, source)),
      ...joined.problems.map((one) => placedInText(one.problem, one.source)),
      ...versionOfBase(joined),
      ...[...joined.findings, ...judged.findings].map((finding) => placedInDocument(finding, places)),
    ],
    path,
  );
  return {
    path,
    sha256,
    text: whole,
    ...(joined.include === undefined ? {} : { include: joined.include.file }),
    spec: hasError(diagnostics) ? undefined : judged.spec,
    diagnostics,
    undigested: undigestedIn((joined.root ?? reading.root).value),
    locate: (at, part) => places.locate(at, part),
  };
}

interface Judgement {
  /** Absent when the schema does not allow the document. */
  readonly spec?: HostSpec;
  readonly findings: readonly Finding[];
}

function judgeAt(document: unknown, places: Places): Judgement {
  return judge(document, (at) => places.bareAt(at));
}

/** An included file says itself how it is to be read. All else of it is judged as a part of the spec. */
function versionOfBase({ include }: Joined): readonly Diagnostic[] {
  if (include?.root === undefined) return [];
  const places = new Places(include.root.place);
  const version = valueAt(include.root.value, ["apiVersion"]);
  return judgeAt(version === undefined ? {} : { apiVersion: version }, places).findings.map((finding) =>
    placedInDocument(finding, places),
  );
}

function judge(document: unknown, bareAt: BareAt): Judgement {
  const meaning = [...CHECKS.map((check) => check(document)), bareWords(document, bareAt)].flatMap(firstOnes);
  if (isHostSpec(document)) return { spec: document, findings: meaning };
  const errors = schemaFindings(validate.errors ?? [], document, bareAt);
  return { findings: [...firstOnes(errors), ...meaning] };
}

function isHostSpec(document: unknown): document is HostSpec {
  return validate(document);
}

function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
