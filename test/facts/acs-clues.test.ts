import { describe, expect, it } from "vitest";
import {
  AcsPatchJudge,
  TEXTS,
  clueOfBootLog,
  clueOfFamily,
  clueOfImage,
  clueOfSymbols,
} from "../../src/facts/acs-clues.ts";
import { known, unknown } from "../../src/facts/fact.ts";

const [OPTION, SYMBOL, BANNER] = TEXTS;

describe("what shows the ACS override patch", () => {
  it.each([
    ["its functions", { found: [OPTION, SYMBOL] }, "carried"],
    ["its functions in a cut-down table", { found: [OPTION] }, "carried"],
    ["the PCI core without it", { found: [SYMBOL] }, "absent"],
    ["no functions, as in Debian's System.map", { found: [] }, "nothing"],
    [
      "the PCI core in a table that was not read to its end",
      { found: [SYMBOL], incomplete: "cut" },
      "nothing",
    ],
  ])("a table of symbols with %s", (_, search, shows) => {
    expect(clueOfSymbols("/proc/kallsyms", search).shows).toBe(shows);
  });

  it.each([
    ["the option's name", { found: [OPTION, BANNER], packed: "xz" }, "carried"],
    ["the name, before it breaks off", { found: [OPTION], packed: "xz", incomplete: "cut" }, "carried"],
    ["the kernel's banner and not the name", { found: [BANNER], packed: "lz4" }, "absent"],
    ["the banner, before it breaks off", { found: [BANNER], packed: "lz4", incomplete: "cut" }, "nothing"],
    ["neither: it was no kernel", { found: [] }, "nothing"],
  ])("an image with %s", (_, search, shows) => {
    expect(clueOfImage("/boot/vmlinuz-6.1", search).shows).toBe(shows);
  });

  it.each([
    [known({ overridesEnabled: true, unknownParameters: [] }), "carried"],
    [known({ overridesEnabled: false, unknownParameters: ["pcie-acs-override=downstream"] }), "absent"],
    [known({ overridesEnabled: false, unknownParameters: ["splash"] }), "nothing"],
    [unknown("the boot log cannot be read"), "nothing"],
  ])("a log %j", (log, shows) => {
    expect(clueOfBootLog(log).shows).toBe(shows);
  });

  it.each([
    ["6.8.12-4-pve", "carried"],
    ["6.11.5-zen1-1-zen", "carried"],
    ["6.11-4.1-liquorix-amd64", "carried"],
    ["6.12.1-2-cachyos", "carried"],
    ["6.12.1-2-cachyos-lto", "carried"],
    ["5.3.0-acso", "carried"],
    ["6.16.3-acso1", "carried"],
    ["6.1.64-Unraid", "carried"],
    ["6.12.1-arch1-1-vfio", "carried"],
    ["6.1.0-26-amd64", "absent"],
    ["6.1.0-56-cloud-amd64", "absent"],
    ["6.12.48+deb13-amd64", "absent"],
    ["6.9.7+bpo-amd64", "absent"],
    ["6.8.0-49-generic", "absent"],
    ["6.8.0-76060800daily20240311-generic", "absent"],
    ["5.15.0-91-lowlatency", "absent"],
    ["6.11.4-301.fc41.x86_64", "absent"],
    ["5.14.0-611.34.1.el9_7.x86_64", "absent"],
    ["6.11.9-arch1-1", "absent"],
    ["6.8.18_tkg-bore", "nothing"],
    ["6.6.0-x64v3-xanmod1", "nothing"],
    ["6.1.0-amd64-mine", "nothing"],
  ])("the family of %s: %s", (release, shows) => {
    expect(clueOfFamily(release)).toMatchObject({ shows });
  });

  it("is judged by the first that decides, with all that came to nothing before it", () => {
    const judge = new AcsPatchJudge("6.1");
    expect(judge.hear({ shows: "nothing", clause: "a stub" })).toBe(false);
    expect(judge.hear({ shows: "absent", clause: "the image" })).toBe(true);
    expect(judge.verdict).toEqual({ release: "6.1", answer: "absent", evidence: ["a stub", "the image"] });
  });
});
