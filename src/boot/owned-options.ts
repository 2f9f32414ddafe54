import { parseOption, splitLine } from "../cmdline.ts";
import { ADDED_OPTIONS, addedOptionsText } from "../facts/added-options.ts";
import type { AddedOptions, Diagnostic, Fact, TextFile } from "../model/index.ts";
import type { DraftStep } from "./loader.ts";
import type { DeclaredOptions, OptionEdit, Unit } from "./options.ts";
import { declaredUnits, isRepeatable, isSameUnit, mergeOptions, withoutUnits } from "./options.ts";
import { problem } from "./problem.ts";
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

/**
 * The steps that record what is hostcfg's. What these edits add is recorded before the first of them is made, and what
 * they remove is forgotten after the last: a cut in between leaves a record of an option that is not there, never an option
 * of hostcfg's without its record. Where no edit is left, such an option is forgotten, lest it be taken for hostcfg's once
 * somebody else adds it.
 *
 * @param elsewhere Lines that the edits do not reach: what hostcfg has added there stays its own.
 * @param before The lines that the edits are made in: what one of them has and no record names is its owner's.
 */
export function recordSteps(
  declared: DeclaredOptions | undefined,
  edits: readonly OptionEdit[],
  added: Fact<AddedOptions>,
  elsewhere: readonly (readonly string[])[] = [],
  before: readonly (readonly string[])[] = [],
): DraftStep[] {
  if (declared === undefined || !added.known) return [];
  const { options, file } = added.value;
  const recorded = declaredUnits(options);
  const made = new Set(edits.filter(({ action }) => action !== "delete").map(({ key }) => key));
  const ours = declaredUnits(declared.present).filter(
    (unit) => recorded.some((one) => one.key === unit.key) || (made.has(unit.key) && !isOn(before, unit)),
  );
  const former = recorded.filter((one) => !ours.some((other) => isSameUnit(one, other)));
  const left = former.filter((one) => isOn(elsewhere, one));
  if (edits.length === 0 && left.length === former.length) return [];
  const [first, last] = [textOf([...ours, ...former]), textOf([...ours, ...left])];
  const write = (at: Pick<DraftStep, "stage" | "title" | "serves">, content: string, over?: TextFile) =>
    over?.text === content || (over === undefined && ours.length === 0)
      ? []
      : [writeText({ ...at, path: ADDED_OPTIONS, content }, over)];
  const recordedFirst = edits.length > 0;
  return [
    ...(recordedFirst
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
    ...(file === undefined
      ? []
      : write(
          { stage: "cleanup", title: "record that the removed options are no longer hostcfg's", serves: [] },
          last,
          recordedFirst ? { ...file, text: first } : file,
        )),
  ];
}

/**
 * The steps for a loader whose own file shows what is hostcfg's, around those that take options out of it: recorded
 * until they are gone from what is generated as well, for after a cut in between nothing else would tell.
 */
export function leavingSteps(edits: readonly OptionEdit[], added: Fact<AddedOptions>): DraftStep[] {
  if (!added.known) return [];
  const leaving = edits.flatMap(({ action, before }) =>
    action === "delete" && before !== null ? declaredUnits(splitLine(before)) : [],
  );
  if (leaving.length === 0) return [];
  const { options, file } = added.value;
  const others = declaredUnits(options).filter((one) => !leaving.some((gone) => isSameUnit(one, gone)));
  const [first, last] = [textOf([...others, ...leaving]), textOf(others)];
  const made = { path: ADDED_OPTIONS, mode: 0o644, uid: 0, gid: 0, ...file, text: first };
  const at = { serves: [], path: ADDED_OPTIONS };
  return [
    ...(file?.text === first
      ? []
      : [
          writeText(
            {
              ...at,
              stage: "record",
              title: "record that the removed options are hostcfg's",
              content: first,
            },
            file,
          ),
        ]),
    writeText(
      {
        ...at,
        stage: "cleanup",
        title: "record that the removed options are no longer hostcfg's",
        content: last,
      },
      made,
    ),
  ];
}

function isOn(lines: readonly (readonly string[])[], unit: Unit): boolean {
  return lines.some((line) => withoutUnits(line, [unit]).removed.length > 0);
}

function textOf(units: readonly Unit[]): string {
  return addedOptionsText(units.flatMap(({ spellings }) => spellings));
}

/**
 * For such a loader: forgets what is recorded as leaving and has left, where a cut came before that was recorded.
 *
 * @param lines All that the settings and the menu's entries have.
 */
export function forgetGoneOptions(
  declared: DeclaredOptions | undefined,
  added: Fact<AddedOptions>,
  lines: readonly (readonly string[])[],
): DraftStep[] {
  if (declared === undefined || !added.known || added.value.file === undefined) return [];
  const { options, file } = added.value;
  const recorded = declaredUnits(options);
  const left = recorded.filter((one) => isOn(lines, one));
  if (left.length === recorded.length) return [];
  const title = "record that the removed options are no longer hostcfg's";
  return [
    writeText({ stage: "cleanup", title, serves: [], path: ADDED_OPTIONS, content: textOf(left) }, file),
  ];
}

/** Said where the spec manages options, for then it may have dropped one. */
export function recordProblems(
  declared: DeclaredOptions | undefined,
  added: Fact<AddedOptions>,
): Diagnostic[] {
  if (declared === undefined || (added.known && !added.value.lost)) return [];
  const why = added.known ? `${ADDED_OPTIONS} is lost` : added.why;
  return [
    {
      ...problem(
        "options-record-lost",
        `it is unknown which options hostcfg added, so options that the spec no longer names are kept: ${why}`,
        "list the options to remove under kernelOptions.absent",
      ),
      severity: "warning",
    },
  ];
}
