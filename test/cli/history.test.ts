import { describe, expect, it } from "vitest";
import { run } from "./fakes.ts";
import { captureOf } from "../support/host.ts";

const EMPTY = captureOf({ "/var/lib/hostcfg/journal": { folder: true } });
const FOLDER = "/var/lib/hostcfg/journal/0007";
const CUT = captureOf({
  [`${FOLDER}/plan.json`]: "{",
  [`${FOLDER}/events.jsonl`]: '{"event":"apply-started","by":"eve"}\n{"event":"step-started","step":1}\n',
  [`${FOLDER}/before`]: { folder: true },
});

describe.each(["history", "show 1", "undo --auto-approve"])("hostcfg %s", (line) => {
  it("needs root, and says what to type", async () => {
    const ran = await run(line, { privileged: false });
    expect(ran).toMatchObject({ exit: 1, stdout: "" });
    expect(ran.stderr).toContain(`needs root\nhint: sudo hostcfg ${line}\n`);
  });
});

it("lists nothing where nothing was applied", async () => {
  expect(await run("history", { host: EMPTY })).toMatchObject({
    exit: 0,
    stdout: "Nothing was applied on this host.\n",
  });
  expect(JSON.parse((await run("history --json", { host: EMPTY })).stdout)).toEqual({
    formatVersion: "1.0",
    applies: [],
  });
});

it.each([
  ["undo --auto-approve", "there is no apply that could be undone"],
  ["undo 3 --auto-approve", "the journal has no apply 3"],
  ["show 3", "the journal has no apply 3"],
  ["show", "show needs the number of an apply"],
  ["undo --json", "undo --json never asks"],
  ["undo --keep-journals 0", "--keep-journals takes a number from 1 on"],
])("%s is refused: %s", async (line, why) => {
  const ran = await run(line, { host: EMPTY });
  expect(ran.exit).toBe(1);
  expect(ran.stderr + ran.stdout).toContain(why);
});

it("does not undo what has no readable plan, and lists it all the same", async () => {
  expect((await run("history", { host: CUT })).stdout).toContain("damaged: plan.json is damaged");
  const ran = await run("undo --auto-approve", { host: CUT });
  expect(ran.exit).toBe(1);
  expect(ran.stderr).toContain("apply 0007 cannot be undone: plan.json is damaged");
});

describe("an apply that was not finished", () => {
  it.each(["plan", "verify", "apply --auto-approve"])("is told by %s", async (line) => {
    const ran = await run(line, { host: CUT });
    expect(ran.stdout + ran.stderr).toContain(
      "warning[apply-interrupted]: apply 0007 has no end and was not finished since",
    );
    expect(ran.stdout + ran.stderr).toContain("sudo hostcfg undo 0007");
  });

  it.each(["plan --json", "verify --json"])("is a diagnostic of %s", async (line) => {
    const document = JSON.parse((await run(line, { host: CUT })).stdout) as {
      diagnostics: { code: string }[];
    };
    expect(document.diagnostics.map(({ code }) => code)).toContain("apply-interrupted");
  });
});
