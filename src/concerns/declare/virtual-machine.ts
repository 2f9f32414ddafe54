import type { HostState, NextBoot, PciDevice } from "../../model/index.ts";
import { namer } from "../../pci/explain/names.ts";
import type { Separation } from "../../pci/explain/ways-apart.ts";
import { waysApart } from "../../pci/explain/ways-apart.ts";
import { groupMates } from "../../pci/group-mates.ts";
import type { Card, Declare, Needs } from "./declare.ts";
import { oneLine } from "./yaml.ts";

function hostDisplay(cards: readonly Card[]): Card | undefined {
  const displays = cards.filter(({ forVm, name }) => !forVm && name.startsWith("gpu"));
  return displays.find(({ functions }) => functions.some(({ bootVga }) => bootVga === true)) ?? displays[0];
}

/** The cards that the spec says something of: those for a virtual machine, and the display that they are kept from. */
export function namedCards(cards: readonly Card[]): readonly Card[] {
  const forVm = cards.filter((card) => card.forVm);
  const host = hostDisplay(cards);
  return forVm.length === 0 || host === undefined ? forVm : [...forVm, host];
}

export function needsOf(state: HostState, cards: readonly Card[], boot: NextBoot | undefined): Needs {
  const { pci, iommu, running } = state;
  const devices = pci.known ? pci.value : [];
  const line = boot?.options ?? (running.cmdline.known ? running.cmdline.value : "");
  const release = boot?.release.known === true ? { kernelRelease: boot.release.value } : {};
  const question = {
    facts: { devices, iommu, running },
    boot: { options: line, acsOverride: "absent" as const, ...release },
    name: namer(devices),
  };
  const host = hostDisplay(cards)?.functions ?? [];
  const addresses = (functions: readonly PciDevice[]): string[] => functions.map(({ address }) => address);
  const answers = cards
    .filter(({ forVm }) => forVm)
    .flatMap(({ functions }): Separation[] => {
      const shared = groupMates(functions, devices);
      return [host, ...(shared.length === 0 ? [] : [shared])].map((others) =>
        waysApart(question, addresses(functions), addresses(others)),
      );
    });
  const means = answers.flatMap(({ switchOn }) => switchOn ?? []);
  const ways = answers.flatMap(({ apart, switchOn, ways: all }) =>
    apart || switchOn?.apart === true ? [] : all,
  );
  const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
  return {
    present: distinct(means.flatMap(({ present }) => present)),
    absent: distinct(means.flatMap(({ absent }) => absent)),
    override: ways.find(({ kind }) => kind === "override")?.option,
    ways: distinct(ways.map(({ what, risk }) => `${what} (${risk})`)),
  };
}

function namesForVm(cards: readonly Card[]): readonly string[] {
  return cards.filter(({ forVm }) => forVm).map(({ name }) => name);
}

export const declareVfio: Declare = ({ cards }) =>
  namesForVm(cards).length === 0
    ? undefined
    : {
        about: ["Bound to vfio-pci from boot on, for a virtual machine."],
        value: [`  devices: [${namesForVm(cards).join(", ")}]`],
      };

export const declareGroups: Declare = ({ cards, needs }) => {
  const vms = namesForVm(cards);
  if (vms.length === 0) return undefined;
  const host = hostDisplay(cards);
  const ways = needs?.ways ?? [];
  return {
    about: [
      "A virtual machine gets the whole group of its devices.",
      ...(ways.length === 0 ? [] : ["Something must part them first. What may help, the least risk first:"]),
      ...ways.map((way, index) => `${index + 1}. ${oneLine(way)}`),
    ],
    value: [
      ...(host === undefined ? [] : ["  separate:", ...vms.map((name) => `    - [${host.name}, ${name}]`)]),
      `  isolated: [${vms.join(", ")}]`,
    ],
  };
};
