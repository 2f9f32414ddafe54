import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeOptions } from "../../src/boot/options.ts";

const noted = ["quiet", "loglevel=0", "systemd.show_status=false", "splash", "amd_iommu=on"];

interface Case {
  title: string;
  current: string[];
  present?: string[];
  absent?: string[];
  result: string[];
  edits: (readonly [key: string, action: string, before: string | null, after: string | null])[];
}

const CASES: Case[] = [
  {
    title: "a new option comes last",
    current: noted,
    present: ["amd_iommu=on", "pcie_acs_override=downstream"],
    result: [...noted, "pcie_acs_override=downstream"],
    edits: [["pcie_acs_override", "create", null, "pcie_acs_override=downstream"]],
  },
  {
    title: "a declared value takes the place of another value of the same key",
    current: ["a", "amd_iommu=off", "b"],
    present: ["amd_iommu=on"],
    result: ["a", "amd_iommu=on", "b"],
    edits: [["amd_iommu", "update", "amd_iommu=off", "amd_iommu=on"]],
  },
  {
    title: "several values of a single-valued key become one",
    current: ["iommu=pt", "a", "iommu=on"],
    present: ["iommu=pt"],
    result: ["iommu=pt", "a"],
    edits: [["iommu", "update", "iommu=pt iommu=on", "iommu=pt"]],
  },
  {
    title: "the same option twice is left alone",
    current: ["quiet", "quiet"],
    present: ["quiet"],
    result: ["quiet", "quiet"],
    edits: [],
  },
  {
    title: "another spelling of the same option is left alone",
    current: ["pcie-acs-override=downstream", '"dyndbg=file x +p"'],
    present: ["pcie_acs_override=downstream", 'dyndbg="file x +p"'],
    result: ["pcie-acs-override=downstream", '"dyndbg=file x +p"'],
    edits: [],
  },
  {
    title: "a repeatable key stands beside its other values",
    current: ["console=tty0"],
    present: ["console=ttyS0,115200"],
    result: ["console=tty0", "console=ttyS0,115200"],
    edits: [["console=ttyS0,115200", "create", null, "console=ttyS0,115200"]],
  },
  {
    title: "a page size and its number stay together",
    current: ["hugepagesz=2M", "hugepages=512", "quiet"],
    present: ["hugepagesz=1G", "hugepages=4"],
    result: ["hugepagesz=2M", "hugepages=512", "quiet", "hugepagesz=1G", "hugepages=4"],
    edits: [["hugepagesz=1G", "create", null, "hugepagesz=1G hugepages=4"]],
  },
  {
    title: "another number for the same page size is an update in place",
    current: ["hugepagesz=1G", "hugepages=4", "hugepagesz=2M", "hugepages=512"],
    present: ["hugepagesz=1G", "hugepages=8"],
    result: ["hugepagesz=1G", "hugepages=8", "hugepagesz=2M", "hugepages=512"],
    edits: [["hugepagesz=1G", "update", "hugepagesz=1G hugepages=4", "hugepagesz=1G hugepages=8"]],
  },
  {
    title: "a number belongs to the page size before it, wherever it stands",
    current: ["hugepagesz=1G", "quiet", "hugepages=4"],
    present: ["hugepagesz=1G", "hugepages=8"],
    result: ["hugepagesz=1G", "hugepages=8", "quiet"],
    edits: [["hugepagesz=1G", "update", "hugepagesz=1G hugepages=4", "hugepagesz=1G hugepages=8"]],
  },
  {
    title: "a number for the default page size goes in front of every page size",
    current: ["quiet", "hugepagesz=1G", "hugepages=4"],
    present: ["hugepages=8"],
    result: ["quiet", "hugepages=8", "hugepagesz=1G", "hugepages=4"],
    edits: [["hugepages", "create", null, "hugepages=8"]],
  },
  {
    title: "a page size alone is content with the number that is there",
    current: ["hugepagesz=1G", "hugepages=4"],
    present: ["hugepagesz=1G"],
    result: ["hugepagesz=1G", "hugepages=4"],
    edits: [],
  },
  {
    title: "an absent key goes whatever its value",
    current: ["quiet", "loglevel=0", "a", "loglevel=3"],
    absent: ["loglevel", "splash"],
    result: ["quiet", "a"],
    edits: [["loglevel", "delete", "loglevel=0 loglevel=3", null]],
  },
  {
    title: "an absent key with a value goes with that value only",
    current: ["iommu=pt", "iommu=soft"],
    absent: ["iommu=soft"],
    result: ["iommu=pt"],
    edits: [["iommu=soft", "delete", "iommu=soft", null]],
  },
  {
    title: "an absent part of a pair takes the pair with it",
    current: ["hugepagesz=1G", "hugepages=4", "quiet"],
    absent: ["hugepagesz=1G"],
    result: ["quiet"],
    edits: [["hugepagesz=1G", "delete", "hugepagesz=1G hugepages=4", null]],
  },
  {
    title: "what follows -- belongs to init: new options go before it, and nothing behind it counts",
    current: ["a", "--", "quiet"],
    present: ["splash", "quiet"],
    absent: ["quiet=never"],
    result: ["a", "splash", "quiet", "--", "quiet"],
    edits: [
      ["splash", "create", null, "splash"],
      ["quiet", "create", null, "quiet"],
    ],
  },
  {
    title: "empty elements are nothing",
    current: ["", "quiet"],
    present: ["quiet"],
    result: ["quiet"],
    edits: [],
  },
];

describe("merging declared options into a line", () => {
  it.each(CASES)("$title", ({ current, present = [], absent = [], result, edits }) => {
    const merged = mergeOptions(current, { present, absent });
    expect(merged.options).toEqual(result);
    expect(merged.edits.map(({ key, action, before, after }) => [key, action, before, after])).toEqual(edits);
  });
});

describe("merging, whatever the line", () => {
  const option = fc
    .tuple(
      fc.constantFrom("quiet", "console", "iommu", "a-b", "a_b", "hugepages", "hugepagesz", "x.y"),
      fc.constantFrom("", "=1", "=2", '="p q"'),
    )
    .map((parts) => parts.join(""));
  const line = fc.array(option, { maxLength: 8 });
  const declared = fc
    .record({
      present: fc.uniqueArray(option, { maxLength: 3, selector: keyOf }),
      absent: fc.array(option, { maxLength: 2 }),
    })
    .filter(
      ({ present, absent }) => !absent.some((gone) => present.some((kept) => keyOf(kept) === keyOf(gone))),
    );

  it("is done after one time: merging again changes nothing", () => {
    fc.assert(
      fc.property(line, declared, (current, wanted) => {
        const once = mergeOptions(current, wanted);
        const again = mergeOptions(once.options, wanted);
        expect(again.edits).toEqual([]);
        expect(again.options).toEqual(once.options);
      }),
    );
  });

  it("keeps order and spelling of every option that nobody declared", () => {
    fc.assert(
      fc.property(line, declared, (current, wanted) => {
        const touched = new Set([...wanted.present, ...wanted.absent].map(keyOf));
        // A page size and its number are one unit, so a declared one may move the other.
        if (touched.has("hugepages") || touched.has("hugepagesz")) return;
        const foreign = (options: readonly string[]): string[] =>
          options.filter((one) => !touched.has(keyOf(one)));
        expect(foreign(mergeOptions(current, wanted).options)).toEqual(foreign(current));
      }),
    );
  });
});

function keyOf(option: string): string {
  return option.split("=")[0]?.replaceAll("-", "_") ?? "";
}
