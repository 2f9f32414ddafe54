import { posix } from "node:path";
import { sha256Of } from "../sha256.ts";
import { decode } from "./decode.ts";
import { isMapping, valueAt } from "./document.ts";
import { mergedOver, withPackagesFrom } from "./merge.ts";
import type { Finding, TextProblem } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import type { Resolved } from "./resolve.ts";
import { shown } from "./shown.ts";
import { SourceText } from "./source-text.ts";

/** The base file of a spec, as it was read. */
export interface IncludedFile {
  /** From where the path of the spec is one, or absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly text: string;
}

/** What a spec is, with its base: the same only where both files have the same bytes. */
export function digestOf({
  sha256,
  include,
}: {
  readonly sha256: string;
  readonly include?: { readonly sha256: string } | undefined;
}): string {
  return include === undefined ? sha256 : sha256Of(`${sha256} ${include.sha256}`);
}

interface NamedFile {
  readonly path: string;
  readonly sha256: string;
}

export interface SpecFiles extends NamedFile {
  readonly include?: NamedFile | undefined;
}

/** The files of a spec by name and digest, without what is in them. */
export function filesOf({ path, sha256, include }: SpecFiles): SpecFiles {
  if (include === undefined) return { path, sha256 };
  return { path, sha256, include: { path: include.path, sha256: include.sha256 } };
}

/** Reads the base file at a path that starts where the spec's own does; or says of it why not, as in "it is a folder". */
export type ReadInclude = (path: string) => Uint8Array | { readonly why: string };

export interface Joined {
  /** The spec over its base; absent where the base is too broken for the whole to be judged. */
  readonly root?: Resolved;
  /** Absent where the spec includes none, or it could not be read. */
  readonly include?: { readonly file: IncludedFile; readonly root?: Resolved };
  /** Of the spec's own text. */
  readonly findings: readonly Finding[];
  /** Of the base's. */
  readonly problems: readonly { readonly problem: TextProblem; readonly source: SourceText }[];
}

const INCLUDE = ["include"] as const;

/** A spec with the base that it names. What `include` itself has wrong, the schema tells. */
export function withInclude(path: string, host: Resolved, read: ReadInclude): Joined {
  const name = valueAt(host.value, INCLUDE);
  if (typeof name !== "string" || name === "") return { root: host, findings: [], problems: [] };
  const at = posix.isAbsolute(name) ? posix.normalize(name) : posix.join(posix.dirname(path), name);
  const bytes = read(at);
  if (!(bytes instanceof Uint8Array)) return { findings: [unreadable(at, bytes.why)], problems: [] };

  const { text, problems } = decode(bytes);
  const source = new SourceText(at, text);
  const reading = problems.length > 0 ? { problems } : readYaml(source);
  const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const file = { path: at, sha256: sha256Of(bytes), text: whole };
  const { root: base } = reading;
  const wrong = [...reading.problems, ...(base === undefined ? [] : ownProblems(at, base))];
  const all = wrong.map((problem) => ({ problem, source }));
  if (base === undefined || !isMapping(base.value)) return { include: { file }, findings: [], problems: all };
  const moved = withPackagesFrom(base, posix.dirname(name));
  return {
    root: mergedOver(moved, host),
    include: { file, root: base },
    findings: [],
    problems: all,
  };
}

function ownProblems(path: string, { value, place }: Resolved): readonly TextProblem[] {
  if (!isMapping(value))
    return [
      {
        code: "wrong-type",
        summary: "An included file must be a mapping, as a spec is",
        hint: "write keys and values in it, from apiVersion: hostcfg/v1 on",
        span: place.source.firstLineOf(place.value),
      },
    ];
  const nested = place.children?.get("include");
  if (nested === undefined) return [];
  const other = typeof value["include"] === "string" ? shown(value["include"]) : "another file";
  return [
    {
      code: "include-nested",
      summary: `${path} is included and includes ${other} itself: one level is all there is`,
      hint: "take this line out, and write what both files need into this one",
      span: nested.key ?? nested.value,
    },
  ];
}

function unreadable(path: string, why: string): Finding {
  return {
    code: "include-unreadable",
    summary: `The included file ${path} ${why}`,
    hint: "its name starts in the folder of this file: check it, or take the line out",
    path: INCLUDE,
    at: "value",
  };
}
