import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { HostError } from "../../src/host/reader.ts";
import type { Cut } from "../support/faulty-host.ts";
import { FaultyHost, Killed } from "../support/faulty-host.ts";
import { snapshot } from "../support/materialise.ts";
import { rebuiltStory } from "../support/rebuilt-story.ts";
import { Story, undo } from "../support/story.ts";

/** hostcfg's own, the logs, and what proxmox-boot-tool makes anew each time. */
const OWN = ["/var/lib/hostcfg", "/var/log", "/esp"];

describe("a cut at any write of an undo", () => {
  it.each([
    ["the story", () => new Story({ devices: false })],
    ["a copied initrd", rebuiltStory],
  ])("of %s is brought to the same end by the next undo", async (_name, begin) => {
    const story = begin();
    const applied = `${story.root}-applied`;
    const restart = (): void => {
      fs.rmSync(story.root, { recursive: true });
      fs.cpSync(applied, story.root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    };
    async function run(cut?: Cut): Promise<number> {
      const host = new FaultyHost(story.host(), cut);
      try {
        await undo(host, "0001");
      } catch (error) {
        if (!(error instanceof Killed) && !(error instanceof HostError)) throw error;
      }
      return host.calls;
    }
    try {
      await story.apply();
      fs.cpSync(story.root, applied, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      const calls = await run();
      const end = snapshot(story.root, OWN);
      expect(calls).toBeGreaterThan(30);
      // A sample: test/faults tries every call of each loader, and inside of them.
      const cuts = Array.from({ length: calls }, (_, index) => index + 1).flatMap((at): Cut[] => [
        ...(at % 4 === 1 ? [{ at, code: "KILL" }] : []),
        ...(at % 8 === 3 ? [{ at, code: "ENOSPC" }] : []),
      ]);
      for (const cut of cuts) {
        restart();
        await run(cut);
        const { status } = await undo(story.host(), "0001");
        expect([cut, ["applied", "nothing-to-do"].includes(status)]).toEqual([cut, true]);
        expect([cut, snapshot(story.root, OWN) === end]).toEqual([cut, true]);
      }
    } finally {
      story.remove();
    }
  });
});
