import { known, unknown } from "../../facts/fact.ts";
import type { Fact, GrubMenu, GrubMenuEntry, GrubMenuItem } from "../../model/index.ts";
import { afterHeader } from "./environment-block.ts";

/** What GRUB starts unless somebody chooses, and why. */
export interface Chosen {
  readonly entry: GrubMenuEntry;
  /** One clause, e.g. `grub.cfg's default is "0"`. */
  readonly by: string;
  /** grub-reboot's entry: wins once. */
  readonly once: boolean;
  /** The default that is set and names no entry. */
  readonly missed?: string;
}

/**
 * The default entry (GRUB manual, "default"): what is set behind the menu's header, whatever is chosen for one boot; else
 * `next_entry` of the environment block, once; else what the header says, which may be the saved entry. Titles, ids and
 * numbers name an entry, `a>b` an entry of a submenu; what names none is taken as the first entry. Undefined for an empty
 * menu.
 */
export function defaultEntry(
  menu: GrubMenu,
  environment: Readonly<Record<string, string>>,
): Fact<Chosen> | undefined {
  const {
    next_entry: next = "",
    saved_entry: saved,
    prev_saved_entry: former = "",
  } = afterHeader(environment);
  // By either the header sets boot_once.
  const isOnce = next !== "" || former !== "";
  const later = menu.later?.unlessOnce === true && isOnce ? undefined : menu.later;
  if (later === undefined && next !== "") {
    const entry = resolve(menu.items, next);
    if (entry === undefined) return undefined;
    return entry.known
      ? known({ entry: entry.value, by: `grub-reboot chose "${next}" for one boot`, once: true })
      : entry;
  }
  if (later?.value.known === false) return later.value;
  const value = later?.value.known === true ? later.value.value : (menu.default ?? saved ?? "");
  const source =
    later !== undefined
      ? `the default that ${later.from} sets`
      : menu.default === undefined
        ? "the saved entry"
        : "the menu's default";
  const found = resolve(menu.items, value);
  if (found?.known !== true) return found;
  const entry = found.value;
  const isNamed = value === "" || names(menu.items, value);
  const byId = entry.id !== undefined && value.endsWith(entry.id);
  const by = byId
    ? `${source} names it by its id`
    : isNamed
      ? `${source} is "${value === "" ? "0" : value}"`
      : `${source} is "${value}", which names no entry, so GRUB takes the first`;
  return known({ entry, by, once: false, ...(byId || isNamed ? {} : { missed: value }) });
}

/** Whether the whole path names an entry or submenu. */
export function names(items: readonly GrubMenuItem[], value: string): boolean {
  let inside: readonly GrubMenuItem[] | undefined = items;
  for (const step of pathOf(value)) {
    const item: GrubMenuItem | undefined = inside === undefined ? undefined : itemOf(inside, step);
    if (item === undefined) return false;
    inside = item.kind === "submenu" ? item.items : undefined;
  }
  return true;
}

/** Undefined where there is no entry; unknown where a condition that only GRUB can judge decides which it is. */
function resolve(items: readonly GrubMenuItem[], value: string): Fact<GrubMenuEntry> | undefined {
  const [step = "0", ...rest] = pathOf(value);
  const found = itemOf(items, step);
  // A variable in a title, which only GRUB knows, leaves it empty.
  if (
    found === undefined &&
    placeOf(step) === undefined &&
    step !== "" &&
    items.some(({ title }) => title === "")
  )
    return unknown(`whether an entry of the menu is called "${step}" depends on a variable`);
  const item = found ?? items[0];
  if (item === undefined) return undefined;
  // A place counts what stands before it; a name is found wherever it stands, if it is there.
  const isNamed = placeOf(step) === undefined && isCalled(item, step);
  const before = isNamed ? [item] : items.slice(0, items.indexOf(item) + 1);
  const doubtful = before.find(({ maybe }) => maybe !== undefined);
  if (doubtful !== undefined)
    return unknown(`whether the menu has "${doubtful.title}" depends on: ${doubtful.maybe ?? ""}`);
  if (item.kind === "submenu") return resolve(item.items, rest.length === 0 ? "0" : rest.join(">"));
  return item.depends === undefined
    ? known(item)
    : unknown(`what "${item.title}" loads depends on: ${item.depends}`);
}

function itemOf(items: readonly GrubMenuItem[], step: string): GrubMenuItem | undefined {
  const place = placeOf(step);
  return place === undefined ? items.find((item) => isCalled(item, step)) : items[place];
}

function isCalled({ id, title }: GrubMenuItem, name: string): boolean {
  return id === name || title === name;
}

/**
 * What begins with a number is a place, whatever follows and whatever has this title: GRUB takes as many digits as there
 * are (get_entry_number in grub-core/normal/menu.c, grub_strtoul).
 */
function placeOf(step: string): number | undefined {
  const [, hex, octal, decimal] = /^\s*(?:0x([\da-fA-F]+)|0([0-7]+)|(\d+))/.exec(step) ?? [];
  if (hex !== undefined) return parseInt(hex, 16);
  if (octal !== undefined) return parseInt(octal, 8);
  return decimal === undefined ? undefined : Number(decimal);
}

/** Parts between single `>`; a doubled one is a part of a title. */
function pathOf(value: string): string[] {
  return value === "" ? [] : value.split(/(?<!>)>(?!>)/).map((part) => part.replaceAll(">>", ">"));
}

/** All entries, in the order of the menu. */
export function entriesOf(items: readonly GrubMenuItem[]): GrubMenuEntry[] {
  return items.flatMap((item) => (item.kind === "submenu" ? entriesOf(item.items) : [item]));
}

/** Why what an entry starts is no kernel of this system, one clause; undefined where it may be one. */
export function startsOther({ linux, elsewhere }: GrubMenuEntry): string | undefined {
  return elsewhere ?? (linux === undefined ? "it loads no Linux kernel itself" : undefined);
}

/** Whether 10_linux made it: all others stay as they are when the settings change. */
export function isGenerated({ id }: Pick<GrubMenuItem, "id">): boolean {
  return id?.startsWith("gnulinux-") === true;
}

/** Whether update-grub gives it all options of the settings; one for recovery has those of GRUB_CMDLINE_LINUX only. */
export function takesOptions(entry: GrubMenuEntry): boolean {
  return isGenerated(entry) && !isRecovery(entry);
}

/** What stands behind `vmlinuz-` in the name of the image that an entry starts, where it is one of this system. */
export function nameIn({ linux, elsewhere }: GrubMenuEntry): string | undefined {
  if (elsewhere !== undefined) return undefined;
  return /(?:^|\/)(?:vmlinu[xz]|kernel)-([^/]+?)(?:\.efi\.signed)?$/.exec(linux ?? "")?.[1];
}

export function isRecovery({ id }: GrubMenuEntry): boolean {
  return id?.includes("-recovery-") === true;
}
