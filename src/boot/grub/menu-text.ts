import { known, unknown } from "../../facts/fact.ts";
import type {
  GrubFacts,
  GrubLaterDefault,
  GrubMenu,
  GrubMenuEntry,
  GrubMenuItem,
} from "../../model/index.ts";
import { afterHeader } from "./environment-block.ts";
import type { Command } from "./menu-lines.ts";
import { Conditions } from "./menu-lines.ts";
import { textOf } from "./script-conditions.ts";
import type { ScriptWord } from "./words.ts";
import { onKernelLine, scriptWords } from "./words.ts";

/** What GRUB will know when it reads the menu. */
export interface MenuContext {
  /** The environment block. */
  readonly environment?: Readonly<Record<string, string>>;
  /** `$grub_platform`. */
  readonly platform?: "efi" | "pc" | undefined;
  /** For custom.cfg: the menu that it is a part of. */
  readonly partOf?: GrubMenu;
}

/**
 * The menu of a grub.cfg or custom.cfg: what its entries start, and which is the default. Conditions are followed where
 * they compare what is known; what stands behind any other one is marked. Commands that say nothing of the menu are
 * passed over, as are functions.
 */
export function parseMenu(text: string, context: MenuContext = {}): GrubMenu {
  const reading = new MenuReading(text, context);
  const items = reading.items();
  const { chosen, later, customAt } = reading;
  const searched = context.partOf?.searched ?? searchedBy(reading.written);
  return {
    default: chosen,
    later,
    items: located(items, new Map(reading.written.map(({ entry, body }) => [entry, body])), searched),
    customAt,
    ...(searched.length === 0 ? {} : { searched }),
  };
}

/** What is known of the host when its menu is read. */
export function contextOf({
  environment,
  platform,
}: Pick<GrubFacts, "environment" | "platform">): MenuContext {
  return { ...(environment.known ? { environment: environment.value } : {}), platform };
}

/** The menu as GRUB shows it: with the entries of custom.cfg, which it sources when it starts. */
export function wholeMenu(menu: GrubMenu, custom: GrubMenu | undefined): GrubMenu {
  const { customAt } = menu;
  if (customAt === undefined || custom === undefined) return menu;
  const later = menu.later?.behindCustom === true ? menu.later : lastDefault(menu.later, custom.later);
  return {
    ...menu,
    ...(later === undefined ? {} : { later }),
    items: menu.items.toSpliced(customAt, 0, ...custom.items),
  };
}

/** The last one counts. Where that leaves a choice for one boot alone, what came before it may not have. */
export function lastDefault(
  before: GrubLaterDefault | undefined,
  last: GrubLaterDefault | undefined,
): GrubLaterDefault | undefined {
  if (last?.unlessOnce !== true || before === undefined || before.unlessOnce === true) return last ?? before;
  const { unlessOnce: _once, ...always } = last;
  return { ...always, value: unknown(`${before.from} and ${last.from} both set the default`) };
}

/** How hostcfg's own part of custom.cfg asks whether the header has taken a choice for one boot (`next_entry`). */
export const UNLESS_ONCE = '[ "${boot_once}" != true ]';

/** An entry with how it is written. */
export interface WrittenEntry {
  readonly entry: GrubMenuEntry;
  /** What stands behind `menuentry`. */
  readonly heading: string;
  /** The lines between its braces. */
  readonly body: readonly string[];
}

/** The entries of a generated grub.cfg, those in submenus included, in their order. */
export function writtenEntries(text: string): readonly WrittenEntry[] {
  const reading = new MenuReading(text, {});
  reading.items();
  return reading.written;
}

/** Only GRUB's environment block sets these, so what it has not is not set. */
const REMEMBERED = /^(?:initrdfail|recordfail|next_entry|saved_entry|prev_entry|prev_saved_entry)$/;

/** One in the other; what stands behind a deeper one is not read. GRUB's own scripts nest one. */
const MOST_SUBMENUS = 50;

class MenuReading {
  readonly written: WrittenEntry[] = [];
  chosen: string | undefined = "0";
  later: GrubLaterDefault | undefined;
  customAt: number | undefined;
  readonly #lines: readonly string[];
  readonly #context: MenuContext;
  readonly #environment: MenuContext["environment"];
  readonly #conditions: Conditions;
  /** Functions that set the default. */
  readonly #setting = new Set<string>();
  readonly #file: string;
  /** The script of /etc/grub.d that made what is read, or the file. */
  #from: string;
  #inHeader: boolean;
  #at = 0;

