import { shortAddress } from "../../pci/address.ts";
import type { WhyTogether } from "../../plan/groups.ts";
import type { Pair } from "../../plan/report.ts";
import { shellWords } from "../shell-words.ts";
import { deviceWords, idOf } from "./devices.ts";
import type { Markup } from "./markup.ts";
import { markup, NOTHING } from "./markup.ts";
import type { Scene } from "./scene.ts";

/** For each pair, the chain that ties both together: a link of the chain leads to its sentence, a device to its row. */
export function whyCards(scene: Scene): Markup {
  const { pairs, morePairs } = scene.report;
  const more =
    morePairs === 0
      ? NOTHING
      : markup`<p class="note">${morePairs} more devices share a group with one that the spec names. <code>hostcfg groups --why A B</code> explains any two.</p>`;
  return markup`<div class="stack">${pairs.map((pair, at) => pairCard(pair, `why-${at + 1}`, scene))}</div>${more}`;
}

function pairCard(pair: Pair, id: string, scene: Scene): Markup {
  const { before, after } = pair;
  const same = JSON.stringify(before) === JSON.stringify(after);
  return markup`<article class="card why" id="${id}">
<h3>${title(pair.a, scene)} <span class="and">and</span> ${title(pair.b, scene)}</h3>
${
  same
    ? answer(before, "With the plan and without it", `${id}-both`, scene)
    : [
        answer(before, "Without the plan", `${id}-before`, scene),
        answer(after, "With the plan", `${id}-after`, scene),
      ]
}</article>
`;
}

function title(address: string, scene: Scene): Markup {
  const device = scene.devices.get(address);
  const role = scene.declared.get(address);
  const words = device === undefined ? NOTHING : deviceWords(device);
  return role === undefined
    ? markup`<code>${shortAddress(address)}</code> ${words}`
    : markup`<span class="chip role">${role.name}</span>`;
}

/** In the words of `hostcfg groups --why`. */
function answer(why: WhyTogether | undefined, when: string, id: string, scene: Scene): Markup {
  if (why === undefined) return markup`<p><b>${when}:</b> no groups are predicted.</p>`;
  const { a, b, together, sentences } = why;
  const devices = `${shortAddress(a)} and ${shortAddress(b)}`;
  if (!together)
    return markup`<p><b>${when}:</b> ${devices} ${sentences.length === 0 ? "are in different groups." : "are in no common group:"}</p>${sentences.length === 0 ? NOTHING : markup`<ul class="reasons">${sentences.map((one) => markup`<li>${one}</li>`)}</ul>`}`;
  return markup`<p><b>${when}:</b> ${devices} are in one group.</p>
${chain(why, id, scene)}
<ol class="reasons">${sentences.map((one, at) => markup`<li id="${id}-${at + 1}" class="k${at + 1}">${one}</li>`)}</ol>
<p class="note">What would part them: <code>${shellWords(["hostcfg", "groups", "--separate", shortAddress(a), shortAddress(b)])}</code></p>`;
}

/** Each reason ties the device where the way has come to with the next one on it. */
function chain({ a, reasons }: WhyTogether, id: string, scene: Scene): Markup {
  let at = a;
  const links = reasons.map((reason, index) => {
    at = reason.device === at ? reason.joins : reason.device;
    const number = index + 1;
    const link = markup`<a class="link k${number}" href="#${id}-${number}"><span class="sr">tied by reason </span>${number}</a>`;
    return markup`<li><span class="tie">${link}</span>${node(at, scene)}</li>`;
  });
  return markup`<ol class="chain"><li>${node(a, scene)}</li>${links}</ol>`;
}

function node(address: string, scene: Scene): Markup {
  const role = scene.declared.get(address);
  return markup`<a class="node" href="#${idOf(address)}">${scene.name(address)}${role === undefined ? NOTHING : markup` <b>${role.name}</b>`}</a>`;
}
