import fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import { INPUTS } from "../../src/journal/temporary-files.ts";
import { Story } from "../support/story.ts";
import { watched } from "../support/watched-host.ts";

const KERNEL = "boot/vmlinuz-5.3.0-acso";

let story: Story;
beforeEach(() => {
  story = new Story({ devices: false });
});
afterEach(() => {
  story.remove();
});

function debsOf({ steps }: Plan): readonly string[] {
  const first = steps.find(({ kind }) => kind === "exec");
  if (first?.kind !== "exec") throw new Error("the story runs dpkg first");
  return first.inputs.map(({ path }) => path);
}

/** Puts another whole package in the place of the kernel's, which dpkg would install without a word. */
function exchange(plan: Plan): void {
  const [headers, image] = debsOf(plan);
  if (headers === undefined || image === undefined) throw new Error("the story has two packages");
  const evil = `${image}.evil`;
  fs.copyFileSync(headers, evil);
  fs.renameSync(evil, image);
}

/** The calls of an apply of which dpkg's is the first that runs a program, in order. */
async function rehearse(): Promise<number> {
  let calls = 0;
  let begun = false;
  await story.apply(
    watched(story.host(), (call) => {
      if (!begun) calls += 1;
      begun ||= call === "exec";
    }),
  );
  return calls;
}

describe("a package that is exchanged after it was checked", () => {
  it("at any moment until dpkg reads it is either refused or not the one that is installed", async () => {
    const calls = await rehearse();
    const kernel = fs.readFileSync(join(story.root, KERNEL));
    const ends = new Set<string>();
    for (let at = 0; at <= calls; at += 1) {
      story.remove();
      story = new Story({ devices: false });
      const plan = await story.plan();
      if (at === 0) exchange(plan);
      let call = 0;
      const host = watched(story.host(), () => {
        if (++call === at) exchange(plan);
      });
      const outcome = await story.apply(host, { plan });
      const installed = fs.existsSync(join(story.root, KERNEL));
      ends.add(`${outcome.status}, ${installed ? "installed" : "not installed"}`);
      if (installed) expect(fs.readFileSync(join(story.root, KERNEL)).equals(kernel)).toBe(true);
      if (outcome.status === "failed")
        expect(outcome.why).toMatch(/was changed since the plan was made|does not match the spec/);
    }
    // Before the plan is made again; before the copy; after it, when the look after dpkg's step finds the other file.
    expect(ends).toEqual(new Set(["stale, not installed", "failed, not installed", "failed, installed"]));
  });

  it("is given to dpkg as a copy that only its owner can reach, in a folder of the owner's alone", async () => {
    const seen: (readonly [string, number])[] = [];
    const beforeExec = (argv: readonly string[]): void => {
      for (const path of argv.filter((one) => one.startsWith(INPUTS)))
        seen.push([argv[0] ?? "", fs.statSync(join(story.root, path)).mode & 0o777]);
      if (argv[0] === "dpkg") seen.push(["folder", fs.statSync(join(story.root, INPUTS)).mode & 0o777]);
    };
    await story.apply(story.host({ beforeExec }));
    expect(seen).toEqual([
      ["dpkg", 0o600],
      ["dpkg", 0o600],
      ["folder", 0o700],
    ]);
  });

  it("is not even copied to a folder that somebody else could write in", async () => {
    fs.mkdirSync(join(story.root, INPUTS), { recursive: true });
    fs.chmodSync(join(story.root, INPUTS), 0o777);
    const outcome = await story.apply();
    expect(outcome).toMatchObject({ status: "failed", step: 5 });
    expect(outcome.status === "failed" && outcome.why).toBe(
      `${INPUTS} is not safe from other users: ${INPUTS}: everybody may write it (mode 0777); sudo chmod go-w ${INPUTS}`,
    );
    expect(fs.readdirSync(join(story.root, INPUTS))).toEqual([]);
  });
});
