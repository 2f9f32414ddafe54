import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SAMPLING } from "../rig/cut-context.ts";
import { cutPhase } from "../rig/cut-run.ts";
import { GRUB, KERNELSTUB, SYSTEMD_BOOT } from "../rig/cut-stories.ts";
import { Figures } from "../rig/figures.ts";
import type { Started } from "../rig/live.ts";
import type { Machine } from "../rig/machine.ts";

const LONG = 4 * 60 * 60 * 1000;

// One machine a loader: each phase goes on where the one before it ended.
describe.each([KERNELSTUB, GRUB, SYSTEMD_BOOT])("a host of $name", (story) => {
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
