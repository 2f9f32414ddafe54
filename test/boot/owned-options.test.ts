import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeOptions } from "../../src/boot/options.ts";
import { ADDED_OPTIONS, addedOptionsText } from "../../src/facts/added-options.ts";
import { mergeOwned, recordProblems, recordSteps } from "../../src/boot/owned-options.ts";
import type { AddedOptions, Fact } from "../../src/model/index.ts";

function record(...options: string[]): Fact<AddedOptions> {
  return { known: true, value: { options, lost: false } };
}
const present = (...options: string[]) => ({ present: options, absent: [] });

describe("an option that the spec names no more", () => {
  it.each<[string, string[], ReturnType<typeof present>, Fact<AddedOptions>, string[]]>([
    [
      "goes where hostcfg has added it",
      ["quiet", "iommu=pt"],
      present("a"),
      record("iommu=pt"),
      ["quiet", "a"],
    ],
    ["stays where it has not", ["quiet", "iommu=pt"], present("a"), record(), ["quiet", "iommu=pt", "a"]],
    [
      "stays with another value than hostcfg's",
      ["iommu=soft"],
      present(),
      record("iommu=pt"),
      ["iommu=soft"],
    ],
    ["goes once, the last of two", ["x=1", "y", "x=1"], present(), record("x=1"), ["x=1", "y"]],
    ["goes by the kernel's spelling", ["vfio_pci.ids=1:2"], present(), record("vfio-pci.ids=1:2"), []],
    [
      "goes with its one value of several",
      ["console=a", "console=b"],
      present(),
      record("console=b"),
      ["console=a"],
    ],
    [
      "does not go while the spec gives it another value",
      ["iommu=pt"],
      present("iommu=soft"),
      record("iommu=pt"),
      ["iommu=soft"],
    ],
    [
      "goes with its number, where it is a page size",
      ["hugepagesz=1G", "quiet", "hugepages=4"],
      present(),
      record("hugepagesz=1G", "hugepages=4"),
      ["quiet"],
    ],
    [
      "stays where its page size has another number by now",
      ["hugepagesz=1G", "hugepages=8"],
      present(),
      record("hugepagesz=1G", "hugepages=4"),
      ["hugepagesz=1G", "hugepages=8"],
    ],
    ["is left to init behind --", ["quiet", "--", "x"], present(), record("x"), ["quiet", "--", "x"]],
    [
      "is not asked for where the record cannot be read",
      ["iommu=pt"],
      present(),
      { known: false, why: "root" },
      ["iommu=pt"],
    ],
  ])("%s", (_title, current, declared, added, expected) => {
    expect(mergeOwned(current, declared, added).options).toEqual(expected);
  });

  it("is shown as a removal", () => {
    expect(mergeOwned(["iommu=pt"], present(), record("iommu=pt")).edits).toEqual([
      { key: "iommu", action: "delete", before: "iommu=pt", after: null },
    ]);
  });

  it("is nobody's business in a spec without kernelOptions", () => {
    expect(mergeOwned(["iommu=pt"], undefined, record("iommu=pt"))).toEqual({
      options: ["iommu=pt"],
      edits: [],
    });
  });
});

describe("the record", () => {
  const file = { path: "/options.json", text: "", mode: 0o644, uid: 0, gid: 0 };
  /** What the record says in turn. */
  const written = (
    declared: ReturnType<typeof present> | undefined,
    current: string[],
    options: string[],
    elsewhere: string[][] = [],
  ) => {
    const text = addedOptionsText(options);
    const added: Fact<AddedOptions> = {
      known: true,
      value: { options, lost: false, ...(options.length === 0 ? {} : { file: { ...file, text } }) },
    };
    const { edits } = mergeOwned(current, declared, added);
    return recordSteps(declared, edits, added, { elsewhere }).map(
      (step) =>
        step.kind === "writeFile" && [step.stage, (JSON.parse(step.content) as { added: string[] }).added],
    );
  };

  it("names what was added or changed, not what was there", () => {
    expect(written(present("quiet", "a", "b=2"), ["quiet", "b=1"], [])).toEqual([["record", ["a", "b=2"]]]);
  });

  it("names the number of a page size with the size", () => {
    const pages = ["hugepagesz=1G", "hugepages=4"];
    expect(written(present(...pages), ["quiet"], [])).toEqual([["record", pages]]);
  });

  it("keeps what it had, and forgets what was dropped once that is gone from the line", () => {
    expect(written(present("a", "c"), ["a", "b"], ["a", "b"])).toEqual([
      ["record", ["a", "c", "b"]],
      ["cleanup", ["a", "c"]],
    ]);
    expect(written(present("a"), ["a", "b"], ["a", "b"])).toEqual([["cleanup", ["a"]]]);
  });

  it("keeps what was dropped as long as another line has it", () => {
    expect(written(present("a"), ["a", "b"], ["a", "b"], [["quiet", "b"]])).toEqual([]);
  });

  it("is not written where nothing changes", () => {
    expect(written(present("a"), ["a"], [])).toEqual([]);
    expect(written(present("a", "b"), ["a", "b"], ["b", "a"])).toEqual([]);
  });

  it("forgets what a cut has left in it: an option that is nowhere any more", () => {
    expect(written(present("a"), ["a"], ["a", "b"])).toEqual([["cleanup", ["a"]]]);
    expect(written(present("a=2"), ["a=2"], ["a=2", "a=1"])).toEqual([["cleanup", ["a=2"]]]);
    expect(written(undefined, ["a"], ["a", "b"])).toEqual([]);
  });

  it("of what is leaving GRUB forgets what has left it", () => {
    const leaving = (...options: string[]): Fact<AddedOptions> => ({
      known: true,
      value: { options, lost: false, file: { ...file, text: addedOptionsText(options) } },
    });
    const on = (...elsewhere: string[][]) => ({ elsewhere, isShown: true });
    expect(recordSteps(present("a"), [], leaving("b", "c"), on(["quiet"], ["a", "c"]))).toMatchObject([
      { stage: "cleanup", serves: [], path: ADDED_OPTIONS, content: addedOptionsText(["c"]) },
    ]);
    expect(recordSteps(present("a"), [], leaving("c"), on(["c"]))).toEqual([]);
    expect(recordSteps(undefined, [], leaving("b"), on())).toEqual([]);
  });

  it("names on GRUB what leaves the drop-in until the menu has lost it, and nothing that the drop-in has", () => {
    const { edits } = mergeOwned(["a", "b", "x"], { present: ["c"], absent: ["x"] }, record("a", "b"));
    const steps = (added: Fact<AddedOptions>) =>
      recordSteps({ present: ["c"], absent: ["x"] }, edits, added, {
        elsewhere: [["a", "b", "x"], ["other"]],
        isShown: true,
      }).map((step) => step.kind === "writeFile" && [step.stage, step.content]);
    expect(steps(record())).toEqual([
      ["record", addedOptionsText(["a", "b"])],
      ["cleanup", addedOptionsText([])],
    ]);
    // What another loader has left in it stays as long as some line has it.
    expect(steps(record("other", "gone"))).toEqual([
      ["record", addedOptionsText(["other", "gone", "a", "b"])],
      ["cleanup", addedOptionsText(["other"])],
    ]);
  });

  it.each<[string, Fact<AddedOptions>, number]>([
    ["there", record(), 0],
    ["lost", { known: true, value: { options: [], lost: true } }, 1],
    ["unreadable", { known: false, why: "reading it needs root" }, 1],
  ])("is warned of when it is not there: %s", (_title, added, warnings) => {
    expect(recordProblems(present("a"), added)).toHaveLength(warnings);
    expect(recordProblems(undefined, added)).toEqual([]);
  });
});

