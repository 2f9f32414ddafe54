import { known } from "../../facts/fact.ts";
import type { EspContent, GrubMenu, GrubMenuItem } from "../../model/index.ts";
import { parseMenu } from "../grub/menu-text.ts";
import { shellQuote } from "../../shell-quote.ts";
import { BEGIN, END } from "../grub/way-back.ts";
import { toScript } from "../grub/words.ts";
import { wayBackTitle } from "../bls/way-back-entry.ts";
import { WAY_BACK_ID } from "../way-back.ts";
import { ASIDE } from "./aside.ts";

// What boots now, put aside on an ESP that GRUB starts: the entry stands in custom.cfg, which refreshes leave alone.

/** Undefined where an option cannot be written for GRUB. */
export function grubAsideText(what: {
  readonly release: string;
  readonly options: readonly string[];
}): string | undefined {
  const options = what.options.map(toScript);
  if (options.includes(undefined)) return undefined;
  return [
    `${BEGIN}menuentry ${shellQuote(wayBackTitle(`Proxmox VE, ${what.release}`))} --class gnu-linux --class os $menuentry_id_option '${WAY_BACK_ID}' {`,
    "\tinsmod part_gpt",
    "\tinsmod fat",
    "\tsearch --no-floppy --fs-uuid --set=root @UUID@",
    ["\tlinux", ASIDE.image, ...options].join(" "),
    `\tinitrd ${ASIDE.initrd}`,
    `}\n${END}`,
  ].join("\n");
}

/** Of the entry that {@link grubAsideText} gives. */
export function asideReleaseOfGrub({ grub }: EspContent): string | undefined {
  const item = grub?.custom?.items.find(({ id }) => id === WAY_BACK_ID);
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

/** As the script leaves it. */
export function withAsideOfGrub(
  uuid: string,
  { grub }: EspContent,
  entry: string | undefined,
): Pick<EspContent, "grub"> {
  if (grub?.menu.known !== true) return {};
  const { menu, custom } = grub;
  const text = entry?.replace("@UUID@", () => uuid);
  const block = text === undefined ? undefined : parseMenu(text, { partOf: menu.value });
  const later = { value: known(WAY_BACK_ID), from: "the menu", behindCustom: true } as const;
  const all =
    block === undefined || custom === undefined
      ? (block ?? custom)
      : { ...custom, items: [...others(custom), ...block.items] };
  return { grub: { ...grub, menu: known({ ...menu.value, later }), custom: all } };
}

export function withoutAsideOfGrub(content: EspContent): Pick<EspContent, "grub"> {
  const { grub } = withoutAsideDefault(content);
  const custom = grub?.custom;
  if (grub === undefined || custom === undefined) return { grub };
  const items = others(custom);
  const isEmpty = items.length === 0 && custom.items.length > 0 && custom.later === undefined;
  return { grub: { ...grub, custom: isEmpty ? undefined : { ...custom, items } } };
}

function others(custom: GrubMenu | undefined): GrubMenuItem[] {
  return (custom?.items ?? []).filter(({ id }) => id !== WAY_BACK_ID);
}

/** Without the line by which what was put aside boots. */
export function withoutAsideDefault(content: EspContent): EspContent {
  if (content.grub?.menu.known !== true || !startsAsideByGrub(content)) return content;
  const menu = known({ ...content.grub.menu.value, later: undefined });
  return { ...content, grub: { ...content.grub, menu } };
}
