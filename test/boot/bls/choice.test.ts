import { describe, expect, it } from "vitest";
import { choose, whyOpen } from "../../../src/boot/bls/choice.ts";
import { patternFor } from "../../../src/boot/bls/naming.ts";
import type { LoaderDefault, LoaderEntry } from "../../../src/model/index.ts";

function entry(id: string, tries?: LoaderEntry["tries"]): LoaderEntry {
  const counter = tries === undefined ? "" : `+${tries.left}${tries.done > 0 ? `-${tries.done}` : ""}`;
  return {
    id,
    path: `/boot/loader/entries/${id}${counter}.conf`,
    options: "",
    image: { path: `/boot/${id}/linux`, size: 1 },
    ...(tries === undefined ? {} : { tries }),
  };
}

const { image: _gone, ...bare } = entry("bare");
const entries = [entry("deb-6.1"), entry("deb-6.2"), entry("deb-6.3", { left: 2, done: 1 }), bare];
const nothing: LoaderDefault = {
  file: true,
  variablesKnown: true,
  loaderInfo: "systemd-boot 252.39-1~deb12u1",
};

describe("the entry that systemd-boot starts", () => {
  it.each<[string, Partial<LoaderDefault>, string | undefined, boolean]>([
    ["the first of the menu", {}, "deb-6.3", false],
    ["loader.conf's default", { configured: "deb-6.1.conf" }, "deb-6.1", true],
    ["not named by a default without .conf", { configured: "deb-6.1" }, "deb-6.3", false],
    ["not in question where its kernel is not there", { configured: "bare.conf" }, "deb-6.3", false],
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
      const setting = {
        ...nothing,
        configured: patternFor({ id: "deb-6.3", tries: { left: 3, done: 0 } }, nothing),
      };
      expect(choose([entry("zzz"), counted], setting)?.entry).toBe(counted);
    }
  });

  it("stays pinned once its tries are counted, and no longer release takes its place", () => {
    const configured = patternFor({ id: "deb-6.3", tries: { left: 3, done: 0 } }, nothing);
    const longer = [entry("deb-6.30", { left: 3, done: 0 }), entry("deb-6.3-acso"), entry("deb-6.3x")];
    for (const tries of [{ left: 3, done: 0 }, { left: 1, done: 2 }, undefined])
      expect(choose([...longer, entry("deb-6.3", tries)], { ...nothing, configured })).toMatchObject({
        entry: { id: "deb-6.3" },
        pinned: true,
      });
  });

  it.each<[string, string, string | undefined, string]>([
    ["until 244", "systemd-boot 242-7ubuntu3.2", "deb-6.1", "deb-6.3"],
    ["from 245 on", "systemd-boot 245.4-4ubuntu3.24", "deb-6.3", "deb-6.1"],
    ["in Pop!_OS's own build", "systemd-boot 249.11-0ubuntu3.12pop0", "deb-6.1", "deb-6.1"],
  ])("is named %s by its file's name, with .conf and without", (_when, loaderInfo, bare, whole) => {
    const by = (configured: string) => choose(entries, { ...nothing, loaderInfo, configured })?.entry.id;
    expect([by("deb-6.1"), by("deb-6.1.conf")]).toEqual([bare, whole]);
  });

  it("is open where the loader's version is, and decides", () => {
    const { loaderInfo: _unseen, ...setting } = { ...nothing, configured: "deb-6.1" };
    expect(choose(entries, setting)).toBe(undefined);
    expect(whyOpen(entries, setting)).toContain("it depends on systemd-boot's version");
    expect(choose(entries, { ...setting, configured: "deb-6.1.conf" })?.entry.id).toBe("deb-6.1");
  });

  it("is open where this boot came by an entry that the default, by the rule, does not name", () => {
    const setting = { ...nothing, configured: "deb-6.1", selected: "deb-6.1.conf" };
    expect(choose(entries, setting)).toBe(undefined);
    expect(choose(entries, { ...setting, selected: "deb-6.2.conf" })?.entry.id).toBe("deb-6.3");
  });

  it.each([
    ["systemd-boot 249.11-0ubuntu3.12", "deb-6.3"],
    ["systemd-boot 252.39-1~deb12u1", "deb-6.2"],
  ])("by a pattern in the variable, with %s, is %s", (loaderInfo, id) => {
    expect(choose(entries, { ...nothing, loaderInfo, variable: "deb-6.2*" })?.entry.id).toBe(id);
  });

  it("is another system where the default names what the loader finds, or where there is nothing else", () => {
    const windows: LoaderEntry = {
      kind: "auto",
      id: "auto-windows",
      path: "/boot/EFI/Microsoft/Boot/auto-windows",
      options: "",
      program: { path: "/boot/EFI/Microsoft/Boot/bootmgfw.efi", size: 1 },
    };
    expect(choose([windows], nothing)?.entry).toBe(windows);
    expect(choose([...entries, windows], nothing)?.entry.id).toBe("deb-6.3");
    expect(choose([...entries, windows], { ...nothing, configured: "auto-windows" })?.entry).toBe(windows);
  });

  it.each([
    ["257.7-1", "deb-6.3+2-1.conf", "deb-6.3"],
    ["257.7-1", "deb-6.2.conf", "deb-6.2"],
    ["257.13-1", "deb-6.3.conf", "deb-6.3"],
    ["259~rc1", "deb-6.3.conf", "deb-6.3"],
    ["257.9-1", "deb-6.2[.]conf", "deb-6.2"],
    ["257.13-1", "'deb-6.1.conf'", "deb-6.1"],
    ["252.39-1", "'deb-6.1.conf'", "deb-6.3"],
  ])("by systemd-boot %s with default %s is %s", (version, configured, id) => {
    const setting = { ...nothing, loaderInfo: `systemd-boot ${version}`, configured };
    expect(choose(entries, setting)?.entry.id).toBe(id);
  });

  it("is open where it depends on the build whether the counter is part of a name", () => {
    const others = [entry("deb-6.2"), entry("deb-6.1", { left: 2, done: 1 })];
    const setting = { ...nothing, loaderInfo: "systemd-boot 257.9-1", configured: "deb-6.1.conf" };
    expect(choose(others, setting)).toBe(undefined);
    expect(whyOpen(others, setting)).toContain("without the counter");
  });

  it("is open where a unified image is in the menu whose place cannot be read of it", () => {
    const image: LoaderEntry = {
      kind: "unified",
      id: "deb.efi",
      path: "/boot/EFI/Linux/deb.efi",
      options: "",
      unplaced: true,
    };
    expect(choose([...entries, image], nothing)).toBe(undefined);
    expect(whyOpen([...entries, image], nothing)).toContain("/boot/EFI/Linux/deb.efi is in the menu too");
    expect(choose([...entries, image], { ...nothing, configured: "deb-6.1.conf" })?.entry.id).toBe("deb-6.1");
  });

  it("is none where there is no entry", () => {
    expect(choose([], nothing)).toBeUndefined();
  });
});
