import type { GrubMenu, GrubMenuEntry, GrubMenuItem } from "../../model/index.ts";
import type { ScriptWord } from "./words.ts";
import { onKernelLine, scriptWords } from "./words.ts";

/**
 * The menu of a generated grub.cfg: what its entries start, and which is the default. Commands that say nothing of
 * either are passed over, as are entries inside of functions and conditions: grub-mkconfig writes none there.
 */
export function parseMenu(text: string): GrubMenu {
  const lines = text.split("\n");
  const { items } = itemsFrom(lines, 0);
  const chosen = defaultOf(lines);
  return { ...(chosen === undefined ? {} : { default: chosen }), items };
}

/** An entry with how it is written. */
export interface WrittenEntry {
  readonly entry: GrubMenuEntry;
  /** What stands behind `menuentry`. */
  readonly heading: string;
  /** The lines between its braces. */
  readonly body: readonly string[];
}

/** The entries of a generated grub.cfg, those in submenus included, in their order. */
export function writtenEntries(text: string): WrittenEntry[] {
  const written: WrittenEntry[] = [];
  itemsFrom(text.split("\n"), 0, written);
  return written;
}

/**
 * The header sets `default` to the one-shot entry where there is one, else to what GRUB_DEFAULT says
 * (/etc/grub.d/00_header). Undefined for the saved entry.
 */
function defaultOf(lines: readonly string[]): string | undefined {
  let found: string | undefined = "0";
  for (const line of lines) {
    const value = /^\s*(?:set\s+)?default=(.*)$/.exec(line)?.[1];
    if (value === undefined || value.includes("next_entry")) continue;
    found = scriptWords(value)[0]?.text;
  }
  return found;
}

/** @param written Gets every entry. */
function itemsFrom(
  lines: readonly string[],
  start: number,
  written: WrittenEntry[] = [],
): { items: GrubMenuItem[]; end: number } {
  const items: GrubMenuItem[] = [];
  let at = start;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const command = /^\s*(menuentry|submenu)\s(.*)$/.exec(line);
    if (command !== null) {
      const [, , rest = ""] = command;
      const heading = headingOf(rest);
      if (command[1] === "submenu") {
        const { items: inner, end } = itemsFrom(lines, at + 1, written);
        items.push({ kind: "submenu", ...heading, items: inner });
        at = end + 1;
      } else {
        const inline = bodyBehind(rest);
        const end = inline === undefined ? endOfEntry(lines, at + 1) : at;
        const body = inline ?? lines.slice(at + 1, end);
        const entry = { kind: "entry" as const, ...heading, ...bodyOf(body) };
        items.push(entry);
        written.push({ entry, heading: rest, body });
        at = end + 1;
      }
    } else if (/^\s*function\s/.test(line)) at = endOfEntry(lines, at + 1) + 1;
    else if (/^\s*\}\s*$/.test(line)) return { items, end: at };
    else at++;
  }
  return { items, end: at };
}

/** Entries have no blocks of their own inside but conditions, which end with `fi`. */
function endOfEntry(lines: readonly string[], start: number): number {
  const end = lines.findIndex((line, at) => at >= start && /^\s*\}\s*$/.test(line));
  return end === -1 ? lines.length : end;
}

/** The commands of an entry that is written on one line, as only people do; undefined where its braces are on several. */
function bodyBehind(heading: string): string[] | undefined {
  const behind = heading.slice(scriptWords(heading).at(-1)?.to ?? 0);
  const inside = /^\s*\{(.*)\}\s*$/.exec(behind)?.[1];
  return inside?.split(";").filter((command) => command.trim() !== "");
}

/** `'title' --class x … $menuentry_id_option 'id' {` */
function headingOf(rest: string): Pick<GrubMenuEntry, "title" | "id"> {
  const words = scriptWords(rest);
  const mark = idMark(rest, words);
  const id = mark === -1 ? undefined : words[mark + 1]?.text;
  return { title: words[0]?.text ?? "", ...(id === undefined ? {} : { id }) };
}

/** What a heading says besides title and id, as it is written: classes, users, hotkeys. */
export function attributesOf(heading: string): string {
  const words = scriptWords(heading);
  const mark = idMark(heading, words);
  const others = words.filter((_, at) => at > 0 && (mark === -1 || (at !== mark && at !== mark + 1)));
  return others.map(({ from, to }) => heading.slice(from, to)).join(" ");
}

function idMark(heading: string, words: readonly ScriptWord[]): number {
  return words.findIndex(({ from, to }) =>
    ["$menuentry_id_option", "--id"].includes(heading.slice(from, to)),
  );
}

function bodyOf(lines: readonly string[]): Pick<GrubMenuEntry, "linux" | "options" | "initrd"> {
  const commands = lines.map(scriptWords);
  const last = (...names: readonly string[]): ScriptWord[] | undefined =>
    commands.findLast(([name]) => name?.text !== undefined && names.includes(name.text))?.slice(1);
  const [image, ...options] = last("linux", "linux16", "linuxefi") ?? [];
  const initrd = last("initrd", "initrd16", "initrdefi")?.at(-1)?.text;
  return {
    ...(image?.text === undefined ? {} : { linux: image.text }),
    options: options.flatMap(({ text }) => (text === undefined ? [] : [onKernelLine(text)])),
    ...(initrd === undefined ? {} : { initrd }),
  };
}
