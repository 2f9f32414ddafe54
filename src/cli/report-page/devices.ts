import type { PciDevice } from "../../model/index.ts";
import { shortAddress } from "../../pci/address.ts";
import { describeDevice } from "../../pci/describe.ts";
import type { Markup } from "./markup.ts";
import { markup, NOTHING } from "./markup.ts";
import type { Region } from "./regions.ts";
import type { Scene } from "./scene.ts";

/** Of the element that shows a device, once on a page. */
export function idOf(address: string): string {
  const safe = address.replace(
    /[^0-9a-zA-Z:.]/gu,
    (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`,
  );
  return `pci-${safe}`;
}

/** Leads to the device in the tree; what is no PCI device stands there too. */
export function deviceLink(address: string): Markup {
  return markup`<a href="#${idOf(address)}"><code>${shortAddress(address)}</code></a>`;
}

/** `describeDevice`, with its address set as code and the name kept in its own direction. */
export function deviceWords(device: PciDevice): Markup {
  const address = shortAddress(device.address);
  return markup`<bdi>${describeDevice(device).slice(address.length + 1)}</bdi>`;
}

/** The names that the spec gives it. */
export function roleChip(address: string, { declared }: Scene): Markup {
  const role = declared.get(address);
  if (role === undefined) return NOTHING;
  return markup` <span class="chip role">${role.name}</span>`;
}

/** The number of a group, in its colours, as a link to where the group is explained. */
export function pill(region: Region | undefined): Markup {
  if (region === undefined) return markup`<span class="pill none">none</span>`;
  return markup`<a class="pill ${hueClass(region)}" href="#${region.id}"><span class="sr">group </span>${region.label}</a>`;
}

/** The same where the group is explained. */
export function number(region: Region): Markup {
  return markup`<span class="pill ${hueClass(region)}">${region.label}</span>`;
}

export function hueClass({ hue }: Region): string {
  return hue === undefined ? "plain" : `h${hue}`;
}

/** The group now and the one at the next boot, once where they are the same. */
export function pills(address: string, { regions: { now, next } }: Scene): Markup {
  const [before, after] = [now?.get(address), next?.get(address)];
  if (now === undefined && next === undefined) return NOTHING;
  if (now === undefined) return markup`<span class="pills"><small>next boot</small> ${pill(after)}</span>`;
  if (next === undefined) return markup`<span class="pills"><small>now</small> ${pill(before)}</span>`;
  if (before === after) return markup`<span class="pills"><small>now and next</small> ${pill(before)}</span>`;
  return markup`<span class="pills"><small>now</small> ${pill(before)} <small>next boot</small> ${pill(after)}</span>`;
}
