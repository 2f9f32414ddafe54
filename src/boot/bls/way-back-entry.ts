import { posix } from "node:path";
import type { LoaderEntry } from "../../model/index.ts";
import { TRIAL_ID, WAY_BACK_FOLDER, WAY_BACK_ID } from "../way-back.ts";

/**
 * The way back: an entry of hostcfg's own with copies of what booted before an apply, and with the options of then. The
 * loaders' own tools overwrite kernels and initrds in place, and entries get new options as well; so while they run
 * nothing of their own can be relied on.
 */
export interface WayBack {
  readonly id: string;
  /** The default that names it, with and without `.conf` in the loader's ids. */
  readonly pattern: string;
  /** The entry that is tried once while this one is the default. */
  readonly trial: string;
}

/** Beside kernelstub's entries, of which a default always names one. */
export const WAY_BACK: WayBack = wayBack(WAY_BACK_ID, TRIAL_ID);

/**
 * Where nothing may name a default, and the first of the menu starts: it has no sort key, so it comes after all that
 * have one, and among those without one its id is as low as a plain name can be (order.ts).
 */
export const LAST_WAY_BACK: WayBack = wayBack(`a-${WAY_BACK_ID}`, `a-${TRIAL_ID}`);

/** An entry without copies, for the files of one whose options are changed; it sorts last as well. */
export const KEPT = "a-hostcfg-booted";

const ALL = [WAY_BACK, LAST_WAY_BACK];

function wayBack(id: string, trial: string): WayBack {
  return { id, pattern: `${id}*`, trial };
}

export function isWayBack(id: string): boolean {
  return ALL.some((one) => one.id === id);
}

/** Whether the entry is hostcfg's of a trial. */
export function isTrial(id: string): boolean {
  return ALL.some((one) => one.trial === id);
}

/** Whether hostcfg keeps the entry beside those of others: what booted before an apply, with copies or without, or what is tried. */
export function isKept(id: string): boolean {
  return id === KEPT || isWayBack(id) || isTrial(id);
}

/** Whether a default of loader.conf or of the EFI variable names a way back, by its pattern or its name as it is. */
export function namesWayBack(pattern: string | undefined): boolean {
  return ALL.some(({ id, pattern: its }) => [its, id, `${id}.conf`].some((one) => one === pattern));
}

/** Folder of the copies on the partition of the entry. No kernel's release has this name: releases begin with a number. */
export function wayBackFolder(mountPoint: string): string {
  return posix.join(mountPoint, "EFI/hostcfg/way-back");
}

export const WAY_BACK_COPIES = { image: "vmlinuz", initrd: "initrd.img" } as const;

export function wayBackCopies(mountPoint: string): string[] {
  return Object.values(WAY_BACK_COPIES).map((name) => posix.join(wayBackFolder(mountPoint), name));
}

/** Whether this is the path of a way back's entry or of one of its copies, on whatever partition; of GRUB's, of a copy. */
export function isWayBackFile(path: string): boolean {
  const folder = posix.dirname(path);
  return (
    folder.endsWith(wayBackFolder("/")) ||
    folder === WAY_BACK_FOLDER ||
    (folder.endsWith("/loader/entries") && isKept(posix.basename(path, ".conf")))
  );
}

const FORMER = "# Before, the default was: ";
const NO_FORMER = "# Before, nothing named a default.";
const REWRITTEN = "# It stands in for what is written anew for: ";

/** What a later run must know to take the way back out of its place again. */
export interface WayBackNote {
  /** The default in whose place it is put; undefined where there was none. */
  readonly former: string | undefined;
  /** The release whose files are written again meanwhile, where the loader's tool names them by it. */
  readonly rewritten?: string;
}

/** The first line of its text. */
export const WAY_BACK_HEADING = "# Written by hostcfg: what booted before its last apply.";

/** As the boot menu shows it. */
export function wayBackTitle(title: string): string {
  return `${title} (before the last hostcfg apply)`;
}

/** An entry of the Boot Loader Specification. `line`: its options, where they are not those of the entry. */
export function wayBackText(of: LoaderEntry, note: WayBackNote, line = of.options): string {
  const folder = wayBackFolder("/");
  return [
    WAY_BACK_HEADING,
    ...noteLines(note),
    `title ${wayBackTitle(of.title ?? of.id)}`,
    `linux ${posix.join(folder, WAY_BACK_COPIES.image)}`,
    `initrd ${posix.join(folder, WAY_BACK_COPIES.initrd)}`,
    `options ${line}`,
    "",
  ].join("\n");
}

/** The same where it names the files of another kernel's entry, whose text this is: those that booted are replaced. */
export function otherKernelText(
  of: Pick<LoaderEntry, "id" | "title">,
  text: string,
  note: WayBackNote,
): string {
  const title = `title ${of.title ?? of.id} (kept by hostcfg, with another kernel)`;
  return [WAY_BACK_HEADING, ...noteLines(note), title, ...withoutPlace(text), ""].join("\n");
}

/** What the menu shows an entry as and sorts it by. */
const PLACE = /^\s*(?:title|version|sort-key|machine-id)\s/;

/** The lines of an entry that say what it starts; with them alone it comes last. */
export function withoutPlace(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim() !== "" && !PLACE.test(line));
}

function noteLines({ former, rewritten }: WayBackNote): string[] {
  return [
    former === undefined ? NO_FORMER : `${FORMER}${former}`,
    ...(rewritten === undefined ? [] : [`${REWRITTEN}${rewritten}`]),
  ];
}

/** The same entry with another note. */
export function withNote(text: string, note: WayBackNote): string {
  const [first = "", ...lines] = text.split("\n");
  const rest = lines.filter(
    (line) => line !== NO_FORMER && ![FORMER, REWRITTEN].some((start) => line.startsWith(start)),
  );
  return [first, ...noteLines(note), ...rest].join("\n");
}

/** What the entry's text notes; undefined where the text is not hostcfg's. */
export function wayBackNote(text: string): WayBackNote | undefined {
  const lines = text.split("\n");
  const after = (start: string): string | undefined => {
    const said = lines
      .find((line) => line.startsWith(start))
      ?.slice(start.length)
      .trim();
    return said === "" ? undefined : said;
  };
  const former = after(FORMER);
  if (former === undefined && !lines.includes(NO_FORMER)) return undefined;
  const rewritten = after(REWRITTEN);
  return { former, ...(rewritten === undefined ? {} : { rewritten }) };
}
