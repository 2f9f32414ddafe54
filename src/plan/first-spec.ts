import { bootsNext } from "../boot/check.ts";
import { chooseLoader } from "../boot/choose.ts";
import { cardsOf, described } from "../concerns/declare/cards.ts";
import type { Card, Declared, Found } from "../concerns/declare/declare.ts";
import { needsOf } from "../concerns/declare/virtual-machine.ts";
import { oneLine } from "../concerns/declare/yaml.ts";
import { DECLARE } from "../concerns/index.ts";
import { attemptIfRecorded } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { HostState, PciDevice } from "../model/index.ts";
import { shortAddress, slotAddress } from "../pci/address.ts";
import { isVirtual } from "../pci/slots.ts";

/** A part of the spec that says what the host is already. */
export type FirstPart = "kernel" | "kernelOptions" | "bootSymlinks";

export interface FirstQuestion extends Pick<Found, "state" | "links"> {
  /** Addresses of the devices for a virtual machine: `0d:00`, or `0d:00.0` for one function. */
  readonly forVm: readonly string[];
  /** Parts that would change the host, each with the reason: they become comments. */
  readonly later: ReadonlyMap<string, string>;
}

/** The links that a spec may declare. */
const LINKS = ["/boot/vmlinuz", "/boot/initrd.img", "/vmlinuz", "/initrd.img"];

/** Those that are there; a capture that was not asked knows of none. */
export function firstLinks(reader: Reader): Found["links"] {
  return Object.fromEntries(
    LINKS.flatMap((path) => {
      const target = attemptIfRecorded(path, () => reader.readLink(path));
      return target.known ? [[path, target.value] as const] : [];
    }),
  );
}

/**
 * A first spec of a host, to be read and kept in version control: what boots, the options beyond the installer's, the
 * links, the cards by what stays the same, and for a virtual machine what hands its devices over. Pure.
 */
export function firstSpec({ state, links, forVm, later }: FirstQuestion): string {
  const next = bootsNext(state, chooseLoader(state.bootLoader, undefined));
  const boot = next.known ? next.value : undefined;
  const cards = cardsOf(state, forVm);
  const needs = forVm.length === 0 ? undefined : needsOf(state, cards, boot);
  const found = { state, links, boot, cards, needs };
  return [
    `# What this host is, as "hostcfg init" found it. See what it would change: hostcfg plan`,
    "apiVersion: hostcfg/v1",
    ...Object.entries(DECLARE).flatMap(([key, declare]) => part(key, declare(found), later.get(key))),
    "",
  ].join("\n");
}

function part(key: string, declared: Declared | undefined, why: string | undefined): readonly string[] {
  if (declared === undefined) return [];
  const { about, value, isComment = false } = declared;
  const head = `${isComment ? "# " : ""}${key}:`;
  const lines = typeof value === "string" ? [`${head} ${value}`] : [head, ...value];
  return [
    ...(about.length === 0 ? [] : [""]),
    ...about.map((line) => `# ${line}`),
    ...(why === undefined ? lines : [`# Not so yet: ${oneLine(why)}`, ...lines.map((line) => `# ${line}`)]),
  ];
}

/** A card that could be handed to a virtual machine, for a person to choose from. */
export interface CardToGive {
  /** As `--vm` takes them. */
  readonly addresses: readonly string[];
  /** A line for each function. */
  readonly lines: readonly string[];
}

/** A person looks for the graphics cards first. */
const ORDER = ["gpu", "nic", "nvme"];

export function cardsToGive(state: HostState): readonly CardToGive[] {
  const cards = cardsOf(state, []);
  const rank = ({ name }: Card): number => ORDER.findIndex((kind) => name.startsWith(kind));
  return cards
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ functions, selector }) => ({
      addresses: addressesOf(functions, selector.functions === undefined),
      lines: functions.map(described),
    }));
}

function addressesOf(functions: readonly PciDevice[], isWholeSlot: boolean): readonly string[] {
  const [first] = functions;
  if (first === undefined) return [];
  return isWholeSlot
    ? [shortAddress(isVirtual(first) ? first.address : slotAddress(first.address))]
    : functions.map(({ address }) => shortAddress(address));
}
