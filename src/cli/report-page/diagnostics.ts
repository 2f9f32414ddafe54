import type { Diagnostic, SourceRange } from "../../model/index.ts";
import type { Markup } from "./markup.ts";
import { markup, lines, NOTHING } from "./markup.ts";

/** Errors first. */
export function diagnosticList(diagnostics: readonly Diagnostic[]): Markup {
  const [errors, warnings] = [
    diagnostics.filter(({ severity }) => severity === "error"),
    diagnostics.filter(({ severity }) => severity === "warning"),
  ];
  return markup`<ul class="stack plainlist">${[...errors, ...warnings].map(item)}</ul>`;
}

function item({ severity, code, summary, detail, hint, source, address }: Diagnostic): Markup {
  const place =
    source === undefined
      ? address === undefined
        ? NOTHING
        : markup`<p class="note">at <code>${address}</code></p>`
      : markup`<p class="note"><code>${source.file}:${source.line}:${source.column}</code></p>
<pre>${markedLine(source)}</pre>`;
  return markup`<li class="card bar ${severity === "error" ? "bad" : "open"}">
<h3><span class="status">${severity}</span> <code>${code}</code></h3>
<p>${summary}</p>
${place}
${detail === undefined ? NOTHING : markup`<p class="lines">${lines(detail)}</p>`}
${hint === undefined ? NOTHING : markup`<p class="lines"><b>Hint:</b> ${lines(hint)}</p>`}
</li>
`;
}

/** Characters before and behind the marked place that are shown at most. */
const AROUND = 80;

/** The source line with the range marked in it. */
function markedLine({ line, column, endLine, endColumn, text }: SourceRange): Markup {
  const start = column - 1;
  const end = endLine > line ? text.length : Math.max(endColumn - 1, start + 1);
  const before = text.slice(Math.max(0, start - AROUND), start);
  const marked = text.slice(start, Math.min(end, start + AROUND));
  const after = text.slice(Math.min(end, start + AROUND), end + AROUND);
  const cut = (when: boolean): string => (when ? "…" : "");
  return markup`${cut(start > AROUND)}${before.trimStart()}<mark>${marked}</mark>${after}${cut(text.length > end + AROUND)}`;
}
