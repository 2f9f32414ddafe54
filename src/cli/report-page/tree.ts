import { shortAddress } from "../../pci/address.ts";
import { causesIn } from "../../pci/explain/causes.ts";
import { isBridge } from "../../pci/kinds.ts";
import type { PredictedGroups } from "../../plan/groups.ts";
import { deviceWords, hueClass, idOf, roleChip } from "./devices.ts";
import type { Markup } from "./markup.ts";
import { markup, NOTHING } from "./markup.ts";
import type { Region } from "./regions.ts";
import type { Row, Scene } from "./scene.ts";

/** Deeper than any real machine; what is deeper still stands no further to the right. */
const DEEPEST = 12;

/**
 * The PCI tree, a row a device. Before it stand its group now and the one at the next boot, as regions that run down over
 * all rows of a group.
 */
export function treeTable(scene: Scene): Markup {
  const { regions, buses, devices } = scene;
  const lanes = lanesOf(scene);
  const titles = lanes.map(({ title }) => markup`<th scope="col">${title}</th>`);
  const causes = causesOf(scene);
  const bodies = [...buses].map(([bus, rows]) => {
    const drawn = rows.map((row, at) =>
      drawnRow(row.device.address, rowCell(row, scene, causes), lanes, [
        rows[at - 1]?.device.address,
        rows[at + 1]?.device.address,
      ]),
    );
    return markup`<tbody>
${busRow(markup`Root bus <code>${shortAddress(bus)}</code>`, titles.length)}
${drawn}</tbody>
`;
  });
  // Platform devices are in groups too, and stand in no PCI tree.
  const others = [...new Set(regions.all.flatMap((region) => region.devices))].filter(
    (address) => !devices.has(address),
  );
  const strangers =
    others.length === 0
      ? NOTHING
      : markup`<tbody>
${busRow(markup`In a group, but no PCI device`, titles.length)}
${others.map((address, at) => drawnRow(address, markup`<th scope="row" class="l0"><code>${address}</code></th>`, lanes, [others[at - 1], others[at + 1]]))}</tbody>
`;
  return markup`<table class="tree">
<caption class="sr">The PCI tree with the IOMMU group of each device</caption>
<thead><tr>${titles}<th scope="col">Device</th></tr></thead>
${bodies}${strangers}</table>
`;
}

interface Lane {
  readonly title: Markup;
  readonly regionOf: ReadonlyMap<string, Region>;
}

/** One for each boot, or one for both where they have the same groups. */
function lanesOf({ regions: { now, next, same }, report: { planned } }: Scene): readonly Lane[] {
  const how = planned.known ? markup` <small>${planned.confidence}</small>` : NOTHING;
  if (same && now !== undefined) return [{ title: markup`Now and next${how}`, regionOf: now }];
  return [
    ...(now === undefined ? [] : [{ title: markup`Now`, regionOf: now }]),
    ...(next === undefined ? [] : [{ title: markup`Next boot${how}`, regionOf: next }]),
  ];
}

function busRow(title: Markup, lanes: number): Markup {
  return markup`<tr class="bus"><th scope="rowgroup" colspan="${lanes + 1}">${title}</th></tr>`;
}

function drawnRow(
  address: string,
  cell: Markup,
  lanes: readonly Lane[],
  [above, below]: readonly [string | undefined, string | undefined],
): Markup {
  const cells = lanes.map(({ regionOf }) => {
    const region = regionOf.get(address);
    if (region === undefined) return markup`<td class="g none">none</td>`;
    const isIn = (other: string | undefined): boolean =>
      other !== undefined && regionOf.get(other) === region;
    const [first, last] = [!isIn(above), !isIn(below)];
    const ends = `${first ? " first" : ""}${last ? " last" : ""}`;
    const label = first ? markup`<a href="#${region.id}">${region.label}</a>` : markup`${region.label}`;
    return markup`<td class="g ${hueClass(region)}${ends}">${label}</td>`;
  });
  return markup`<tr id="${idOf(address)}">${cells}${cell}</tr>
`;
}

function rowCell({ device, depth }: Row, scene: Scene, causes: Causes): Markup {
  const { address, driver, bootVga } = device;
  const { now, next } = scene.regions;
  const near = now?.get(address)?.declared === true || next?.get(address)?.declared === true;
  const parts = [
    markup`<code>${shortAddress(address)}</code> ${deviceWords(device)}${roleChip(address, scene)}`,
    bootVga === true ? markup` <span class="chip">boot screen</span>` : NOTHING,
    markup` <small>${driver === undefined ? "no driver" : `driver ${driver}`}</small>`,
    ...causes(address).map((cause) => markup`<span class="cause${near ? " near" : ""}">${cause}</span>`),
  ];
  const quiet = isBridge(device) ? " bridge" : "";
  return markup`<th scope="row" class="l${Math.min(depth, DEEPEST)}${quiet}">${parts}</th>`;
}

type Causes = (address: string) => readonly Markup[];

/** Why a port or device keeps something together, and in which boot where it is not both. */
function causesOf({ report: { groups, planned } }: Scene): Causes {
  const causes = (predicted: PredictedGroups): ReadonlyMap<string, string> =>
    predicted.known ? causesIn(predicted.groups) : new Map<string, string>();
  const [before, after] = [causes(groups.predicted), causes(planned)];
  const line = (cause: string, when: string): Markup => markup`<b>!</b> ${cause}${when}`;
  return (address) => {
    const [was, will] = [before.get(address), after.get(address)];
    if (was === will) return was === undefined ? [] : [line(was, "")];
    return [
      ...(was === undefined ? [] : [line(was, " (without the plan)")]),
      ...(will === undefined ? [] : [line(will, " (with the plan)")]),
    ];
  };
}
