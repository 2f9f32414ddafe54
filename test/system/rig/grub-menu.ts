import { existsSync } from "node:fs";
import type { MachineFiles } from "./machine.ts";

/**
 * Plays GRUB on the menu that stands on a machine (GRUB manual, "default" and "menuentry"), with no code of hostcfg's: of
 * GRUB's language it knows the shapes that grub-mkconfig and the tests write, on a host that starts by EFI.
 */
export function playMenu(machine: MachineFiles): { kernel: string; initrd: string; line: string } {
  const menu = withCustom(machine, machine.readText(`${FOLDER}/grub.cfg`));
  const { items } = itemsOf(menu.split("\n"), 0);
  const { body = [] } = chosen(items, defaultOf(machine, menu).split(">")) ?? {};
  const [, kernel = "none", rest = ""] = find(body, /^\s*linux(?:16|efi)?\s+(\S+) ?(.*)$/);
  const [, initrds = "none"] = find(body, /^\s*initrd\s+(.*)$/);
  const words = (rest.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"),
  );
  const line = words.map((word) => (word.includes(" ") ? `"${word}"` : word)).join(" ");
  // What comes before the last is for the processor.
  return { kernel, initrd: initrds.split(" ").at(-1) ?? "none", line };
}

const FOLDER = "/boot/grub";

interface Item {
  readonly title: string;
  readonly id: string;
  /** Of an entry, its lines; of a submenu, none. */
  readonly body?: readonly string[];
  readonly items?: readonly Item[];
}

/** 41_custom has GRUB read a file of one's own there. */
function withCustom(machine: MachineFiles, menu: string): string {
  const path = `${FOLDER}/custom.cfg`;
  const custom = existsSync(machine.path(path)) ? machine.readText(path) : "";
  return menu.replace(/^if \[ -f +\$\{config_directory\}\/custom\.cfg \][\s\S]*?^fi$/m, () => custom);
}

function find(body: readonly string[], wanted: RegExp): readonly string[] {
  return body.map((line) => wanted.exec(line)).find((found) => found !== null) ?? [];
}

/** The items from a line on, to the end of their submenu. */
function itemsOf(lines: readonly string[], from: number): { items: Item[]; to: number } {
  const items: Item[] = [];
  let at = from;
  for (; at < lines.length && !/^\s*\}/.test(lines[at] ?? ""); at += 1) {
    const [, kind, title = "", rest = ""] =
      /^\s*(menuentry|submenu) +(?:'((?:[^']|'\\'')*)'|"(?:[^"]*)")(.*)\{\s*$/.exec(lines[at] ?? "") ?? [];
    if (kind === undefined) {
      if (/\{\s*$/.test(lines[at] ?? "")) at = endOf(lines, at);
      continue;
    }
    const [, double] = /^\s*\w+ +"([^"]*)"/.exec(lines[at] ?? "") ?? [];
    const [, id = ""] = /(?:--id|\$menuentry_id_option) +'?([^' ]+)'?/.exec(rest) ?? [];
    const name = { title: double ?? title.replaceAll("'\\''", "'"), id };
    if (kind === "submenu") {
      const inside = itemsOf(lines, at + 1);
      items.push({ ...name, items: inside.items });
      at = inside.to;
    } else {
      const end = endOf(lines, at);
      items.push({ ...name, body: lines.slice(at + 1, end) });
      at = end;
    }
  }
  return { items, to: at };
}

/** The line with the bracket that closes the one of this line. */
function endOf(lines: readonly string[], from: number): number {
  const end = lines.findIndex((line, at) => at > from && /^\s*\}/.test(line));
  return end === -1 ? lines.length : end;
}

/** A choice for one boot comes first; else what is set last at the top of the menu counts, of 00_header's two the other one. */
function defaultOf(machine: MachineFiles, menu: string): string {
  const set = [...menu.matchAll(/^ *set default="?([^"\n]*?)"?$/gm)].map(([, value]) => value ?? "");
  const once = chosenOnce(machine);
  if (once !== "" && set.includes("${next_entry}")) return once;
  const value = set.filter((one) => one !== "${next_entry}").at(-1) ?? "0";
  return value === "${saved_entry}" ? (inBlock(machine, "saved_entry") ?? "0") : value;
}

/** The entry that GRUB takes at the next boot alone; it writes that it is taken before it starts it. */
export function chosenOnce(machine: MachineFiles): string {
  return inBlock(machine, "next_entry") ?? "";
}

function inBlock(machine: MachineFiles, name: string): string | undefined {
  const block = existsSync(machine.path(`${FOLDER}/grubenv`)) ? machine.readText(`${FOLDER}/grubenv`) : "";
  return new RegExp(`^${name}=(.*)$`, "m").exec(block)?.[1];
}

/** By place, id or title; what is not there is taken for the first. */
function chosen(items: readonly Item[], [name = "0", ...rest]: readonly string[]): Item | undefined {
  const item =
    (/^\d+$/.test(name)
      ? items[Number(name)]
      : items.find(({ id, title }) => id === name || title === name)) ?? items[0];
  return item?.items === undefined ? item : chosen(item.items, rest);
}