  constructor(text: string, context: MenuContext) {
    this.#lines = joined(text).split("\n");
    this.#context = context;
    this.#environment = context.environment && afterHeader(context.environment);
    this.#conditions = new Conditions(this.#value);
    this.#file = context.partOf === undefined ? "the menu" : "custom.cfg";
    this.#from = this.#file;
    // One without its marks was written by hand: its first default is as good as a header's.
    this.#inHeader = context.partOf === undefined && !/^### BEGIN \S*\/00_header ###/m.test(text);
  }

  /** The items up to the brace that closes them. */
  items(depth = 0): GrubMenuItem[] {
    const top = depth === 0;
    const items: GrubMenuItem[] = [];
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at++] ?? "";
      const [, edge, script] = /^### (BEGIN|END) (\S+) ###/.exec(line) ?? [];
      if (edge !== undefined && script !== undefined) {
        this.#inHeader = edge === "BEGIN" && script.endsWith("/00_header");
        this.#from = edge === "BEGIN" ? script : this.#file;
      } else if (/^\s*\}\s*$/.test(line)) {
        if (!top) return items;
      } else if (/^\s*function\s/.test(line)) this.#function(line);
      else
        for (const command of this.#conditions.commands(line)) {
          const item = this.#command(command, depth, top ? items.length : undefined);
          if (item !== undefined && command.runs !== false) items.push(item);
        }
    }
    return items;
  }

  /** @param place How many items there are above it; undefined in a submenu. */
  #command(
    { text, runs, condition, words }: Command,
    depth: number,
    place: number | undefined,
  ): GrubMenuItem | undefined {
    const [, kind, rest = ""] = /^(menuentry|submenu)\s(.*)$/.exec(text) ?? [];
    const maybe = condition === undefined ? {} : { maybe: condition };
    if (kind === "submenu" && depth === MOST_SUBMENUS) {
      this.#at = this.#lines.length;
      this.#later(unknown(`${this.#from} has more than ${MOST_SUBMENUS} submenus one in the other`));
      return undefined;
    }
    if (kind === "submenu") return { kind, ...headingOf(rest), items: this.items(depth + 1), ...maybe };
    if (kind === "menuentry") {
      const body = bodyBehind(rest) ?? this.#body();
      const entry = { kind: "entry" as const, ...headingOf(rest), ...this.#bodyOf(body), ...maybe };
      this.written.push({ entry, heading: rest, body });
      return entry;
    }
    if (place === undefined) return undefined;
    if (/^source\s+\S*\/custom\.cfg\s*$/.test(text)) this.customAt ??= place;
    else if (runs !== false && this.#hides(words))
      this.#later(unknown(`${this.#from} may set the default: ${text}`));
    else this.#default({ text, runs, words, condition });
    return undefined;
  }

  /** What is not read may hold entries, or set the default. */
  #hides([first]: readonly ScriptWord[]): boolean {
    const name = first?.text ?? "";
    return /^(?:source|\.|configfile|normal)$/.test(name) || this.#setting.has(name);
  }

  #function(line: string): void {
    const name = scriptWords(line)[1]?.text;
    const sets = this.#body().some((inside) => /(?:^|[\s;])default=/.test(inside));
    if (sets && name !== undefined) this.#setting.add(name);
  }

  #later(value: GrubLaterDefault["value"], isUnlessOnce = false): void {
    this.later = lastDefault(this.later, {
      value,
      from: this.#from,
      ...(isUnlessOnce ? { unlessOnce: true } : {}),
      ...(this.customAt === undefined ? {} : { behindCustom: true }),
    });
  }

  /**
   * The header sets `default` to the one-shot entry where there is one, else to what GRUB_DEFAULT says
   * (/etc/grub.d/00_header). 10_linux corrects titles of old there; whatever else sets it comes later, and wins.
   */
  #default({ text, runs, condition }: Command): void {
    const value = /^unset\s+default\s*$/.test(text) ? "" : /^(?:set\s+)?default=(.*)$/.exec(text)?.[1];
    // Where a choice for one boot is made, the header passes over what it says for all others: that is the default all the same.
    if (value === undefined || value.includes("next_entry") || (runs === false && !this.#inHeader)) return;
    const [word] = scriptWords(value);
    if (this.#inHeader) {
      this.chosen = word?.text;
      // With the marks of grub-mkconfig the header goes on to its end.
      this.#inHeader = this.#from.endsWith("/00_header");
      return;
    }
    const from = this.#from;
    // GRUB does not read past an unquoted `>`, and so never comes to what stands behind it.
    const isWhole = /^(?:\s|;|$)/.test(value.slice(word?.to ?? 0));
    const said = !isWhole ? undefined : word === undefined ? "" : textOf(value, word, this.#value);
    if (runs === true && from.endsWith("/10_linux")) this.chosen = said;
    else if (condition === UNLESS_ONCE && said !== undefined) this.#later(known(said), true);
    else {
      const why =
        runs === undefined
          ? `${from} sets the default where ${condition ?? ""}`
          : `${from} computes the default`;
      this.#later(runs === true && said !== undefined ? known(said) : unknown(why));
    }
  }

  #value = (name: string): string | undefined => {
    const { platform } = this.#context;
    const environment = this.#environment;
    if (name === "default") return this.chosen;
    if (name === "grub_platform") return platform;
    return environment !== undefined && REMEMBERED.test(name) ? (environment[name] ?? "") : undefined;
  };

  /** Entries and functions have no blocks of their own inside but conditions, which end with `fi`. */
  #body(): readonly string[] {
    const start = this.#at;
    const end = this.#lines.findIndex((line, at) => at >= start && /^\s*\}\s*$/.test(line));
    const to = end === -1 ? this.#lines.length : end;
    this.#at = to + 1;
    return this.#lines.slice(start, to);
  }

  #bodyOf(lines: readonly string[]): Pick<GrubMenuEntry, "linux" | "options" | "initrd" | "depends"> {
    const conditions = new Conditions(this.#value);
    const commands = lines
      .flatMap((line) => conditions.commands(line))
      .filter(({ runs, words: [name] }) => runs !== false && LOADS.test(name?.text ?? ""));
    const last = (name: RegExp): readonly ScriptWord[] | undefined =>
      commands.findLast(({ words }) => name.test(words[0]?.text ?? ""))?.words.slice(1);
    const [image, ...options] = last(/^linux/) ?? [];
    const lastInitrd = last(/^initrd/)?.at(-1);
    const initrd = lastInitrd?.text;
    const isComputed = [image, lastInitrd].some((word) => word !== undefined && word.text === undefined);
    const depends =
      commands.find(({ runs }) => runs === undefined)?.condition ??
      (isComputed ? "a variable in the name of a file" : undefined);
    return {
      ...(image?.text === undefined ? {} : { linux: image.text }),
      options: options.flatMap(({ text }) => (text === undefined ? [] : [onKernelLine(text)])),
      initrd,
      depends,
    };
  }
}

