import { checkingBoot } from "../support/checking-boot.ts";
import fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Host } from "../../src/host/host.ts";
import { HostError } from "../../src/host/reader.ts";
import { readHistory, unfinishedNow } from "../../src/journal/history.ts";
import { JOURNALS } from "../../src/facts/state-folder.ts";
import { applyPlan } from "../../src/apply/apply.ts";
import { FaultyHost, Killed } from "../support/faulty-host.ts";
import { snapshot } from "../support/materialise.ts";
import { Story, undo } from "../support/story.ts";

let story: Story;
beforeEach(() => {
  story = new Story({
    devices: false,
    spec: "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n",
  });
});
afterEach(() => {
  story.remove();
});

const names = (): string[] => fs.readdirSync(join(story.root, JOURNALS)).sort();

async function applyAs(by: string, keep?: number, host: Host = story.host()) {
  const plan = await story.plan(host);
  return applyPlan({
    plan,
    host,
    replan: () => story.plan(host),
    checkBoot: checkingBoot(host),
    observe: () => undefined,
    signal: new AbortController().signal,
    now: () => new Date(0),
    journal: { by, ...(keep === undefined ? {} : { keep }) },
  });
}

/** Killed at the nth call that writes. */
async function cutAt(at: number): Promise<void> {
  await expect(
    applyAs("root", undefined, new FaultyHost(story.host(), { at, code: "KILL" })),
  ).rejects.toThrow(Killed);
}

it("tells who applied what, when and how it ended, and what took it back", async () => {
  await applyAs("alice");
  await undo(story.host(), "0001");
  const history = await readHistory(story.host().reader());
  expect(
    history.map(({ id, at, by, result, undoes, undoneBy }) => ({ id, at, by, result, undoes, undoneBy })),
  ).toEqual([
    { id: "0001", at: "1970-01-01T00:00:00.000Z", by: "alice", result: "applied", undoneBy: "0002" },
    { id: "0002", at: "1970-01-01T00:00:00.000Z", result: "applied", undoes: "0001" },
  ]);
  expect(history.map(({ damage }) => damage)).toEqual([[], []]);
});

describe("an apply that was cut", () => {
  it("is unfinished until a later one finishes", async () => {
    await cutAt(12);
    expect(unfinishedNow(story.host().reader())).toMatchObject({ id: "0001", result: "cut" });
    await applyAs("root");
    expect(unfinishedNow(story.host().reader())).toBeUndefined();
  });

  it("is unfinished until it is undone", async () => {
    await cutAt(12);
    await undo(story.host(), "0001");
    expect(unfinishedNow(story.host().reader())).toBeUndefined();
  });

  it("after its last step is settled by an apply that finds nothing to do", async () => {
    await applyAs("root");
    const events = join(story.root, JOURNALS, "0001", "events.jsonl");
    const lines = fs.readFileSync(events, "utf8").trimEnd().split("\n");
    fs.writeFileSync(events, `${lines.slice(0, -1).join("\n")}\n`);
    expect(unfinishedNow(story.host().reader())).toMatchObject({ id: "0001" });
    expect(await applyAs("root")).toEqual({ status: "nothing-to-do" });
    expect(unfinishedNow(story.host().reader())).toBeUndefined();
  });
});

describe("an undo that was cut", () => {
  it("before the first line of its record has changed nothing, and is not told as unfinished", async () => {
    await applyAs("root");
    const calls = [1, 2, 3, 4, 5, 6].map((at) => new FaultyHost(story.host(), { at, code: "KILL" }));
    for (const host of calls) {
      await undo(host, "0001").catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
    }
    expect(unfinishedNow(story.host().reader())).toBeUndefined();
    expect(names().length).toBeGreaterThan(1);
  });

  it("in the middle of a line is settled by one that finds nothing left", async () => {
    await applyAs("root");
    await undo(story.host(), "0001");
    const events = join(story.root, JOURNALS, "0002", "events.jsonl");
    fs.truncateSync(events, fs.statSync(events).size - 20);
    expect(unfinishedNow(story.host().reader())).toMatchObject({ id: "0002" });
    expect(await undo(story.host(), "0001")).toEqual({ status: "nothing-to-do" });
    expect(unfinishedNow(story.host().reader())).toBeUndefined();
  });
});

describe("the journal", () => {
  it("keeps the newest records, the one that is being written included, and all since the last finished apply", async () => {
    for (let turn = 0; turn < 2; turn++) {
      await applyAs("root");
      await undo(story.host(), names().at(-1) ?? "");
    }
    expect(names()).toEqual(["0001", "0002", "0003", "0004"]);
    await applyAs("root", 2);
    expect(names()).toEqual(["0003", "0004", "0005"]);
  });

  it("never loses the last apply that finished, nor the one that did not", async () => {
    await applyAs("root");
    const spec = join(story.root, "..", "host.yaml");
    fs.writeFileSync(spec, fs.readFileSync(spec, "utf8").replace("iommu=pt", "iommu=pt, zz=1"));
    await cutAt(14);
    await applyAs("root", 1);
    expect(names()).toEqual(["0001", "0002", "0003"]);
  });

  it("that cannot be opened on a full disk lets no apply begin", async () => {
    const before = snapshot(story.root, ["/var/lib/hostcfg"]);
    for (const at of [1, 2, 3, 4, 5, 6]) {
      const full = new FaultyHost(story.host(), { at, code: "ENOSPC" });
      await expect(applyAs("root", undefined, full)).rejects.toThrow(HostError);
      expect(snapshot(story.root, ["/var/lib/hostcfg"])).toBe(before);
    }
  });
});
