import { CST } from "yaml";

/**
 * The quoted scalars without a closing quote: where each starts, by where it ends. The parser names only the
 * end, often that of the file; what helps is where the quote was opened.
 */
export function unclosedQuotes(tokens: readonly CST.Token[]): ReadonlyMap<number, number> {
  const starts = new Map<number, number>();
  for (const document of tokens) {
    if (document.type !== "document") continue;
    CST.visit(document, ({ key, value }) => {
      for (const token of [key, value]) {
        if (token != null && isUnclosed(token)) starts.set(token.offset + token.source.length, token.offset);
      }
    });
  }
  return starts;
}

function isUnclosed(token: CST.Token): token is CST.FlowScalar {
  if (token.type !== "double-quoted-scalar" && token.type !== "single-quoted-scalar") return false;
  const { source } = token;
  return source.length < 2 || source.at(0) !== source.at(-1);
}