/** With the lines in one that a back slash at the end continues. */
function joined(text: string): string {
  return text.replaceAll(/^(?![ \t]*#)(?:.*\\\n)+/gm, (lines) => lines.replaceAll("\\\n", ""));
}

const LOADS = /^(?:linux|initrd)(?:16|efi)?$/;

/** The UUIDs that the generated entries of this system's kernels search for. */
function searchedBy(written: readonly WrittenEntry[]): string[] {
  const own = written.filter(({ entry }) => entry.id?.startsWith("gnulinux-") === true);
  return [...new Set(own.flatMap(({ body }) => searchesOf(body)))];
}

/** `search --no-floppy --fs-uuid --set=root --hint-efi=hd0,gpt2 UUID` */
function searchesOf(body: readonly string[]): string[] {
  return body.flatMap((line) => {
    const words = scriptWords(line.trim());
    const isByUuid =
      words[0]?.text === "search" && words.some(({ text }) => text === "--fs-uuid" || text === "-u");
    return isByUuid ? (words.at(-1)?.text ?? []) : [];
  });
}

/** The items, with what starts another system marked. */
function located(
  items: readonly GrubMenuItem[],
  bodies: ReadonlyMap<GrubMenuItem, readonly string[]>,
  searched: readonly string[],
): GrubMenuItem[] {
  return items.map((item) => {
    if (item.kind === "submenu") return { ...item, items: located(item.items, bodies, searched) };
    const elsewhere = startsElsewhere(item, bodies.get(item) ?? [], searched);
    return elsewhere === undefined ? item : { ...item, elsewhere };
  });
}

function startsElsewhere(
  { id, linux }: GrubMenuEntry,
  body: readonly string[],
  searched: readonly string[],
): string | undefined {
  if (id?.startsWith("osprober-") === true) return "os-prober found it on another file system";
  if (linux === undefined) return undefined;
  if (/(?:^|\/)memtest[^/]*$/.test(linux)) return "it tests the memory";
  const searches = searchesOf(body);
  return searched.length > 0 && searches.length > 0 && !searches.some((uuid) => searched.includes(uuid))
    ? "its files are on another file system"
    : undefined;
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
  return { title: words[0]?.text ?? "", id };
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
