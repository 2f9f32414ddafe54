import type { CST, YAMLError } from "yaml";
import { unclosedQuotes } from "./unclosed-quote.ts";
import { yamlQuoted } from "./shown.ts";
import type { TextProblem } from "./problem.ts";
import type { SourceText } from "./source-text.ts";

/** Problems of the YAML itself, worded for someone who does not know the parser. */
export function syntaxProblems(
  errors: readonly YAMLError[],
  tokens: readonly CST.Token[],
  source: SourceText,
): TextProblem[] {
  const first = firstOfEachLine(errors, source);
  const quotes = unclosedQuotes(tokens);
  const told = (error: YAMLError) => syntaxProblem(error, quotes, source);
  const tab = first.findIndex((error) => TAB_INDENT.test(source.lineTextAt(error.pos[0])));
  const atTab = first[tab];
  if (atTab === undefined) return first.map(told);
  // What the parser says after a tab is mostly a consequence of it.
  return [...first.slice(0, tab).map(told), ...tabProblems(source, source.lineStartAt(atTab.pos[0]))];
}

/** One slip makes the parser stumble several times over the same line. */
function firstOfEachLine(errors: readonly YAMLError[], source: SourceText): readonly YAMLError[] {
  const byLine = new Map<number, YAMLError>();
  for (const error of errors) {
    const line = source.lineStartAt(error.pos[0]);
    if (!byLine.has(line)) byLine.set(line, error);
  }
  return [...byLine.values()];
}

/** Blanks with a tab among them before anything but a comment. */
const TAB_INDENT = /^ *\t[ \t]*(?=[^\s#])/mu;

function tabProblems(source: SourceText, from: number): TextProblem[] {
  const indents = source.text.slice(from).matchAll(new RegExp(TAB_INDENT, "gmu"));
  return [...indents].map(({ 0: indent, index }) => ({
    code: "yaml-tab",
    summary: "This line is indented with a tab; YAML takes only spaces",
    hint: "indent with two spaces for each level",
    span: { start: from + index, end: from + index + indent.length },
  }));
}

function syntaxProblem(
  error: YAMLError,
  quotes: ReadonlyMap<number, number>,
  source: SourceText,
): TextProblem {
  const [start, end] = error.pos;
  const opened = error.code === "MISSING_CHAR" ? quotes.get(start) : undefined;
  if (opened !== undefined) return unclosedQuote(opened, source);
  return { code: "yaml-syntax", ...wording(error, source), detail: error.message, span: { start, end } };
}

function unclosedQuote(opened: number, source: SourceText): TextProblem {
  return {
    code: "yaml-syntax",
    summary: "The quote that opens here is never closed",
    hint: "close it at the end of the value",
    span: source.firstLineOf({ start: opened, end: Infinity }),
  };
}

function wording(error: YAMLError, source: SourceText): { summary: string; hint: string } {
  const offset = error.pos[0];
  const line = source.lineTextAt(offset);
  const rest = line.slice(offset - source.lineStartAt(offset));
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the others hardly occur in specs
  switch (error.code) {
    case "BAD_SCALAR_START":
      return {
        summary: `A bare value cannot start with ${rest.slice(0, 1)}`,
        hint: `quote it: ${yamlQuoted(rest.trimEnd())}`,
      };
    case "BAD_DQ_ESCAPE":
      return {
        summary: "This backslash starts no known escape",
        hint: "write \\\\ for a backslash, or use single quotes",
      };
    case "BAD_INDENT":
      return {
        summary: "The structure breaks here: the indentation fits nothing above, or a bracket is still open",
        hint: "align the line with the entries that it belongs to, or close the bracket",
      };
    case "UNEXPECTED_TOKEN":
      return {
        summary: `${rest.slice(0, 1) || "The end of the text"} does not belong here`,
        hint: "look for a bracket or comma too many, or quote the value",
      };
    case "BLOCK_IN_FLOW":
    case "BLOCK_AS_IMPLICIT_KEY":
      return {
        summary: "A mapping or list starts in the middle of a line",
        hint: "quote the value if it is text with a colon; else put it on lines of its own",
      };
    case "MULTILINE_IMPLICIT_KEY":
      return {
        summary: "This line is neither `key: value` nor a list item",
        hint: "write a colon and a blank after the key, or a dash and a blank before the item",
      };
    case "MISSING_CHAR":
      return {
        summary: "A closing quote or bracket, a comma or a colon is missing",
        hint: "look for what was opened before and is not closed here",
      };
    default:
      return {
        summary: `This is not well-formed YAML: ${error.message}`,
        hint: "check the line and the one above",
      };
  }
}

/** The composer only warns of a tag that it cannot resolve; a spec has no use for one. */
export function tagProblems(warnings: readonly YAMLError[]): TextProblem[] {
  return warnings
    .filter((warning) => warning.code === "TAG_RESOLVE_FAILED")
    .map(({ pos: [start, end] }) => ({
      code: "yaml-tag",
      summary: "This tag is not known, or does not fit its value",
      hint: "remove the word that starts with !; to make a value text, quote it",
      span: { start, end },
    }));
}

export function directiveProblems(tokens: readonly CST.Token[]): TextProblem[] {
  return tokens
    .filter((token) => token.type === "directive")
    .filter(({ source }) => !/^%(YAML\s+1\.2|TAG)(\s|$)/u.test(source))
    .map(({ source, offset }) => ({
      code: "yaml-directive",
      summary: /^%YAML\s/u.test(source)
        ? "A spec is YAML 1.2, not the version that this line names"
        : "This directive means nothing to YAML",
      hint: "remove the line",
      span: { start: offset, end: offset + source.length },
    }));
}
