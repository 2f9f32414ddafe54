import type { Change, NoLongerDeclared, Plan } from "../../model/index.ts";
import { hunksOf } from "../views/file-diff.ts";
import { shownFiles } from "../views/shown-files.ts";
import { actLines } from "../views/steps.ts";
import { PLAIN } from "../style.ts";
import type { Markup } from "./markup.ts";
import { markup, NOTHING } from "./markup.ts";

const SIGNS: Readonly<Record<Change["action"], readonly [sign: string, word: string, tone: string]>> = {
  create: ["+", "add", "added"],
  update: ["~", "change", "updated"],
  delete: ["−", "remove", "removed"],
};

const OUTCOMES: Readonly<Record<NoLongerDeclared["outcome"], string>> = {
  "given-back": "given back",
  kept: "kept",
};

export function changeList({ changes, noLongerDeclared = [], unchanged }: Plan): Markup {
  const same =
    unchanged.length === 0
      ? NOTHING
      : markup`<h3>As it should be already</h3>
<ul class="plainlist quiet">${unchanged.map(({ address, reason }) => markup`<li><code>${address}</code>: ${reason}</li>`)}</ul>`;
  const list =
    changes.length === 0
      ? markup`<p>No changes to make.</p>`
      : markup`<ul class="plainlist changes">${changes.map(changeItem)}</ul>`;
  const taken =
    noLongerDeclared.length === 0
      ? NOTHING
      : markup`<h3>No longer declared</h3>
<ul class="plainlist">${noLongerDeclared.map(({ address, outcome, reason }) => markup`<li><code>${address}</code>, ${OUTCOMES[outcome]}: ${reason}</li>`)}</ul>`;
  return markup`${list}${taken}${same}`;
}

function changeItem({ action, address, before, after, reason, effect }: Change): Markup {
  const [sign, word, tone] = SIGNS[action];
  return markup`<li>
<p><span class="sign ${tone}"><span aria-hidden="true">${sign}</span><span class="sr">${word}</span></span> <code>${address}</code>${effect === "next-boot" ? markup` <span class="chip">at the next boot</span>` : NOTHING}</p>
${before === null ? NOTHING : markup`<p class="value"><del>${before}</del></p>`}${after === null ? NOTHING : markup`<p class="value"><ins>${after}</ins></p>`}
<p class="note">${reason}</p></li>
`;
}

export function fileDiffs(plan: Plan): Markup {
  return markup`${shownFiles(plan).map((file) => {
    const fresh = file.before === undefined ? markup` <span class="chip">new</span>` : NOTHING;
    const hunks = hunksOf(file).map(
      ({ header, lines }) => markup`<span class="hunk">${header}</span>${lines.map(diffLine)}`,
    );
    return markup`<article class="file"><h3><code>${file.path}</code>${fresh}</h3>
<pre class="diff">${hunks}</pre></article>
`;
  })}`;
}

/** Each line keeps its sign, so a copy of the text is a diff still. */
function diffLine(line: string): Markup {
  if (line.startsWith("+")) return markup`<ins>${line}</ins>`;
  if (line.startsWith("-")) return markup`<del>${line}</del>`;
  return markup`<span class="same">${line}</span>`;
}

export function stepList({ steps }: Plan): Markup {
  return markup`<ol class="steps">${steps.map(
    (step) => markup`<li><p>${step.title}</p>
<pre>${actLines(step, PLAIN).map((line, at) => (at === 0 ? markup`${line.written}` : markup`\n${line.written}`))}</pre></li>
`,
  )}</ol>`;
}
