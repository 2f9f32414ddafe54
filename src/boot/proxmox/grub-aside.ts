import { known } from "../../facts/fact.ts";
import type { EspContent, EspGrub, GrubMenu, GrubMenuEntry, GrubMenuItem } from "../../model/index.ts";
import { entriesOf } from "../grub/default-entry.ts";
import { UNLESS_ONCE, lastDefault, parseMenu } from "../grub/menu-text.ts";
import { trialBlock, wayBackBlock } from "../grub/way-back.ts";
import { toScript } from "../grub/words.ts";
import { wayBackTitle } from "../bls/way-back-entry.ts";
import { TRIAL_ID, WAY_BACK_ID } from "../way-back.ts";
import { ASIDE } from "./aside.ts";

// What hostcfg puts on an ESP that GRUB starts: its entries stand in custom.cfg, which refreshes leave alone.

interface Started {
  readonly release: string;
  readonly options: readonly string[];
  /** Paths from the root of the ESP. */
  readonly image: string;
  readonly initrd: string;
}

/** What boots now, put aside. Undefined where an option cannot be written for GRUB. */
export function grubAsideText(what: Pick<Started, "release" | "options">): string | undefined {
  const entry = entryOf({ ...what, ...ASIDE });
  return entry === undefined ? undefined : wayBackBlock(entry).text;
}

/**
 * What is tried once, and what boots otherwise. GRUB forgets the choice for one boot on the ESP that the firmware started
 * it from; the entry has it do so on all of them, before it starts the kernel.
 *
 * @param esps Their UUIDs. @returns Undefined where an option cannot be written for GRUB.
 */
export function grubTrialText(what: Started, esps: readonly string[]): string | undefined {
  const entry = entryOf(what, [
    "\tset next_entry=",
    `\tfor uuid in ${esps.join(" ")}; do`,
    "\t\tif search --no-floppy --fs-uuid --set=esp $uuid; then",
    "\t\t\tsave_env --file ($esp)/grub/grubenv next_entry",
    "\t\tfi",
    "\tdone",
  ]);
  const otherwise = [`if ${UNLESS_ONCE}; then`, `\tset default=${WAY_BACK_ID}`, "fi", ""].join("\n");
  return entry === undefined ? undefined : trialBlock(entry, otherwise).text;
}

/** With @UUID@ in the place of the ESP's. */
function entryOf({ release, options, image, initrd }: Started, before: readonly string[] = []) {
  const words = options.map(toScript);
  if (words.includes(undefined)) return undefined;
  const body = [
    "\tinsmod part_gpt",
    "\tinsmod fat",
    ...before,
    "\tsearch --no-floppy --fs-uuid --set=root @UUID@",
    ["\tlinux", image, ...words].join(" "),
    `\tinitrd ${initrd}`,
    "",
  ].join("\n");
  return { title: `Proxmox VE, ${release}`, attributes: "--class gnu-linux --class os", body };
}

/** Of the entry that {@link grubAsideText} gives. */
export function asideReleaseOfGrub(content: EspContent): string | undefined {
  const item = itemOf(content, WAY_BACK_ID);
  return item === undefined ? undefined : releaseInTitle(item);
}

export function releaseInTitle({ title }: Pick<GrubMenuItem, "title">): string | undefined {
  const end = wayBackTitle("");
  return title.endsWith(end) ? /, (\S+)$/.exec(title.slice(0, -end.length))?.[1] : undefined;
}

/** Whether it is the default. The next refresh makes the menu again, without it. */
export function startsAsideByGrub({ grub }: EspContent): boolean {
  if (grub?.menu.known !== true) return false;
  const { later } = grub.menu.value;
  return later?.value.known === true && later.value.value === WAY_BACK_ID;
}

/** Whether it is the default until a trial ends, whatever a refresh does. */
export function holdsAsideByGrub({ grub }: EspContent): boolean {
  const later = grub?.custom?.later;
  return later?.unlessOnce === true && later.value.known && later.value.value === WAY_BACK_ID;
}

