import type { Diagnostic, SourceRange, SpecPath } from "../model/index.ts";
import { sha256Of } from "../sha256.ts";
import { bareWords } from "./bare-words.ts";
import { CHECKS } from "./checks/index.ts";
import { decode } from "./decode.ts";
import { placedInDocument, placedInText, toldInOrder } from "./diagnostics.ts";
import type { HostSpec } from "./host-spec.gen.ts";
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
  /** `undefined` when there is any error. */
  readonly spec: HostSpec | undefined;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** Package files whose digest is yet to be declared. */
  readonly undigested: readonly Undigested[];
  /** Where the value (or the key) at a path of the document stands; `undefined` where nothing does. */
  readonly locate: (path: SpecPath, part?: Part) => SourceRange | undefined;
}

/** Reads a spec file: everything that is wrong with it at once, and no exception for any bytes. */
export function parseSpec(path: string, bytes: Uint8Array): ParsedSpec {
  const sha256 = sha256Of(bytes);
  const { text, problems } = decode(bytes);
  const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const source = new SourceText(path, text);
  const reading = problems.length > 0 ? { problems } : readYaml(source);

  if (reading.root === undefined) {
    const diagnostics = toldInOrder(reading.problems.map((problem) => placedInText(problem, source)));
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
  const { value, place } = reading.root;
  const places = new Places(place, source);
  const judged = judge(value, (at) => places.bareAt(at));
  const diagnostics = toldInOrder([
    ...reading.problems.map((problem) => placedInText(problem, source)),
    ...judged.findings.map((finding) => placedInDocument(finding, places)),
  ]);
  return {
    path,
    sha256,
    text: whole,
    spec: hasError(diagnostics) ? undefined : judged.spec,
    diagnostics,
    undigested: undigestedIn(value),
    locate: (at, part) => places.locate(at, part),
  };
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

function isHostSpec(document: unknown): document is HostSpec {
  return validate(document);
}

function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
