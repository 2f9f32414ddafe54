import fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Act } from "./acts.ts";
import { actsOf, inFolder } from "./acts.ts";
import { isKnown } from "./known.ts";
import type { Tally } from "./rig.ts";
import { ALL, Rig } from "./rig.ts";
import type { Told } from "./stories.ts";
import type { Row } from "./table.ts";
import { RESULTS } from "./table.ts";

/**
 * Each act of each story, with every cut and fault; the numbers are kept for the table at the end.
 *
 * @param sample Of so many cuts and failures one is tried, unless FAULTS=all; prime to the number of errors that take turns.
 */
export function tellStories(stories: readonly Told[], sample = 7): void {
  const oneOf = ALL ? 1 : sample;
  describe.each(stories)("on $name", (told) => {
    it("a host that is cut or fails anywhere comes up, tells of it, and is brought to the same end", async () => {
      const rows: Row[] = [];
      await inFolder(async (folder) => {
        const root = join(folder, "root");
        told.make(root);
        for (const act of await actsOf(told, folder)) {
          rows.push(rowOf(told.name, act, await new Rig(root, act, oneOf).run()));
        }
      });
      report(told.name, rows);
      expect(rows.map(({ tried }) => tried.cuts > 50 / oneOf)).toEqual(rows.map(() => true));
    });
  });
}

export function rowOf(host: string, act: Act, tally: Tally): Row {
  const known = tally.broken.filter((one) => isKnown(host, act.name, one));
  return { host, act: act.name, ...tally, known };
}

/** Keeps the numbers for the table at the end; what does not hold and is not known is red. */
export function report(name: string, rows: readonly Row[]): void {
  fs.mkdirSync(RESULTS, { recursive: true });
  fs.writeFileSync(join(RESULTS, `${name.replaceAll(/\W+/g, "-")}.json`), JSON.stringify(rows));
  const red = rows.flatMap(({ act, broken, known }) =>
    broken.filter((one) => !known.includes(one)).map(({ fault, what }) => [act, fault, what]),
  );
  expect(red).toEqual([]);
}