export function hasTrialOfGrub(content: EspContent): boolean {
  return itemOf(content, TRIAL_ID) !== undefined;
}

/** Whether this text is on the ESP already, by what it has GRUB start. */
export function isTrialOfGrub(content: EspContent, text: string): boolean {
  const there = itemOf(content, TRIAL_ID);
  const wanted = entriesOf(parseMenu(text).items).find(({ id }) => id === TRIAL_ID);
  return holdsAsideByGrub(content) && there !== undefined && startOf(there) === startOf(wanted);
}

function startOf(entry: GrubMenuEntry | undefined): string {
  return JSON.stringify([entry?.linux, entry?.initrd, entry?.options]);
}

function itemOf({ grub }: EspContent, id: string): GrubMenuEntry | undefined {
  return entriesOf(grub?.custom?.items ?? []).find((item) => item.id === id);
}

/** As the script leaves it. */
export function withAsideOfGrub(
  uuid: string,
  { grub }: EspContent,
  { entry, trial }: { readonly entry: string | undefined; readonly trial: string | undefined },
): Pick<EspContent, "grub"> {
  if (grub?.menu.known !== true) return {};
  const own = [
    { id: WAY_BACK_ID, text: entry },
    { id: TRIAL_ID, text: trial },
  ];
  const custom = own.reduce<GrubMenu | undefined>(
    (all, { id, text }) =>
      withBlock(
        all,
        id,
        text?.replaceAll("@UUID@", () => uuid),
        grub.menu,
      ),
    grub.custom,
  );
  if (trial !== undefined) return { grub: { ...grub, custom } };
  const later = { value: known(WAY_BACK_ID), from: "the menu", behindCustom: true } as const;
  return { grub: { ...grub, menu: known({ ...grub.menu.value, later }), custom } };
}

function withBlock(
  custom: GrubMenu | undefined,
  id: string,
  text: string | undefined,
  menu: EspGrub["menu"],
): GrubMenu | undefined {
  if (text === undefined || !menu.known) return custom;
  const block = parseMenu(text, { partOf: menu.value });
  if (custom === undefined) return block;
  const later = lastDefault(custom.later, block.later);
  return {
    ...custom,
    items: [...custom.items.filter((item) => item.id !== id), ...block.items],
    ...(later === undefined ? {} : { later }),
  };
}

export function withoutAsideOfGrub(content: EspContent): Pick<EspContent, "grub"> {
  const without = { ...content, ...withoutTrialOfGrub(withoutAsideDefault(content)) };
  return withoutItem(without, WAY_BACK_ID);
}

export function withoutTrialOfGrub(content: EspContent): Pick<EspContent, "grub"> {
  return withoutItem(withoutHeldDefault(content), TRIAL_ID);
}

function withoutItem({ grub }: EspContent, id: string): Pick<EspContent, "grub"> {
  const custom = grub?.custom;
  if (grub === undefined || custom === undefined) return { grub };
  const items = custom.items.filter((item) => item.id !== id);
  const isEmpty = items.length === 0 && custom.items.length > 0 && custom.later === undefined;
  return { grub: { ...grub, custom: isEmpty ? undefined : { ...custom, items } } };
}

/** Without the line by which what was put aside boots until the next refresh. */
export function withoutAsideDefault(content: EspContent): EspContent {
  if (content.grub?.menu.known !== true || !startsAsideByGrub(content)) return content;
  const menu = known({ ...content.grub.menu.value, later: undefined });
  return { ...content, grub: { ...content.grub, menu } };
}

/** Without that by which it boots until a trial ends. */
export function withoutHeldDefault(content: EspContent): EspContent {
  const { grub } = content;
  if (grub?.custom === undefined || !holdsAsideByGrub(content)) return content;
  const { later: _held, ...custom } = grub.custom;
  return { ...content, grub: { ...grub, custom } };
}
