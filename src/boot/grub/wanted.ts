import { isLoadersOwn } from "../../cmdline.ts";
import { known } from "../../facts/fact.ts";
import type { GrubSettingsFile } from "../../model/index.ts";
import type { DeclaredOptions, OptionEdit } from "../options.ts";
import { mergeOwned } from "../owned-options.ts";
import type { DropIn } from "./drop-in.ts";
import { dropInText, partsOf } from "./drop-in.ts";
import { sourceFiles } from "./shell-assignments.ts";
import { textOf } from "./shell-value.ts";
import type { SettingWord } from "./settings.ts";
import { DROP_IN, settingsOf, withFiles } from "./settings.ts";
import { toScript } from "./words.ts";

/** What hostcfg's own drop-in says. */
export interface Owned extends DropIn {
  /** The file is as hostcfg writes it, so it may be written again. */
  readonly intact: boolean;
}

export function ownedOf(files: readonly GrubSettingsFile[]): Owned {
  const file = files.find(({ path }) => path === DROP_IN);
  if (file === undefined) return { options: [], intact: true };
  const { lasting, meanwhile } = partsOf(file.text);
  const { usual } = settingsOf([file]);
  const owned: DropIn = {
    ...defaultIn({ ...file, text: lasting }),
    options: usual.known ? usual.value.map(({ option }) => option) : [],
    ...(meanwhile === undefined ? {} : { meanwhile: defaultIn({ ...file, text: meanwhile }) }),
  };
  const writable = owned.options.every((option) => toScript(option) !== undefined);
  return { ...owned, intact: writable && dropInText(owned) === file.text };
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
  /** Words of the user's own files that must go. */
  readonly cut: readonly SettingWord[];
}

/**
 * New options go to the drop-in. An option that is declared absent, or has another value, is cut out of the file that
 * it stands in: the kernel obeys some options once for each time they appear. What only the drop-in had, and the spec
 * has no more, goes.
 */
export function wantedOptions(
  base: readonly SettingWord[],
  owned: readonly string[],
  declared: DeclaredOptions,
): Wanted {
  const all = [...base.map(({ option }) => option), ...owned];
  const { options, edits } = mergeOwned(
    all,
    declared,
    known({ options: owned.filter((option) => !isLoadersOwn(option)), lost: false }),
  );
  const left = [...options];
  const cut = base.filter(({ option }) => {
    const at = left.indexOf(option);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
  return { edits, own: left, cut };
}

/** The files without these words; every other byte stays. */
export function withoutWords(
  files: readonly GrubSettingsFile[],
  words: readonly SettingWord[],
): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { path, text } of files) {
    const cells = words
      .flatMap((word) => [...word.cells, ...(word.blank === undefined ? [] : [word.blank])])
      .filter(({ file }) => file === path);
    // Neighbours share the blank between them.
    const parts = new Map(cells.map((cell) => [cell.from, cell]));
    const last = [...parts.values()].sort((a, b) => b.from - a.from);
    if (last.length === 0) continue;
    texts.set(
      path,
      last.reduce((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text),
    );
  }
  return texts;
}

/** The settings files with what is wanted written into them; only those whose text changes. */
export function wantedFiles(
  files: readonly GrubSettingsFile[],
  cut: readonly SettingWord[],
  dropIn: string | undefined,
): Map<string, string | undefined> {
  const texts = new Map<string, string | undefined>(withoutWords(files, cut));
  if (files.find(({ path }) => path === DROP_IN)?.text !== dropIn) texts.set(DROP_IN, dropIn);
  return texts;
}

/** All settings files but hostcfg's own. */
export function usersFiles(files: readonly GrubSettingsFile[]): GrubSettingsFile[] {
  return withFiles(files, new Map([[DROP_IN, undefined]]));
}
