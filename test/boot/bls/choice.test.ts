import { describe, expect, it } from "vitest";
import { choose, patternFor } from "../../../src/boot/bls/choice.ts";
import type { LoaderDefault, LoaderEntry } from "../../../src/model/index.ts";

function entry(id: string, tries?: LoaderEntry["tries"]): LoaderEntry {
  const counter = tries === undefined ? "" : `+${tries.left}${tries.done > 0 ? `-${tries.done}` : ""}`;
  return {
    id,
    path: `/boot/loader/entries/${id}${counter}.conf`,
    options: "",
    ...(tries === undefined ? {} : { tries }),
  };
}

const entries = [entry("deb-6.1"), entry("deb-6.2"), entry("deb-6.3", { left: 2, done: 1 })];
const nothing: LoaderDefault = { file: true, variablesKnown: true };

describe("the entry that systemd-boot starts", () => {
  it.each<[string, Partial<LoaderDefault>, string | undefined, boolean]>([
    ["the first of the menu", {}, "deb-6.3", false],
    ["loader.conf's default", { configured: "deb-6.1.conf" }, "deb-6.1", true],
    ["a default without .conf", { configured: "deb-6.1" }, "deb-6.1", false],
    ["a pattern, the first that matches", { configured: "deb-*" }, "deb-6.3", false],
    ["a pattern that names nothing", { configured: "gone" }, "deb-6.3", false],
    [
      "the variable before loader.conf",
      { configured: "deb-6.1.conf", variable: "deb-6.2.conf" },
      "deb-6.2",
      true,
    ],
    [
      "loader.conf where the variable names nothing",
      { configured: "deb-6.1.conf", variable: "gone" },
      "deb-6.1",
      true,
    ],
    ["the one-shot before both", { variable: "deb-6.2.conf", oneShot: "deb-6.1.conf" }, "deb-6.1", false],
    ["no counted entry by its plain name", { configured: "deb-6.3.conf" }, "deb-6.3", false],
    ["what the loader itself has saved", { configured: "@saved" }, undefined, false],
  ])("is %s", (_case, setting, id, pinned) => {
    const choice = choose(entries, { ...nothing, ...setting });
    expect(choice?.entry.id).toBe(id);
    expect(choice?.pinned ?? false).toBe(pinned);
  });

  it("is said to be the first of the menu where a default does not match a counted name", () => {
    expect(choose(entries, { ...nothing, configured: "deb-6.3.conf" })?.by).toContain("names no entry");
  });

  it("is pinned by a default that matches it before, while and after its tries are counted", () => {
    for (const tries of [{ left: 3, done: 0 }, { left: 1, done: 2 }, undefined]) {
      const counted = entry("deb-6.3", tries);
      const setting = { ...nothing, configured: patternFor({ id: "deb-6.3", tries: { left: 3, done: 0 } }) };
      expect(choose([entry("zzz"), counted], setting)?.entry).toBe(counted);
    }
  });

  it("stays pinned once its tries are counted, and no longer release takes its place", () => {
    const configured = patternFor({ id: "deb-6.3", tries: { left: 3, done: 0 } });
    const longer = [entry("deb-6.30", { left: 3, done: 0 }), entry("deb-6.3-acso"), entry("deb-6.3x")];
    for (const tries of [{ left: 3, done: 0 }, { left: 1, done: 2 }, undefined])
      expect(choose([...longer, entry("deb-6.3", tries)], { ...nothing, configured })).toMatchObject({
        entry: { id: "deb-6.3" },
        pinned: true,
      });
  });

  it("is none where there is no entry", () => {
    expect(choose([], nothing)).toBeUndefined();
  });
});
