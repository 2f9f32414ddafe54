import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Step } from "../../src/model/index.ts";
import { undoPlan } from "../support/story.ts";
import { recordedHosts } from "../support/recorded-hosts.ts";
import {
  STORIES,
  compare,
  firstStop,
  nothingYet,
  onCopy,
  recordedJourney,
  travel,
} from "./support/journeys.ts";

const planned = nothingYet();
const mutilated = nothingYet();

describe("what is foreseen after each step", () => {
  it.each(recordedHosts())("is what a probe finds then, by the spec of $name", async (host) => {
    await firstStop(recordedJourney(host), (stop) => compare(stop, stop.plan.steps, planned));
  });

  it.each(STORIES)(
    "is what a probe finds then, for two applies and their undos on $name, in any order of the steps",
    async (told) => {
      const stops = await travel(told, async (stop) => {
        await compare(stop, stop.plan.steps, planned);
        const orders = mutated(stop.plan.steps);
        await fc.assert(
          fc.asyncProperty(orders, (steps) => compare(stop, steps, mutilated)),
          { numRuns: 2 },
        );
      });
      expect(stops).toBe(4);
    },
  );

  it("is what a probe finds when an undo removes the kernel that the apply brought", async () => {
    const [story] = STORIES;
    if (story === undefined) throw new Error("there are no stories");
    const count = nothingYet();
    await travel(story, async (stop) => {
      if (!stop.name.endsWith("undo of the first")) return;
      const plan = await onCopy(stop, (host) => undoPlan(host, "0001", true));
      expect(plan.steps.map((step) => (step.kind === "exec" ? step.argv[1] : ""))).toContain("--remove");
      await compare({ ...stop, plan }, plan.steps, count);
    });
    expect(count.told).toBeGreaterThan(10);
  });

  it("is known but for initrds that an undo makes anew, hooks of kernel-install, and ESPs of Proxmox that wait for a refresh", () => {
    expect(planned.prefixes).toBeGreaterThan(300);
    expect(planned.told / planned.prefixes).toBeGreaterThan(0.92);
    expect(planned.known / planned.prefixes).toBeGreaterThan(0.8);
    expect(planned.judged / planned.known).toBeGreaterThan(0.95);
    expect(planned.broken).toBe(0);
  });

  it("is broken where steps were left out, swapped or moved so that the host is", () => {
    expect(mutilated.broken).toBeGreaterThan(5);
    expect(mutilated.foreseenBroken / mutilated.broken).toBeGreaterThan(0.8);
    expect(mutilated.told / mutilated.prefixes).toBeGreaterThan(0.9);
  });
});

/** One to three times, a step is left out, put elsewhere, or swapped with another one. */
function mutated(steps: readonly Step[]): fc.Arbitrary<readonly Step[]> {
  const place = fc.nat({ max: steps.length - 1 });
  const kind = fc.constantFrom("drop", "move", "swap");
  return fc.array(fc.tuple(kind, place, place), { minLength: 1, maxLength: 3 }).map((changes) =>
    changes.reduce<readonly Step[]>((sofar, [what, from, to]) => {
      const [one, other] = [sofar[from], sofar[to]];
      if (one === undefined || other === undefined) return sofar;
      if (what === "swap") return sofar.with(from, other).with(to, one);
      const rest = sofar.toSpliced(from, 1);
      return what === "drop" ? rest : rest.toSpliced(to, 0, one);
    }, steps),
  );
}
