import { known, unknown } from "../../facts/fact.ts";
import type { AfterUpgrade, Fact } from "../../model/index.ts";
import type { Choice } from "../bls/choice.ts";

export function upgrade(choice: Choice | undefined): Fact<AfterUpgrade> {
  if (choice === undefined) return unknown("what boots next is unknown");
  return known(
    choice.pinned
      ? { keeps: true, rule: choice.by }
      : { keeps: false, rule: `the newest entry comes first, and ${choice.by}` },
  );
}
