import fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { actsOf, inFolder } from "./acts.ts";
import { isKnown } from "./known.ts";
import { Rig } from "./rig.ts";
import type { Told } from "./stories.ts";
import type { Row } from "./table.ts";
import { RESULTS } from "./table.ts";

/** Each act of each story, with every cut and fault; the numbers are kept for the table at the end. */
export function tellStories(stories: readonly Told[]): void {
  describe.each(stories)("on $name", (told) => {
    it("a host that is cut or fails anywhere comes up, tells of it, and is brought to the same end", async () => {
      const rows: Row[] = [];
      await inFolder(async (folder) => {
        const root = join(folder, "root");
        told.make(root);
        for (const act of await actsOf(told, folder)) {
          const tally = await new Rig(root, act).run();
          const known = tally.broken.filter((one) => isKnown(told.name, act.name, one));
          rows.push({ host: told.name, act: act.name, ...tally, known });
        }
      });
      fs.mkdirSync(RESULTS, { recursive: true });
      fs.writeFileSync(join(RESULTS, `${told.name.replaceAll(/\W+/g, "-")}.json`), JSON.stringify(rows));
      const red = rows.flatMap(({ act, broken, known }) =>
        broken.filter((one) => !known.includes(one)).map(({ fault, what }) => [act, fault, what]),
      );
      expect(red).toEqual([]);
      expect(rows.map(({ tried }) => tried.cuts > 50)).toEqual(rows.map(() => true));
    });
  });
}
