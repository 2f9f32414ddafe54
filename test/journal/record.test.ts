import fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostError } from "../../src/host/reader.ts";
import { readHistory, unfinishedNow } from "../../src/journal/history.ts";
import { JOURNALS } from "../../src/facts/state-folder.ts";
import { sha256Of } from "../../src/sha256.ts";
import { readStatus } from "../../src/verify-at-boot/status.ts";
import { FaultyHost, Killed } from "../support/faulty-host.ts";
import { snapshot } from "../support/materialise.ts";
import { Story, undo, undoPlan } from "../support/story.ts";

const OWN = ["/var/lib/hostcfg", "/var/log"];
const spec = (option: string): string => `apiVersion: hostcfg/v1\nkernelOptions: { present: [${option}] }\n`;

let story: Story;
beforeEach(() => {
  story = new Story({ devices: false, spec: spec("iommu=pt") });
});
afterEach(() => {
  story.remove();
});

const file = (name: string, id = "0001"): string => join(story.root, JOURNALS, id, name);
const records = (): string[] => {
  const folder = join(story.root, JOURNALS);
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
};
const declare = (option: string): void => {
  fs.writeFileSync(join(story.root, "..", "host.yaml"), spec(option));
};

/** Killed at the nth call that writes. */
async function cutAt(at: number): Promise<void> {
  const host = new FaultyHost(story.host(), { at, code: "KILL" });
  await story.apply(host).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
}

async function refusal(): Promise<string[]> {
  const { applyable, diagnostics } = await undoPlan(story.host(), "0001");
  const summaries = diagnostics.filter(({ code }) => code === "undo-damaged-record");
  expect(applyable).toBe(summaries.length === 0);
  return summaries.map(({ summary }) => summary);
}

describe("a pre-image is only believed as the step found it", () => {
  const images = (): string[] => fs.readdirSync(file("before")).sort();
  const pathOf = (name: string): string => {
    const image = JSON.parse(fs.readFileSync(file(`before/${name}`), "utf8")) as { path: string };
    return image.path;
  };

  it("so undo refuses without each of them, and names its path", async () => {
    await story.apply();
    expect(images().length).toBeGreaterThan(3);
    for (const name of images()) {
      const path = pathOf(name);
      fs.renameSync(file(`before/${name}`), file("kept"));
      expect(await refusal()).toEqual([
        `the record of this apply is incomplete: before/${name} (${path}) is missing`,
      ]);
      fs.renameSync(file("kept"), file(`before/${name}`));
    }
    expect(await refusal()).toEqual([]);
  });

  it("so undo refuses one that was altered, however little", async () => {
    await story.apply();
    for (const name of images()) {
      const [path, whole] = [pathOf(name), fs.readFileSync(file(`before/${name}`), "utf8")];
      for (const altered of [`${whole} `, whole.replace(/"mode":\d+/, '"mode":511'), ""]) {
        if (altered === whole) continue;
        fs.writeFileSync(file(`before/${name}`), altered);
        expect(await refusal()).toEqual([
          `the record of this apply is incomplete: before/${name} (${path}) was altered`,
        ]);
      }
      fs.writeFileSync(file(`before/${name}`), whole);
    }
  });

  it("so undo writes no path but the plan's, whatever a record says that fits together", async () => {
    await story.apply();
    const [name = ""] = images();
    const path = pathOf(name);
    const whole = fs.readFileSync(file(`before/${name}`), "utf8");
    const altered = whole.replace(path, "/etc/shadow");
    fs.writeFileSync(file(`before/${name}`), altered);
    const events = fs.readFileSync(file("events.jsonl"), "utf8");
    fs.writeFileSync(file("events.jsonl"), events.replace(sha256Of(whole), sha256Of(altered)));
    expect(await refusal()).toEqual([
      `the record of this apply is incomplete: before/${name} is of /etc/shadow, not of ${path}`,
    ]);
    const { steps } = await undoPlan(story.host(), "0001");
    expect(steps.map((step) => (step.kind === "exec" ? "" : step.path))).not.toContain("/etc/shadow");
  });

  it("so undo refuses a folder to remove that is not above the path", async () => {
    await story.apply();
    const name = images().find((one) => fs.readFileSync(file(`before/${one}`), "utf8").includes('"absent"'));
    const whole = fs.readFileSync(file(`before/${name ?? ""}`), "utf8");
    const image = JSON.parse(whole) as object;
    const altered = `${JSON.stringify({ ...image, folders: ["/etc"] })}\n`;
    fs.writeFileSync(file(`before/${name ?? ""}`), altered);
    const events = fs.readFileSync(file("events.jsonl"), "utf8");
    fs.writeFileSync(file("events.jsonl"), events.replace(sha256Of(whole), sha256Of(altered)));
    expect((await refusal()).length).toBe(1);
  });
});

it("undo refuses a plan that was altered", async () => {
  await story.apply();
  fs.appendFileSync(file("plan.json"), "\n");
  expect(await refusal()).toEqual([
    "the record of this apply is incomplete: plan.json is not the one that was applied",
  ]);
});

