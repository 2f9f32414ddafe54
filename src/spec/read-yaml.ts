import { Composer, isScalar } from "yaml";
import type { Node } from "yaml";
import { EMPTY } from "./decode.ts";
import type { TextProblem } from "./problem.ts";
import { resolveNodes } from "./resolve.ts";
import type { Resolved } from "./resolve.ts";
import { scan } from "./scan.ts";
import type { SourceText } from "./source-text.ts";
import { directiveProblems, syntaxProblems, tagProblems } from "./syntax-problems.ts";

export interface YamlReading {
  /** Absent where the text is too broken for its meaning to be judged. */
  readonly root?: Resolved;
  readonly problems: readonly TextProblem[];
}

/** Reads YAML 1.2, core schema, one document, unique keys, in time linear in the length of the text. */
export function readYaml(source: SourceText): YamlReading {
  const { text } = source;
  const { tokens, problems: bounds } = scan(text);
  if (tokens === undefined) return { problems: bounds };

  const composer = new Composer({
    version: "1.2",
    schema: "core",
    resolveKnownTags: false,
    uniqueKeys: false, // done in resolve.ts: the library compares every key with every other
    prettyErrors: false,
  });
  const [document] = composer.compose(tokens, true, text.length);
  if (document === undefined) return { problems: [...bounds, EMPTY] };

  const problems = [...bounds, ...directiveProblems(tokens), ...tagProblems(document.warnings)];
  if (document.errors.length > 0) {
    return { problems: [...problems, ...syntaxProblems(document.errors, tokens, source)] };
  }
  if (isEmpty(document.contents)) return { problems: [...problems, EMPTY] };
  const resolution = resolveNodes(document.contents, source);
  return { ...resolution, problems: [...problems, ...resolution.problems] };
}

function isEmpty(contents: Node | null): boolean {
  return contents === null || (isScalar(contents) && contents.source === "" && contents.type === "PLAIN");
}
