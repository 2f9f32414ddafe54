import { menuOf } from "../boot/check.ts";
import type { MenuEntry } from "../boot/menu.ts";
import { nextBootOf } from "../boot/menu.ts";
import { splitLine } from "../cmdline.ts";
import { unknown } from "../facts/fact.ts";
import type { BootLoaderName, Fact, HostState, NextBoot } from "../model/index.ts";

/** What boots next once a plan is carried out. */
export interface Foreseen {
  readonly nextBoot: Fact<NextBoot>;
  /** The entry that starts then; absent where that is unknown. */
  readonly entry?: MenuEntry;
}

/**
 * What the loader's menu starts in the state that a plan leads to, by the same function as for the host as it is. Where
 * the plan's programs may leave several states that differ in this, it is unknown.
 *
 * @param states The states that the plan may lead to.
 * @param preferred Of kernels with equal files, the one that is meant.
 */
export function foresee(
  states: readonly HostState[],
  loader: Fact<BootLoaderName>,
  preferred?: string,
): Foreseen {
  if (!loader.known) return { nextBoot: loader };
  const boots = states.map((state) => {
    const menu = menuOf(state, loader, preferred);
    const entry = menu.known ? menu.value.chosen : undefined;
    return { nextBoot: nextBootOf(loader.value, menu), ...(entry === undefined ? {} : { entry }) };
  });
  const [first] = boots;
  if (first === undefined) return { nextBoot: unknown("the plan leads to no state that can be told") };
  const open = boots.find(({ nextBoot }) => !nextBoot.known);
  if (open !== undefined) return open;
  // Where one way does not show which kernel a copy is of, another one does.
  const told = boots.find(({ nextBoot }) => nextBoot.known && nextBoot.value.release.known) ?? first;
  const other = boots.find(({ nextBoot }) => !isSame(told.nextBoot, nextBoot));
  if (other === undefined) return told;
  return {
    nextBoot: unknown(
      `it hangs on what the programs of this plan do: ${described(told.nextBoot)}, or ${described(other.nextBoot)}`,
    ),
  };
}

function isSame(a: Fact<NextBoot>, b: Fact<NextBoot>): boolean {
  if (!a.known || !b.known) return a.known === b.known;
  const [one, other] = [a.value, b.value];
  return (
    one.kernel === other.kernel &&
    (!one.release.known || !other.release.known || one.release.value === other.release.value) &&
    // Blanks between options mean nothing.
    splitLine(one.options).join(" ") === splitLine(other.options).join(" ")
  );
}

function described(boot: Fact<NextBoot>): string {
  if (!boot.known) return boot.why;
  const { release, kernel, options } = boot.value;
  return `${release.known ? release.value : kernel} with "${options}"`;
}