it("undo refuses events of which a line is gone, or takes all back all the same", async () => {
  const before = snapshot(story.root, OWN);
  await story.apply();
  const lines = fs.readFileSync(file("events.jsonl"), "utf8").trimEnd().split("\n");
  for (const at of lines.keys()) {
    fs.writeFileSync(file("events.jsonl"), `${lines.toSpliced(at, 1).join("\n")}\n`);
    const event = lines[at] ?? "";
    if (/"(?:command-ended|applied|step-done)"/.test(event)) continue;
    expect([event, (await refusal()).length > 0]).toEqual([event, true]);
  }
  fs.writeFileSync(file("events.jsonl"), `${lines.slice(0, -1).join("\n")}\n`);
  expect(await undo(story.host(), "0001")).toMatchObject({ status: "applied" });
  expect(snapshot(story.root, OWN)).toBe(before);
});

describe("a damaged record", () => {
  it.each([
    [
      "a pre-image is gone",
      (): void => {
        fs.rmSync(file("before/01-1.json"));
      },
    ],
    [
      "its plan is gone",
      (): void => {
        fs.rmSync(file("plan.json"));
      },
    ],
    [
      "its plan is cut off",
      (): void => {
        fs.truncateSync(file("plan.json"), 20);
      },
    ],
    [
      "its events are gone",
      (): void => {
        fs.rmSync(file("events.jsonl"));
      },
    ],
    [
      "its events are empty",
      (): void => {
        fs.truncateSync(file("events.jsonl"), 0);
      },
    ],
    [
      "an event is garbled",
      (): void => {
        const whole = fs.readFileSync(file("events.jsonl"), "utf8");
        fs.writeFileSync(file("events.jsonl"), whole.replace(/\n\{"at":/, '\n{"at";'));
      },
    ],
  ])("is told by status where %s", async (_what, damage) => {
    await story.apply();
    const reboot = join(story.root, "proc/sys/kernel/random/boot_id");
    fs.mkdirSync(join(reboot, ".."), { recursive: true });
    fs.writeFileSync(reboot, "00000000-0000-4000-8000-000000000002\n");
    const status = async () => {
      const reader = story.host().reader();
      return readStatus(reader, await readHistory(reader));
    };
    expect((await status()).status).toBe("satisfied");
    damage();
    const { status: word, reasons } = await status();
    expect(word).not.toBe("satisfied");
    expect(reasons.map(({ text }) => text).join()).toContain("0001");
  });
});

describe("an apply that fails before its first change", () => {
  it("leaves no record", async () => {
    const before = snapshot(story.root, OWN);
    let changed = 0;
    for (let at = 1; changed < 3; at++) {
      const full = new FaultyHost(story.host(), { at, code: "ENOSPC" });
      const outcome = await story.apply(full).catch((error: unknown) => {
        if (!(error instanceof HostError)) throw error;
        return { status: "failed" } as const;
      });
      if (outcome.status !== "failed") break;
      if (snapshot(story.root, OWN) === before) {
        expect([at, records()]).toEqual([at, []]);
        if ("journal" in outcome) expect(outcome.journal).toBeUndefined();
      } else {
        expect([at, records()]).toEqual([at, ["0001"]]);
        changed += 1;
        story.remove();
        story = new Story({ devices: false, spec: spec("iommu=pt") });
      }
    }
    expect(changed).toBe(3);
  });

  it("leaves no record where it is interrupted before its first step", async () => {
    const stopped = new AbortController();
    const host = story.host();
    const outcome = await story.apply(host, {
      signal: stopped.signal,
      observe: ({ kind }) => {
        if (kind === "apply-started") stopped.abort();
      },
    });
    expect(outcome).toMatchObject({ status: "interrupted", done: 0 });
    expect(records()).toEqual([]);
  });
});

describe("a chain of applies that did not finish", () => {
  it.each([14, 18, 22, 26])("is taken back as a whole, cut at %i", async (at) => {
    const before = snapshot(story.root, OWN);
    await cutAt(at);
    expect(snapshot(story.root, OWN)).not.toBe(before);
    declare("iommu=pt, zz=1");
    await cutAt(at + 4);
    declare("zz=2");
    await cutAt(at);
    const id = records().at(-1) ?? "";
    expect(id).toBe("0003");
    expect(await undo(story.host(), id)).toMatchObject({ status: "applied" });
    expect(snapshot(story.root, OWN)).toBe(before);
    expect(unfinishedNow(story.host().reader())).toBeUndefined();
    const history = await readHistory(story.host().reader());
    expect(history.map(({ undoneBy }) => undoneBy)).toEqual(["0004", "0004", "0004", undefined]);
    expect(await undo(story.host(), id)).toEqual({ status: "nothing-to-do" });
  });

  it("is taken back with the apply that finished it", async () => {
    const before = snapshot(story.root, OWN);
    await cutAt(18);
    await story.apply();
    expect(await undo(story.host(), "0002")).toMatchObject({ status: "applied" });
    expect(snapshot(story.root, OWN)).toBe(before);
    expect(unfinishedNow(story.host().reader())).toBeUndefined();
  });

  it("ends at the apply before it that finished, and is kept from then on however few records are to be", async () => {
    await story.apply();
    const before = snapshot(story.root, OWN);
    for (const option of ["zz=1", "zz=2", "zz=3"]) {
      declare(option);
      await cutAt(18);
    }
    expect(records()).toEqual(["0001", "0002", "0003", "0004"]);
    await undo(story.host(), "0004");
    expect(snapshot(story.root, OWN)).toBe(before);
  });
});
