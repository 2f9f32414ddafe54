import type { Requirement } from "../../model/index.ts";
import type { DeclaredDevice } from "../../plan/report.ts";
import { SIGNS } from "../views/status.ts";
import { deviceLink, deviceWords, pills } from "./devices.ts";
import type { Markup } from "./markup.ts";
import { markup, NOTHING } from "./markup.ts";
import type { Scene } from "./scene.ts";

/** The names under `devices`, and what they mean on this host. */
export function declaredDevices(scene: Scene): Markup {
  return markup`<div class="cards">${scene.report.devices.map((one) => declaredCard(one, scene))}</div>`;
}

function declaredCard({ name, functions, vfio }: DeclaredDevice, scene: Scene): Markup {
  const heading = markup`<h3><span class="chip role">${name}</span>${vfio ? markup` <span class="chip">handed to virtual machines</span>` : NOTHING}</h3>`;
  if (functions.length === 0)
    return markup`<article class="card">${heading}
<p>It is not clear which device of this host is meant.</p></article>
`;
  const groups = functions.map((address) => pills(address, scene));
  const shared = groups.every(({ written }) => written === groups[0]?.written) ? groups[0] : undefined;
  const items = functions.map((address, at) => {
    const device = scene.devices.get(address);
    const words = device === undefined ? NOTHING : deviceWords(device);
    return markup`<li>${deviceLink(address)} ${words}${shared === undefined ? (groups[at] ?? NOTHING) : NOTHING}</li>`;
  });
  return markup`<article class="card">${heading}
<ul class="members">${items}</ul>${shared ?? NOTHING}</article>
`;
}

const TONES: Readonly<Record<Requirement["status"], string>> = {
  satisfied: "good",
  predicted: "open",
  unsatisfied: "bad",
  unknown: "open",
};

export function requirementList(scene: Scene): Markup {
  const { requirements } = scene.report.plan;
  return markup`<ul class="stack plainlist">${requirements.map(requirementItem)}</ul>`;
}

function requirementItem(requirement: Requirement): Markup {
  const { address, status, reason, remedy, offenders, thisBoot } = requirement;
  return markup`<li class="card bar ${TONES[status]}">
<h3><span class="status">${SIGNS[status]} ${status}</span> <code>${address}</code></h3>
<p>${reason}</p>
${thisBoot === undefined || reason.includes(thisBoot.reason) ? NOTHING : markup`<p class="note">In this boot it is ${thisBoot.status}: ${thisBoot.reason}</p>`}
${remedy === undefined ? NOTHING : markup`<p><b>What would help:</b> ${remedy}</p>`}
${offenders.length === 0 ? NOTHING : markup`<p><b>In the way:</b> ${offenders.map((one, at) => (at === 0 ? deviceLink(one) : markup`, ${deviceLink(one)}`))}</p>`}
</li>
`;
}
