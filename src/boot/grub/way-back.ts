import { essenceOf } from "../../cmdline.ts";
import type { Change, GrubEntryText, GrubFacts, GrubMenu, HostState } from "../../model/index.ts";
import { wayBackTitle } from "../bls/way-back-entry.ts";
import type { DraftStep } from "../loader.ts";
import { TRIAL_ID, WAY_BACK_ADDRESS, WAY_BACK_ID, wayBackChange } from "../way-back.ts";
import { writeText } from "../write-text.ts";
import { defaultEntry, entriesOf, nameIn } from "./default-entry.ts";
import { makeMenu, menuProgram } from "./menu-program.ts";
import { contextOf, parseMenu, wholeMenu } from "./menu-text.ts";
import { CUSTOM } from "./probe.ts";
import { shellQuote } from "../../shell-quote.ts";

export const BEGIN = "### BEGIN hostcfg: what this host was started by before hostcfg's last apply ###\n";
export const END = "### END hostcfg ###\n";

/**
 * update-grub gives every entry the new options, also the one that this boot came by. So where no entry of the new menu
 * would start the same kernel with the same options, a copy of that entry goes into custom.cfg, which GRUB reads at the end
 * of its menu: the way back when the new options do not come up. Only what is between hostcfg's two lines is hostcfg's.
 *
 * @param after The menu that update-grub will make; undefined where it cannot be told.
 */
export function keepBooted(
  { bootLoader, running }: HostState,
  after: GrubMenu | undefined,
): { readonly changes: readonly Change[]; readonly steps: readonly DraftStep[] } {
  const nothing = { changes: [], steps: [] };
  const { grub } = bootLoader;
  if (grub?.booted.known !== true || !grub.custom.sourced || !running.cmdline.known) return nothing;
  const booted = grub.booted.value;
  if (after !== undefined && holds(after, booted.release, running.cmdline.value)) return nothing;
  const { file } = grub.custom;
  const content = withBlock(file?.text ?? "", blockOf(booted));
  if (
    content === file?.text ||
    keepsAlready(file?.text ?? "", booted) ||
    (after !== undefined && isDefault(after, content, grub))
  )
    return nothing;
  const change = wayBackChange(
    file?.text.includes(BEGIN) !== true,
    `${booted.release}, with the options of this boot`,
    `${menuProgram(makeMenu(grub.generator))} gives every entry the new options; a copy of this one keeps the old ones`,
  );
  const step = writeText(
    {
      stage: "way-back",
      title: `keep the entry of this boot, ${booted.release}, in the boot menu`,
      serves: [WAY_BACK_ADDRESS],
      path: file?.path ?? CUSTOM,
      content,
    },
    file,
  );
  return { changes: [change], steps: [step] };
}

/**
 * Whether the block that is there starts the same in other words: a menu that was made again may have another entry of the
 * same kernel for the one that this boot came by, and the way back is the same.
 */
function keepsAlready(text: string, booted: GrubEntryText): boolean {
  const [, block] = text.split(BEGIN);
  const [, ...lines] = block?.split(END)[0]?.trimEnd().split("\n") ?? [];
  return lines.at(-1) === "}" && startOf(lines.slice(0, -1)) === startOf(booted.body.split("\n"));
}

/** The lines of an entry that decide what is started. */
function startOf(body: readonly string[]): string {
  return body
    .map((line) => line.trim())
    .filter((line) => line !== "" && !SHOWN_ONLY.test(line))
    .join("\n");
}

const SHOWN_ONLY = /^(?:echo|load_video|gfxmode|recordfail|savedefault)\b/;

/** GRUB_DEFAULT=2 on a menu of two would name it. */
function isDefault(after: GrubMenu, custom: string, grub: GrubFacts): boolean {
  const menu = wholeMenu(after, parseMenu(custom, { ...contextOf(grub), partOf: after }));
  const next = defaultEntry(menu, grub.environment.known ? grub.environment.value : {});
  return next?.known === true && next.value.entry.id === WAY_BACK_ID;
}

function holds({ items }: GrubMenu, release: string, cmdline: string): boolean {
  const options = essenceOf(cmdline);
  return entriesOf(items).some(
    (entry) => nameIn(entry) === release && essenceOf(entry.options.join(" ")) === options,
  );
}

type Written = Pick<GrubEntryText, "title" | "attributes" | "body">;

function blockOf(entry: GrubEntryText): string {
  // With GRUB_SAVEDEFAULT, whoever chose it once would have it for good.
  return wayBackBlock({ ...entry, body: entry.body.replaceAll(/^\s*savedefault\s*\n/gm, "") }).text;
}

/** A part of custom.cfg that is hostcfg's, by its first and its last line. */
export interface Block {
  readonly begin: string;
  readonly end: string;
  readonly text: string;
}

export function wayBackBlock(entry: Written): Block {
  return blockAs(BEGIN, END, WAY_BACK_ID, { ...entry, title: wayBackTitle(entry.title) });
}

const TRIAL_BEGIN = "### BEGIN hostcfg: what is tried once (hostcfg try) ###\n";
const TRIAL_END = "### END hostcfg try ###\n";

/** @param before Lines that stand before the entry. */
export function trialBlock(entry: Written, before = ""): Block {
  const titled = { ...entry, title: `${entry.title} (hostcfg's trial)`, before };
  return blockAs(TRIAL_BEGIN, TRIAL_END, TRIAL_ID, titled);
}

/** custom.cfg without the entry of a trial; undefined where it has none. */
export function withoutTrialBlock(text: string): string | undefined {
  return text.includes(TRIAL_BEGIN)
    ? inBlock(text, { begin: TRIAL_BEGIN, end: TRIAL_END, text: "" })
    : undefined;
}

/** custom.cfg without all that is hostcfg's; undefined where nothing is. */
export function withoutOwnBlocks(text: string): string | undefined {
  const left = inBlock(withoutTrialBlock(text) ?? text, { begin: BEGIN, end: END, text: "" });
  return left === text ? undefined : left;
}

function blockAs(
  begin: string,
  end: string,
  id: string,
  { title, attributes, body, before = "" }: Written & { readonly before?: string },
): Block {
  const rest = attributes === "" ? "" : `${attributes} `;
  return {
    begin,
    end,
    text: `${begin}${before}menuentry ${shellQuote(title)} ${rest}$menuentry_id_option '${id}' {\n${body}}\n${end}`,
  };
}

function withBlock(text: string, block: string): string {
  return inBlock(text, { begin: BEGIN, end: END, text: block });
}

/** The text with this block in the place of the one that is there, else at its end. */
export function inBlock(text: string, block: Block): string {
  const begin = text.indexOf(block.begin);
  const end = begin === -1 ? -1 : text.indexOf(block.end, begin);
  if (end !== -1) return text.slice(0, begin) + block.text + text.slice(end + block.end.length);
  return (text === "" || text.endsWith("\n") ? text : `${text}\n`) + block.text;
}
