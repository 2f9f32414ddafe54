import type { GrubMenu, GrubMenuEntry, GrubMenuItem } from "../../model/index.ts";

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
 * The default entry (GRUB manual, "default"): `next_entry` of the environment block, once; else what the menu's header
 * says, which may be the saved entry. Titles, ids and numbers name an entry, `a>b` an entry of a submenu; what names
 * none is taken as the first entry. Undefined for an empty menu.
 */
export function defaultEntry(
  menu: GrubMenu,
  environment: Readonly<Record<string, string>>,
): Chosen | undefined {
  const { next_entry: next, saved_entry: saved } = environment;
  if (next !== undefined && next !== "") {
    const entry = resolve(menu.items, next);
    return entry === undefined
      ? undefined
      : { entry, by: `grub-reboot chose "${next}" for one boot`, once: true };
  }
  const value = menu.default ?? saved ?? "";
  const source = menu.default === undefined ? "the saved entry" : "the menu's default";
  const entry = resolve(menu.items, value);
  if (entry === undefined) return undefined;
  const found = value === "" || names(menu.items, value);
  const byId = entry.id !== undefined && value.endsWith(entry.id);
  const by = byId
    ? `${source} names it by its id`
    : found
      ? `${source} is "${value === "" ? "0" : value}"`
      : `${source} is "${value}", which names no entry, so GRUB takes the first`;
  return { entry, by, once: false, ...(byId || found ? {} : { missed: value }) };
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

function resolve(items: readonly GrubMenuItem[], value: string): GrubMenuEntry | undefined {
  const [step = "0", ...rest] = pathOf(value);
  const item = itemOf(items, step) ?? items[0];
  if (item === undefined || item.kind === "entry") return item;
  return resolve(item.items, rest.length === 0 ? "0" : rest.join(">"));
}

function itemOf(items: readonly GrubMenuItem[], step: string): GrubMenuItem | undefined {
  return (
    items.find(({ id, title }) => id === step || title === step) ??
    (/^\d+$/.test(step) ? items[Number(step)] : undefined)
  );
}

/** Parts between single `>`; a doubled one is a part of a title. */
function pathOf(value: string): string[] {
  return value === "" ? [] : value.split(/(?<!>)>(?!>)/).map((part) => part.replaceAll(">>", ">"));
}

/** All entries, in the order of the menu. */
export function entriesOf(items: readonly GrubMenuItem[]): GrubMenuEntry[] {
  return items.flatMap((item) => (item.kind === "submenu" ? entriesOf(item.items) : [item]));
}

/** The release in the name of the image that an entry starts. */
export function releaseOf({ linux }: GrubMenuEntry): string | undefined {
  return /(?:^|\/)(?:vmlinu[xz]|kernel)-([^/]+?)(?:\.efi\.signed)?$/.exec(linux ?? "")?.[1];
}

export function isRecovery({ id }: GrubMenuEntry): boolean {
  return id?.includes("-recovery-") === true;
}
