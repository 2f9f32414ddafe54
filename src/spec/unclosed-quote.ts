import { CST } from "yaml";

/**
 * Offset of the quoted scalar that runs until `end`. The parser names only the end of a quote that is never
 * closed, which is the end of the file; what helps is where it was opened.
 */
export function quoteRunningTo(end: number, tokens: readonly CST.Token[]): number | undefined {
  let opened: number | undefined;
  for (const document of tokens) {
    if (document.type !== "document") continue;
    CST.visit(document, ({ key, value }) => {
      for (const token of [key, value]) {
        if (token != null && isQuoted(token) && token.offset + token.source.length === end)
          opened = token.offset;
      }
    });
  }
  return opened;
}

function isQuoted(token: CST.Token): token is CST.FlowScalar {
  return token.type === "double-quoted-scalar" || token.type === "single-quoted-scalar";
}
