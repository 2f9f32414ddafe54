import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SAMPLING } from "./cut-context.ts";
import { cutPhase } from "./cut-run.ts";
import type { CutStory } from "./cut-stories.ts";
import { Figures } from "./figures.ts";
import type { Started } from "./live.ts";
import type { Machine } from "./machine.ts";

const LONG = 4 * 60 * 60 * 1000;

/** The tests of one story, on one machine: each phase goes on where the one before it ended. */
export function tellCuts(story: CutStory): void {
  describe(`a host of ${story.name}`, () => {
    let machine: Machine;
    let running: Started | undefined = story.firstBoot;
    beforeAll(async () => {
      machine = await story.make();
      await machine.powerOn(running);
    });
    afterAll(async () => {
      await machine.discard();
    });

    it.each(story.phases)(
      "comes up after a kill and after a power cut at any call of $name, and the next run finishes",
      async (phase) => {
        const figures = new Figures(`${story.name}, ${phase.name}`);
        const wrong = await cutPhase(story, machine, phase, { figures, sampling: SAMPLING, running });
        figures.keep();
        expect(wrong).toEqual([]);
        running = story.play(machine);
        await machine.powerOff();
        await machine.powerOn(running);
      },
      LONG,
    );
  });
}
