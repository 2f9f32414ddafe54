import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ApplyEvent } from "../../src/apply/events.ts";
import { changedSomething, readHistory, unfinishedNow } from "../../src/journal/history.ts";
import { SteppedTiming } from "../support/stepped-timing.ts";
import { Story } from "../support/story.ts";

let story: Story;
beforeEach(() => {
  story = new Story({ devices: false });
});
afterEach(() => {
  story.remove();
});

/** A clock that is set to another time at every look, forward and back. */
function jumping(...years: readonly number[]): () => Date {
  let looks = 0;
  return () => new Date(Date.UTC(years[looks++ % years.length] ?? 1970, 0, 1));
}

describe("a clock that jumps during an apply", () => {
  it("changes no duration, and the apply comes to its end", async () => {
    const timing = new SteppedTiming();
    const seconds: number[] = [];
    const observe = (event: ApplyEvent): void => {
      if (event.kind === "step-started") void timing.pause(1.5, new AbortController().signal);
      if (event.kind === "step-done") seconds.push(event.seconds);
    };
    const outcome = await story.apply(story.host(), { timing, observe, now: jumping(2026, 1970, 2090) });

    expect(outcome).toMatchObject({ status: "applied" });
    expect(seconds).toEqual(Array.from({ length: 15 }, () => 1.5));
  });

  it("changes no wait for the package manager", async () => {
    const timing = new SteppedTiming();
    const lockHolder = () => ({ pid: 1, program: "dpkg" });
    const outcome = await story.apply(story.host({ lockHolder }), {
      timing,
      lockTimeoutSeconds: 3,
      now: jumping(1970, 2090),
    });
    expect(outcome).toMatchObject({ status: "busy", seconds: 3 });
  });
});

describe("a clock that was set back between two applies", () => {
  it("leaves them in the order in which they ran", async () => {
    const control = new AbortController();
    const observe = (event: ApplyEvent): void => {
      if (event.kind === "step-started" && event.step.id === 2) control.abort();
    };
    await story.apply(story.host(), { signal: control.signal, observe, now: jumping(2090) });
    expect(unfinishedNow(story.host().reader())?.id).toBe("0001");
    await story.apply(story.host(), { now: jumping(1970) });

    const history = await readHistory(story.host().reader());
    expect(history.map(({ id, at, result }) => [id, at?.slice(0, 4), result])).toEqual([
      ["0001", "2090", "interrupted"],
      ["0002", "1970", "applied"],
    ]);
    expect(history.every(changedSomething)).toBe(true);
    expect(unfinishedNow(story.host().reader())).toBeUndefined();
  });
});
