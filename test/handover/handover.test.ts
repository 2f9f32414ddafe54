import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readExpectations } from "./support/expectations.ts";
import { misses } from "./support/judge.ts";
import type { Machines } from "./support/machine.ts";
import type { Folder } from "./support/run.ts";
import { answerOf } from "./support/run.ts";
import { WAITING } from "./waiting.ts";

/**
 * Each folder of `machines` is a machine that somebody wants to hand devices of to a VM: `machine.ts` lays it out,
 * `expect.yaml` has the commands with their right answers, and the specs lie beside it.
 */
const MACHINES = fileURLToPath(new URL("machines", import.meta.url));
const names = readdirSync(MACHINES).sort();
const runs = new Map(names.map((name) => [name, readExpectations(join(MACHINES, name, "expect.yaml"))]));

describe.each(names)("on the machine %s", (name) => {
  for (const run of runs.get(name) ?? []) {
    it(run.name, async () => {
      const missed = misses(run, await answerOf(await folderOf(name), run));
      const id = `${name}/${run.name}`;
      if (!WAITING.has(id)) expect(missed).toEqual([]);
      else expect(missed, `${id} waits no longer: take it out of waiting.ts`).not.toEqual([]);
    });
  }
});

it("nothing waits that is not there", () => {
  const all = [...runs].flatMap(([name, list]) => list.map((run) => `${name}/${run.name}`));
  expect([...WAITING].filter((id) => !all.includes(id))).toEqual([]);
  expect(new Set(all).size).toBe(all.length);
});

async function folderOf(name: string): Promise<Folder> {
  const path = join(MACHINES, name);
  const module: unknown = await import(join(path, "machine.ts"));
  if (!hasMachines(module)) throw new Error(`${path}/machine.ts exports no machines`);
  return { path, machines: module.machines };
}

function hasMachines(module: unknown): module is { readonly machines: Machines } {
  return typeof module === "object" && module !== null && "machines" in module;
}
