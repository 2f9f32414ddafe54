import { mkdtempSync, rmSync } from "node:fs";
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
    await withMachine(use);
  },
});

/** Lends a running copy of the note's host. */
export async function withMachine(use: (machine: Machine) => Promise<void>): Promise<void> {
  const story = inject("folder");
  const folder = mkdtempSync(join(story, "machine-"));
  copyDisks(story, folder);
  const machine = new Machine(folder);
  try {
    await machine.powerOn();
    await use(machine);
  } finally {
    await machine.powerOff();
    rmSync(folder, { recursive: true });
  }
}
