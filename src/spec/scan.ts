import { Lexer, Parser } from "yaml";
import type { CST } from "yaml";
import type { TextProblem } from "./problem.ts";

/** About ten thousand lines. Bounds the time that text made to be slow can take. */
const MOST_TOKENS = 100_000;

/** The language itself needs 5. Bounds the recursion over the document. */
const MOST_LEVELS = 64;

export type Scan =
  | { readonly tokens: readonly CST.Token[]; readonly problems: readonly TextProblem[] }
  | { readonly tokens?: never; readonly problems: readonly TextProblem[] };

/** The syntax tree of the first YAML document, within bounds of size and depth; nothing is resolved yet. */
export function scan(text: string): Scan {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > MOST_TOKENS) return { problems: [tooManyTokens(parser.offset)] };
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MOST_LEVELS) return { problems: [tooDeep(parser.offset)] };
  }
  tokens.push(...parser.end());
  return onlyFirstDocument(tokens);
}

function onlyFirstDocument(tokens: readonly CST.Token[]): Scan {
  const [, second] = tokens.filter((token) => token.type === "document");
  if (second === undefined) return { tokens, problems: [] };
  return { tokens: tokens.slice(0, tokens.indexOf(second)), problems: [severalDocuments(second.offset)] };
}

function tooManyTokens(offset: number): TextProblem {
  return {
    code: "file-too-large",
    summary: `The file has more than ${MOST_TOKENS} YAML tokens`,
    hint: "check that this is the file you meant",
    span: { start: offset, end: offset },
  };
}

function tooDeep(offset: number): TextProblem {
  return {
    code: "nested-too-deeply",
    summary: `The nesting goes deeper than ${MOST_LEVELS} levels`,
    hint: "check for brackets that are never closed",
    span: { start: offset, end: offset },
  };
}

function severalDocuments(offset: number): TextProblem {
  return {
    code: "several-documents",
    summary: "A second YAML document starts here; a spec is one document",
    hint: "remove the ---, or split the file",
    span: { start: offset, end: offset + 3 },
  };
}
