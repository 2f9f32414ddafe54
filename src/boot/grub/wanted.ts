import { isLoadersOwn } from "../../cmdline.ts";
import { known } from "../../facts/fact.ts";
import type { AddedOptions, Fact, GrubSettingsFile } from "../../model/index.ts";
import type { DeclaredOptions, OptionEdit } from "../options.ts";
import { mergeOwned } from "../owned-options.ts";
import type { DropIn } from "./drop-in.ts";
import { partsOf } from "./drop-in.ts";
import { withWords } from "./line-words.ts";
import type { Home } from "./own-settings.ts";
import { asWritten, ownText, withOwn } from "./own-settings.ts";
import { sourceFiles } from "./shell-assignments.ts";
import type { Cell } from "./shell-value.ts";
import { textOf } from "./shell-value.ts";
import type { SettingWord } from "./settings.ts";
import { DROP_IN, settingsOf, textIn, withFiles } from "./settings.ts";
import { toScript } from "./words.ts";

/** What hostcfg's own settings say. */
export interface Owned extends DropIn {
  /** They are as hostcfg writes them, so they may be written again. */
  readonly intact: boolean;
}

export function ownedOf(files: readonly GrubSettingsFile[], home: Home): Owned {
  const text = ownText(files, home);
  if (text === undefined) return { options: [], intact: true };
  const file: GrubSettingsFile = { path: home.path, text, mode: 0o644, uid: 0, gid: 0 };
  const { lasting, meanwhile } = partsOf(text);
  const { usual } = settingsOf([file]);
  const owned: DropIn = {
    ...defaultIn({ ...file, text: lasting }),
    options: usual.known ? usual.value.map(({ option }) => option) : [],
    ...(meanwhile === undefined ? {} : { meanwhile: defaultIn({ ...file, text: meanwhile }) }),
  };
  const writable = owned.options.every((option) => toScript(option) !== undefined);
  return { ...owned, intact: writable && asWritten(home, owned) === text };
}

function defaultIn(file: GrubSettingsFile): { readonly default?: string } {
  const chosen = sourceFiles([file]).get("GRUB_DEFAULT");
  return chosen?.known === true ? { default: textOf(chosen.value) } : {};
}

/** The settings that hold what is declared. */
export interface Wanted {
  readonly edits: readonly OptionEdit[];
  /** What the drop-in shall hold. */
  readonly own: readonly string[];
  /** What goes to the line of the user's own file, where grub-mkconfig reads no drop-in. */
  readonly added: readonly string[];
  /** Words of the user's own files that must go. */
  readonly cut: readonly SettingWord[];
}

/**
 * New options go to the drop-in, or to the user's line. An option that is declared absent, or has another value, is cut out of the file that
 * it stands in: the kernel obeys some options once for each time they appear. What only the drop-in had, or what is
 * recorded as hostcfg's, and the spec has no more, goes.
 *
 * @param recorded The record of what hostcfg added to the user's line; absent where it may be that of another loader.
 */
export function wantedOptions(
  base: readonly SettingWord[],
  owned: readonly string[],
  declared: DeclaredOptions,
  {
    isDropIn,
    recorded = known({ options: [], lost: false }),
  }: Pick<Home, "isDropIn"> & {
    readonly recorded?: Fact<AddedOptions> | undefined;
  } = { isDropIn: true },
): Wanted {
  const all = [...base.map(({ option }) => option), ...owned];
  const others = recorded.known ? recorded.value.options : [];
  const ours = [...others, ...owned].filter((option) => !isLoadersOwn(option));
  const { options, edits } = mergeOwned(all, declared, known({ options: ours, lost: false }));
  const left = [...options];
  const cut = base.filter(({ option }) => {
    const at = left.indexOf(option);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
  return { edits, own: isDropIn ? left : [], added: isDropIn ? [] : left, cut };
}

/** The files without these words; every other byte stays. */
export function withoutWords(
  files: readonly GrubSettingsFile[],
  words: readonly SettingWord[],
): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { path, text } of files) {
    const parts = new Map<number, Cell>();
    for (const { cells, blanks } of words) {
      // Neighbours share the blank between them.
      const blank = blanks.find(({ file, from }) => file === path && !parts.has(from));
      for (const cell of [...cells, ...(blank === undefined ? [] : [blank])])
        if (cell.file === path) parts.set(cell.from, cell);
    }
    const last = [...parts.values()].sort((a, b) => b.from - a.from);
    if (last.length === 0) continue;
    texts.set(
      path,
      last.reduce((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text),
    );
  }
  return texts;
}

/** The settings files with the edits of a person's own lines alone. */
export function withEdits(
  files: readonly GrubSettingsFile[],
  home: Home,
  { added, cut }: Pick<Wanted, "added" | "cut">,
): GrubSettingsFile[] {
  const left = withFiles(files, withoutWords(files, cut));
  return added.length === 0 ? left : withFiles(left, withWords(left, home.path, added));
}

/**
 * The texts of the settings files with what is wanted written into them, by path; undefined for one that goes.
 *
 * @param files Those that the words were read from. @param present As they are by then: only what differs is written.
 */
export function wantedFiles(
  files: readonly GrubSettingsFile[],
  home: Home,
  { added, cut, own }: Pick<Wanted, "added" | "cut"> & { readonly own: DropIn },
  present: readonly GrubSettingsFile[] = files,
): Map<string, string | undefined> {
  const users = withEdits(files, home, { added, cut });
  const last = withFiles(users, withOwn(users, home, own));
  const paths = new Set([...present, ...last].map(({ path }) => path));
  return new Map(
    [...paths]
      .filter((path) => textIn(present, path) !== textIn(last, path))
      .map((path) => [path, textIn(last, path)]),
  );
}

/** All settings files but hostcfg's own. */
export function usersFiles(files: readonly GrubSettingsFile[]): GrubSettingsFile[] {
  return withFiles(files, new Map([[DROP_IN, undefined]]));
}
