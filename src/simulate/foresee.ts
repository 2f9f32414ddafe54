import { menuOf } from "../boot/check.ts";
import type { MenuEntry } from "../boot/menu.ts";
import { nextBootOf } from "../boot/menu.ts";
import { splitLine } from "../cmdline.ts";
import { unknown } from "../facts/fact.ts";
import type { BootLoaderName, Fact, HostState, NextBoot } from "../model/index.ts";

/** What boots next once a plan is carried out. */
export interface Foreseen {
  readonly nextBoot: Fact<NextBoot>;
  /** The entries one of which starts then; empty where that is unknown. */
  readonly entries: readonly MenuEntry[];
}

/**
 * What the loader's menu starts in the state that a plan leads to, by the same function as for the host as it is. Where
 * the plan's programs may leave several states that differ in this, what differs is unknown.
 *
 * @param states The states that the plan may lead to.
 * @param preferred Of kernels with equal files, the one that is meant.
 */
export function foresee(
  states: readonly HostState[],
  loader: Fact<BootLoaderName>,
  preferred?: string,
): Foreseen {
  if (!loader.known) return { nextBoot: loader, entries: [] };
  const menus = states.map((state) => menuOf(state, loader, preferred));
  const entries = menus.flatMap((menu) => (menu.known ? (menu.value.chosen ?? []) : []));
  return { nextBoot: agreed(menus.map((menu) => nextBootOf(loader.value, menu))), entries };
}

function agreed(boots: readonly Fact<NextBoot>[]): Fact<NextBoot> {
  const [first] = boots;
  if (first === undefined) return unknown("the state after the plan is unknown");
  const open = boots.find((boot) => !boot.known);
  if (open !== undefined) return open;
  const known = boots.flatMap((boot) => (boot.known ? [boot.value] : []));
  // Where one way does not show which kernel a copy is of, another one does.
  const told = known.find(({ release }) => release.known) ?? known[0];
  if (told === undefined) return first;
  const why = (other: NextBoot): string =>
    `it depends on what the programs of this plan do: ${described(told)}, or ${described(other)}`;
  const otherLine = known.find(({ options }) => lineOf(options) !== lineOf(told.options));
  if (otherLine !== undefined) return unknown(why(otherLine));
  const other = known.find((one) => !isSameKernel(one, told));
  const { entry, ...rest } = told;
  const value = known.every((one) => one.entry === entry) ? told : rest;
  if (other === undefined) return { known: true, value };
  const either = (one: string, two: string): string => (one === two ? one : `${one}${OR}${two}`);
  return {
    known: true,
    value: {
      ...value,
      release: unknown(why(other)),
      kernel: either(told.kernel, other.kernel),
      initrd: either(told.initrd, other.initrd),
    },
  };
}

const OR = " or ";

function isSameKernel(one: NextBoot, other: NextBoot): boolean {
  return (
    one.kernel === other.kernel &&
    (!one.release.known || !other.release.known || one.release.value === other.release.value)
  );
}

/** How what came differs from what was foreseen, one clause; undefined where it does not, or nothing was foreseen. */
export function otherThanForeseen(foreseen: Fact<NextBoot>, came: Fact<NextBoot>): string | undefined {
  if (!foreseen.known) return undefined;
  if (!came.known) return `it is unknown (${came.why}) instead of ${described(foreseen.value)}`;
  const [said, found] = [foreseen.value, came.value];
  // What came may itself be foreseen, from what is there now.
  const differing = (what: string, one: string, other: string): string[] =>
    one.split(OR).every((way) => other.split(OR).includes(way)) ? [] : [`${what}${one} instead of ${other}`];
  const { release } = said;
  const otherRelease =
    release.known && found.release.known ? differing("", found.release.value, release.value) : [];
  const clauses = [
    ...differing("", found.loader, said.loader),
    ...otherRelease,
    ...(otherRelease.length > 0
      ? []
      : [
          ...(said.entry === undefined ? [] : differing("the entry ", found.entry ?? "unknown", said.entry)),
          ...differing("the kernel ", found.kernel, said.kernel),
          ...differing("the initrd ", found.initrd, said.initrd),
        ]),
    ...differing("the options ", `"${lineOf(found.options)}"`, `"${lineOf(said.options)}"`),
  ];
  return clauses.length === 0 ? undefined : clauses.join(", ");
}

/** Blanks between options mean nothing. */
function lineOf(options: string): string {
  return splitLine(options).join(" ");
}

function described({ release, kernel, options }: NextBoot): string {
  return `${release.known ? release.value : kernel} with "${options}"`;
}