it("an option that the user had, on whatever line and in whatever list, stays when the spec drops it", () => {
  const option = fc.constantFrom(
    "iommu=pt",
    "pci=noaer",
    "pci=realloc",
    "pci=noaer,realloc",
    "module_blacklist=a",
    "module_blacklist=a,b",
    "modprobe.blacklist=b",
  );
  const some = fc.uniqueArray(option, { maxLength: 4 });
  fc.assert(
    fc.property(fc.tuple(some, some), some, (users, wanted) => {
      const applied = users.map((line) => mergeOwned(line, present(...wanted), record()));
      const steps = recordSteps(
        present(...wanted),
        applied.flatMap(({ edits }) => edits),
        record(),
        { before: users },
      );
      const [written] = steps.map((step) => (step.kind === "writeFile" ? step.content : ""));
      const { added } = JSON.parse(written ?? '{"added":[]}') as { added: string[] };
      const later = applied.map(({ options }) => mergeOwned(options, present(), record(...added)).options);
      later.forEach((line, at) => {
        expect(line).toEqual(expect.arrayContaining(users[at] ?? []));
      });
      // And what no line had is gone again.
      const had: readonly string[] = users.flat();
      expect(later.flat().filter((one) => !had.includes(one))).toEqual([]);
    }),
  );
});

it.each([
  ["pci=noaer", ["pci=realloc,noaer"]],
  ["module_blacklist=b", ["module_blacklist=a,b"]],
  ["pci=noaer,realloc", ["pci=realloc", "pci=noaer"]],
  ["intel_iommu=on", ["intel_iommu=on,igfx_off"]],
  ["intel_iommu=on", ["intel_iommu=off,sm_on,on"]],
  ["iommu=pt", ["iommu=soft,pt"]],
  ["amd_iommu=pgtbl_v2", ["amd_iommu=force_isolation,pgtbl_v2"]],
])("%s is there in a longer list, and nothing is added", (wanted, line) => {
  expect(mergeOptions(line, present(wanted))).toEqual({ options: line, edits: [] });
});

it.each([
  ["intel_iommu=on", ["intel_iommu=on,off"]],
  ["iommu=pt", ["iommu=pt,nopt"]],
  ["iommu=pt", ["iommu=pt", "iommu=soft"]],
])("%s is not in force where the line takes it back, and takes its place", (wanted, line) => {
  expect(mergeOptions(line, present(wanted)).options).toEqual([wanted]);
});

it("what hostcfg adds and drops again leaves every other option as it was", () => {
  const option = fc.constantFrom(
    "quiet",
    "splash",
    "iommu=pt",
    "a=1",
    "a=2",
    "console=tty0",
    "pci=nomsi",
    "x",
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(option, { maxLength: 6 }),
      fc.uniqueArray(option, { maxLength: 3 }),
      (line, wish) => {
        const first = mergeOptions(line, present(...wish));
        const changed = first.edits.some(({ action }) => action !== "create");
        fc.pre(!changed);
        const added = wish.filter((one) => !line.includes(one));
        const back = mergeOwned(first.options, present(), record(...added));
        expect(back.options).toEqual(line);
      },
    ),
  );
});
