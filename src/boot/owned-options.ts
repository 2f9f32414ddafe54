import { parseOption, sameOption } from "../cmdline.ts";
import { ADDED_OPTIONS, addedOptionsText } from "../facts/added-options.ts";
import type { AddedOptions, Diagnostic, Fact } from "../model.ts";
import type { DraftStep } from "./loader.ts";
import type { DeclaredOptions, OptionEdit } from "./options.ts";
import { isRepeatable, mergeOptions } from "./options.ts";
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
  const left = [...current];
  const dropped = droppedOf(declared, added).filter((option) => {
    const at = left.findLastIndex((there) => sameOption(there, option));
    if (at === -1) return false;
    left.splice(at, 1);
    return true;
  });
  const { options, edits } = mergeOptions(left, declared);
  return {
    options,
    edits: [
      ...edits,
      ...dropped.map((option): OptionEdit => ({
        key: keyOf(option),
        action: "delete",
        before: option,
        after: null,
      })),
    ],
  };
}

/** Those that hostcfg has added, and of whose key the spec says nothing any more. */
function droppedOf(declared: DeclaredOptions, added: Fact<AddedOptions>): readonly string[] {
  if (!added.known) return [];
  const named = new Set([...declared.present, ...declared.absent].map(keyOf));
  return added.value.options.filter((option) => !named.has(keyOf(option)));
}

function keyOf(option: string): string {
  const { name, value } = parseOption(option);
  return isRepeatable(name) && value !== undefined ? `${name}=${value}` : name;
}

/**
 * The step that records what is hostcfg's after these edits, before the first of them is made: a cut in between leaves
 * a record of an option that is not there, which does no harm.
 */
export function recordStep(
  declared: DeclaredOptions | undefined,
  edits: readonly OptionEdit[],
  added: Fact<AddedOptions>,
): DraftStep[] {
  if (declared === undefined || edits.length === 0 || !added.known) return [];
  const { options, file } = added.value;
  const made = new Set(edits.filter(({ action }) => action !== "delete").map(({ key }) => key));
  const ours = declared.present.filter(
    (option) => made.has(keyOf(option)) || options.some((one) => keyOf(one) === keyOf(option)),
  );
  const content = addedOptionsText(ours);
  if (file?.text === content || (file === undefined && ours.length === 0)) return [];
  return [
    writeText(
      {
        stage: "record",
        title: "record which options are hostcfg's",
        serves: edits.map(({ key }) => `kernelOptions.${key}`),
        path: ADDED_OPTIONS,
        content,
      },
      file,
    ),
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
        `which options hostcfg has added is not known, so those that the spec names no more are kept: ${why}`,
        "declare under kernelOptions.absent what shall go",
      ),
      severity: "warning",
    },
  ];
}
