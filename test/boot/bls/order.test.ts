import { describe, expect, it } from "vitest";
import { compareVersions, inMenuOrder } from "../../../src/boot/bls/order.ts";
import type { LoaderEntry } from "../../../src/model/index.ts";

function entry(id: string, more: Partial<LoaderEntry> = {}): LoaderEntry {
  return { id, path: `/boot/efi/loader/entries/${id}.conf`, options: "", ...more };
}

describe("versions, by the UAPI group's version format specification", () => {
  // The specification's own list, the oldest first.
  it.each([
    ["~1", ""],
    ["", "1"],
    ["1~rc1", "1"],
    ["11", "11.4"],
    ["11α", "11β", "equal"],
    ["1_", "1", "equal"],
    ["123.45~rc1", "123.45"],
    ["122.1", "123~rc1-1"],
    ["123-3", "123-3.1"],
    ["123^1", "123.1"],
    ["123a", "123"],
    ["0000.1.2.3", "0.1.2.4"],
    ["a", "1"],
    ["5.3.0-7625-generic", "5.3.0-acso", "second is older"],
    ["6.1.0-25-amd64", "6.1.0-26-amd64"],
  ])("%s against %s", (older: string, newer: string, note?: string) => {
    const sign = Math.sign(compareVersions(older, newer));
    expect(Math.sign(compareVersions(newer, older))).toBe(sign === 0 ? 0 : -sign);
    expect(sign).toBe(note === "equal" ? 0 : note === "second is older" || older === "123a" ? 1 : -1);
  });
});

describe("the menu of systemd-boot", () => {
  it("has of two counted files of one entry that with more tries left first, then the one that was tried less", () => {
    const of = (left: number, done: number): LoaderEntry => entry("a", { tries: { left, done } });
    const [used, fresh, more] = [of(2, 1), of(2, 0), of(3, 5)];
    expect(inMenuOrder([used, fresh, more])).toEqual([more, fresh, used]);
  });

  it("has bad entries last, keyed ones before the others, the newest version first", () => {
    const entries = [
      entry("z-none"),
      entry("a-none"),
      entry("old", { sortKey: "debian", version: "6.1.0-25" }),
      entry("bad", { sortKey: "debian", version: "6.1.0-99", tries: { left: 0, done: 3 } }),
      entry("new", { sortKey: "debian", version: "6.1.0-26" }),
      entry("arch", { sortKey: "arch", version: "1" }),
    ];
    const expected = ["arch", "new", "old", "z-none", "a-none", "bad"];
    expect(inMenuOrder(entries).map(({ id }) => id)).toEqual(expected);
    expect(inMenuOrder([...entries].reverse()).map(({ id }) => id)).toEqual(expected);
  });

  it("takes names without regard to case, as they are on an ESP", () => {
    const ids = inMenuOrder([entry("a-none"), entry("Default-6.1")]).map(({ id }) => id);
    expect(ids).toEqual(["Default-6.1", "a-none"]);
  });
});
