import { known, unknown } from "../../facts/fact.ts";
import type { Fact, GrubSettingsFile } from "../../model/index.ts";
import { DROP_INS } from "./probe.ts";
import { sourceFiles } from "./shell-assignments.ts";
import type { Cell } from "./shell-value.ts";
import { textOf } from "./shell-value.ts";
import type { ShellVariables } from "./shell-variables.ts";
import type { ShellFault } from "./shell-faults.ts";
import { onKernelLine, scriptWords } from "./words.ts";

/** The one file that hostcfg owns. It comes after the drop-ins of installers, which begin with lower numbers. */
export const DROP_IN = `${DROP_INS}/95-hostcfg.cfg`;

/** On the line of every entry. */
export const EVERYWHERE = "GRUB_CMDLINE_LINUX";
/** On the line of all but recovery entries, behind the other. */
export const USUAL = "GRUB_CMDLINE_LINUX_DEFAULT";

/** One option of a setting, with the characters of the files that it was made from. */
export interface SettingWord {
  readonly option: string;
  readonly cells: readonly Cell[];
  /** The blanks before and behind it in its file, of which one goes with it; none where it stands alone. */
  readonly blanks: readonly Cell[];
}

/** What grub-mkconfig will know after it has sourced all files. */
export interface Settings {
  /** What sh stumbles over in the files. */
  readonly faults: readonly ShellFault[];
  /** Of {@link EVERYWHERE}. */
  readonly everywhere: Fact<readonly SettingWord[]>;
  /** Of {@link USUAL}. */
  readonly usual: Fact<readonly SettingWord[]>;
  readonly default: Fact<string>;
  /** The file that assigned GRUB_DEFAULT last. */
  readonly defaultFrom?: string | undefined;
  readonly submenus: Fact<boolean>;
  readonly recovery: Fact<boolean>;
  /** GRUB_TOP_LEVEL: the path of the kernel that GRUB 2.12 puts first; empty where none is. */
  readonly topLevel: Fact<string>;
  /** GRUB_FLAVOUR_ORDER: the flavours that Ubuntu's GRUB puts before all others, the first of them first. */
  readonly flavours: Fact<readonly string[]>;
}

export function settingsOf(files: readonly GrubSettingsFile[]): Settings {
  const variables = sourceFiles(files);
  const chosen = plain(variables, "GRUB_DEFAULT");
  const from = variables.get("GRUB_DEFAULT");
  const file = from?.known === true ? from.value.at(-1)?.file : undefined;
  return {
    faults: variables.faults,
    everywhere: wordsOf(variables, EVERYWHERE),
    usual: wordsOf(variables, USUAL),
    default: chosen.known && chosen.value === "" ? known("0") : chosen,
    defaultFrom: file,
    submenus: not(plain(variables, "GRUB_DISABLE_SUBMENU"), ["true", "yes", "y"]),
    recovery: not(plain(variables, "GRUB_DISABLE_RECOVERY"), ["true"]),
    topLevel: plain(variables, "GRUB_TOP_LEVEL"),
    flavours: flavoursOf(plain(variables, "GRUB_FLAVOUR_ORDER")),
  };
}

/** The files as grub-mkconfig would source them with these changed, added (in their place), or taken away. */
export function withFiles(
  files: readonly GrubSettingsFile[],
  texts: ReadonlyMap<string, string | undefined>,
): GrubSettingsFile[] {
  const kept = files.flatMap((file) => {
    if (!texts.has(file.path)) return [file];
    const text = texts.get(file.path);
    return text === undefined ? [] : [{ ...file, text }];
  });
  return [...texts].reduce((all, [path, text]) => {
    if (text === undefined || files.some((file) => file.path === path)) return all;
    const added = { path, text, mode: 0o644, uid: 0, gid: 0 };
    const at = all.findIndex((file) => file.path.startsWith(`${DROP_INS}/`) && file.path > path);
    return at === -1 ? [...all, added] : all.toSpliced(at, 0, added);
  }, kept);
}

export function textIn(files: readonly GrubSettingsFile[], path: string): string | undefined {
  return files.find((file) => file.path === path)?.text;
}

function plain(variables: ShellVariables, name: string): Fact<string> {
  const value = variables.get(name);
  if (value === undefined) return known("");
  return value.known ? known(textOf(value.value)) : value;
}

/** They are put into regular expressions as they are. */
function flavoursOf(value: Fact<string>): Fact<readonly string[]> {
  if (!value.known) return value;
  const flavours = value.value.split(/\s+/).filter((flavour) => flavour !== "");
  const odd = flavours.find((flavour) => !/^[\w-]+$/.test(flavour));
  return odd === undefined
    ? known(flavours)
    : unknown(`GRUB_FLAVOUR_ORDER has ${odd}, which is no plain name`);
}

function not(value: Fact<string>, ...[words]: [readonly string[]]): Fact<boolean> {
  return value.known ? known(!words.includes(value.value)) : value;
}

function wordsOf(variables: ShellVariables, name: string): Fact<readonly SettingWord[]> {
  const value = variables.get(name);
  if (value === undefined) return known([]);
  if (!value.known) return value;
  const cells = value.value;
  return known(
    scriptWords(textOf(cells)).flatMap(({ from, to, text }): SettingWord[] => {
      if (text === undefined) return [];
      // The blank of another file may be what keeps a variable's name from its neighbour there.
      const blanks = [cells[from - 1], cells[to]].filter(
        (cell) => cell?.char === " " && cell.file === cells[from]?.file,
      );
      return [
        {
          option: onKernelLine(text),
          cells: cells.slice(from, to),
          blanks: blanks.filter((cell) => cell !== undefined),
        },
      ];
    }),
  );
}
