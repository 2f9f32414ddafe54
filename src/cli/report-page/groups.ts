import { isBridge } from "../../pci/kinds.ts";
import { explainReason } from "../../pci/explain/reasons.ts";
import type { MergeReason } from "../../model/index.ts";
import type { PredictedGroups } from "../../plan/groups.ts";
import { deviceLink, deviceWords, number, hueClass, roleChip } from "./devices.ts";
import type { Markup } from "./markup.ts";
import { markup, NOTHING } from "./markup.ts";
import type { Region } from "./regions.ts";
import { keyOf } from "./regions.ts";
import type { Scene } from "./scene.ts";

/** Every group once: those of several devices with why they are together, the others on one line each. */
export function groupCards(scene: Scene): Markup {
  const { all } = scene.regions;
  const reasons = reasonsIn(scene);
  const [several, single] = [
    all.filter(({ devices }) => devices.length > 1),
    all.filter(({ devices }) => devices.length < 2),
  ];
  return markup`${several.length === 0 ? NOTHING : markup`<div class="columns">${several.map((region) => card(region, reasons, scene))}</div>`}
${
  single.length === 0
    ? NOTHING
    : markup`<h3>Groups of one device</h3>
<ul class="singles">${single.map((region) => singleItem(region, scene))}</ul>`
}`;
}

function card(region: Region, all: Reasons, scene: Scene): Markup {
  const reasons = all.get(keyOf(region.devices)) ?? [];
  return markup`<article class="card edge ${hueClass(region)}" id="${region.id}">
<h3>Group ${number(region)} ${whenChip(region, scene)}</h3>
<ul class="members">${region.devices.map((address) => member(address, scene))}</ul>
${
  reasons.length === 0
    ? NOTHING
    : markup`<h4>Why they are together</h4>
<ul class="reasons">${reasons.map((reason) => markup`<li>${explainReason(reason, scene.name)}</li>`)}</ul>`
}
</article>
`;
}

function member(address: string, scene: Scene): Markup {
  const device = scene.devices.get(address);
  const quiet = device !== undefined && isBridge(device) ? "bridge" : "";
  const words = device === undefined ? NOTHING : markup` ${deviceWords(device)}`;
  return markup`<li class="${quiet}">${deviceLink(address)}${words}${roleChip(address, scene)}</li>`;
}

function singleItem(region: Region, scene: Scene): Markup {
  const [address = ""] = region.devices;
  return markup`<li id="${region.id}">${number(region)} ${deviceLink(address)}${roleChip(address, scene)} ${whenChip(region, scene)}</li>`;
}

/** Only said where both boots have groups, and this is one of one of them. */
function whenChip({ now, next }: Region, { regions }: Scene): Markup {
  if (now === next || regions.now === undefined || regions.next === undefined) return NOTHING;
  return markup`<span class="chip">${now ? "now only" : "next boot only"}</span>`;
}

type Reasons = ReadonlyMap<string, readonly MergeReason[]>;

/** By the devices of a group: of the prediction that makes it, with the plan, else without it. */
function reasonsIn({ report: { groups, planned } }: Scene): Reasons {
  const made = (predicted: PredictedGroups): (readonly [string, readonly MergeReason[]])[] =>
    predicted.known ? predicted.groups.map(({ devices, reasons }) => [keyOf(devices), reasons] as const) : [];
  return new Map([...made(groups.predicted), ...made(planned)]);
}
