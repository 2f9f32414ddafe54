import fs from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostError } from "../../src/host/reader.ts";
import { brokenBoot } from "../support/broken-boot.ts";
import type { Cut } from "../support/faulty-host.ts";
import { FaultyHost, Killed } from "../support/faulty-host.ts";
import { snapshot } from "../support/materialise.ts";
import { Story } from "../support/story.ts";

let story: Story;
beforeEach(() => {
  story = new Story({ devices: false });
});
afterEach(() => {
  story.remove();
});

/** The tree but for what records what was done. */
function tree(): string {
  return snapshot(story.root, ["/var/lib/hostcfg", "/var/log"]);
}

/** Temporary names and copied packages anywhere in the tree. */
function leftovers(): string[] {
  const names = fs.readdirSync(story.root, { recursive: true, encoding: "utf8" });
  return names.filter((name) => /\.hostcfg-[0-9a-f]{12}$|\.deb$/.test(name));
}

describe("a cut at any write", () => {
  async function run(cut?: Cut): Promise<number> {
    const host = new FaultyHost(story.host(), cut);
    const plan = await story.plan(host);
    const outcome = await story.apply(host, { plan }).catch((error: unknown) => {
      if (error instanceof Killed || error instanceof HostError) return undefined;
      throw error;
    });
    if (cut?.code === "KILL") expect(outcome).toBeUndefined();
    return host.calls;
  }

  it("leaves a host that boots, and that the next apply brings to the same end", async () => {
    const calls = await run();
    const end = tree();
    // A sample: test/faults tries every call of each loader, and inside of them.
    const cuts = Array.from({ length: calls }, (_, index) => index + 1).flatMap((at): Cut[] => [
      ...(at % 4 === 1 ? [{ at, code: "KILL" }] : []),
      ...(at % 4 === 3 ? [{ at, code: "ENOSPC" }] : []),
    ]);
    for (const cut of cuts) {
      story.remove();
      story = new Story({ devices: false });
      await run(cut);
      expect([cut, brokenBoot(story.host())]).toEqual([cut, []]);
      const outcome = await story.apply();
      expect([cut, outcome.status === "applied" || outcome.status === "nothing-to-do"]).toEqual([cut, true]);
      expect(tree()).toBe(end);
      expect([cut, leftovers()]).toEqual([cut, []]);
    }
    expect(cuts.length).toBeGreaterThan(calls / 3);
  });
});
