import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { inject, test } from "vitest";
import { copyDisks } from "./disks.ts";
import { Machine } from "./machine.ts";

interface Machines {
  /** The note's host before anything was done about it, running: a copy for this test alone. */
  readonly machine: Machine;
}

/** vitest's `it` for tests that ask for a machine. */
export const it = test.extend<Machines>({
  machine: async ({ task: _task }, use) => {
    const machine = await bootStory();
    try {
      await use(machine);
    } finally {
      await machine.discard();
    }
  },
});

/** Boots a copy of the note's host; the caller discards it. */
export async function bootStory(): Promise<Machine> {
  const story = inject("folder");
  const folder = mkdtempSync(join(story, "machine-"));
  copyDisks(story, folder);
  const machine = new Machine(folder);
  await machine.powerOn();
  return machine;
}
