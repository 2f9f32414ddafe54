import { parseOption, splitLine } from "../cmdline.ts";
import { ADDED_OPTIONS, addedOptionsText } from "../facts/added-options.ts";
import type { AddedOptions, Diagnostic, Fact, TextFile } from "../model/index.ts";
import type { DraftStep } from "./loader.ts";
import type { DeclaredOptions, OptionEdit, Unit } from "./options.ts";
import { declaredUnits, isRepeatable, isSameUnit, mergeOptions, withoutUnits } from "./options.ts";
import { warning } from "./problem.ts";
import { writeText } from "./write-text.ts";

/**
 * As {@link mergeOptions}, and without the options that hostcfg has added and that the spec names no more. An option
 * that it did not add stays, whatever the spec says no more of it.
 *
 * @param declared Undefined where the spec has no `kernelOptions`: the line is nobody's business then.
 */
export function mergeOwned(
  current: readonly string[],
  declared: DeclaredOptions | undefined,
  added: Fact<AddedOptions>,
): { options: string[]; edits: OptionEdit[] } {
  if (declared === undefined) return { options: [...current], edits: [] };
  const left = withoutUnits(current, droppedOf(declared, added));
  const { options, edits } = mergeOptions(left.options, declared);
  const dropped = left.removed.map(({ key, spellings }): OptionEdit => ({
    key,
    action: "delete",
    before: spellings.join(" "),
    after: null,
  }));
  return { options, edits: [...edits, ...dropped] };
}

/** Those that hostcfg has added, and of whose key the spec says nothing any more. */
function droppedOf(declared: DeclaredOptions, added: Fact<AddedOptions>): readonly Unit[] {
  if (!added.known) return [];
  const named = new Set([
    ...declaredUnits(declared.present).map(({ key }) => key),
    ...declared.absent.map(keyOf),
  ]);
  return declaredUnits(added.value.options).filter(({ key }) => !named.has(key));
}

function keyOf(option: string): string {
  const { name, value } = parseOption(option);
  return isRepeatable(name) && value !== undefined ? `${name}=${value}` : name;
}

/** What the edits are made in, and what they do not reach. */
interface Lines {
  /** The lines that the edits are made in: what one of them has and no record names is its owner's. */
  readonly before?: readonly (readonly string[])[] | undefined;
  /** Lines that the edits do not reach: what hostcfg has added there stays its own. */
  readonly elsewhere?: readonly (readonly string[])[];
  /** The loader has a file of hostcfg's own that shows what is hostcfg's: only what leaves it has to be recorded. */
  readonly isShown?: boolean;
}

/**
 * The steps that record what is hostcfg's. What these edits add is recorded before the first of them is made, and what
 * they remove is forgotten after the last: a cut in between leaves a record of an option that is not there, never an option
 * of hostcfg's without its record. Where no edit is left, such an option is forgotten, lest it be taken for hostcfg's once
 * somebody else adds it.
 *
 * On GRUB hostcfg's drop-in, where it has one, is the record. It is there for the options' sake, holds nothing else, and adds an option and
 * its record in one write, so neither can be lost without the other. Only an option that has left it, and that the menu
 * still has until update-grub has run, would be nobody's: options.json names it for so long.
 */
export function recordSteps(
  declared: DeclaredOptions | undefined,
  edits: readonly OptionEdit[],
  added: Fact<AddedOptions>,
  { before = [], elsewhere = [], isShown = false }: Lines = {},
): DraftStep[] {
  if (declared === undefined || !added.known) return [];
  const { options, file } = added.value;
  const recorded = declaredUnits(options);
  const made = new Set(edits.filter(({ action }) => action !== "delete").map(({ key }) => key));
  const ours = isShown
    ? []
    : declaredUnits(declared.present).filter(
        (unit) => recorded.some((one) => one.key === unit.key) || (made.has(unit.key) && !isOn(before, unit)),
      );
  const leaving = isShown ? droppedBy(edits, declared) : [];
  const former = recorded.filter((one) => ![...ours, ...leaving].some((other) => isSameUnit(one, other)));
  const left = former.filter((one) => isOn(elsewhere, one));
  const recordsFirst = isShown ? leaving.length > 0 : edits.length > 0;
  if (!recordsFirst && left.length === former.length) return [];
  const [first, last] = [textOf([...ours, ...former, ...leaving]), textOf([...ours, ...left])];
  const write = (at: Pick<DraftStep, "stage" | "title" | "serves">, content: string, over?: TextFile) =>
    (over?.text ?? textOf([])) === content ? [] : [writeText({ ...at, path: ADDED_OPTIONS, content }, over)];
  return [
    ...(recordsFirst
      ? write(
          {
            stage: "record",
            title: "record which options are hostcfg's",
            serves: edits.map(({ key }) => `kernelOptions.${key}`),
          },
          first,
          file,
        )
      : []),
    // It serves no change: a command before it is judged by what it has done.
    ...write(
      { stage: "cleanup", title: "record that the removed options are no longer hostcfg's", serves: [] },
      last,
      recordsFirst ? { path: ADDED_OPTIONS, mode: 0o644, uid: 0, gid: 0, ...file, text: first } : file,
    ),
  ];
}

/** What goes although the spec does not declare it absent: it was hostcfg's. */
function droppedBy(edits: readonly OptionEdit[], declared: DeclaredOptions): Unit[] {
  return edits.flatMap((edit) =>
    isDropped(edit, declared) ? declaredUnits(splitLine(edit.before ?? "")) : [],
  );
}

export function isDropped({ key, action }: OptionEdit, { absent }: DeclaredOptions): boolean {
  return action === "delete" && !absent.includes(key);
}

/** What is right in the settings, but not yet on the line of the entry that boots next. */
export function unstagedEdits(
  line: readonly string[],
  declared: DeclaredOptions | undefined,
  added: Fact<AddedOptions>,
  configured: readonly OptionEdit[],
): OptionEdit[] {
  const edited = new Set(configured.map(({ key }) => key));
  return mergeOwned(line, declared, added).edits.filter(({ key }) => !edited.has(key));
}

function isOn(lines: readonly (readonly string[])[], unit: Unit): boolean {
  return lines.some((line) => withoutUnits(line, [unit]).removed.length > 0);
}

function textOf(units: readonly Unit[]): string {
  return addedOptionsText(units.flatMap(({ spellings }) => spellings));
}

/** Said where the spec manages options, for then it may have dropped one. */
export function recordProblems(
  declared: DeclaredOptions | undefined,
  added: Fact<AddedOptions>,
): Diagnostic[] {
  if (declared === undefined || (added.known && !added.value.lost)) return [];
  const why = added.known ? `${ADDED_OPTIONS} is lost` : added.why;
  return [
    warning(
      "options-record-lost",
      `it is unknown which options hostcfg added, so options that the spec no longer names are kept: ${why}`,
      "list the options to remove under kernelOptions.absent",
    ),
  ];
}
