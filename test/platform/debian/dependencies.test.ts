import { array, assert, constantFrom, property, record, subarray } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDependencies, unmetDependencies } from "../../../src/platform/debian/dependencies.ts";

describe("parseDependencies", () => {
  it("reads clauses, alternatives, qualifiers, versions and architectures", () => {
    expect(parseDependencies("a (>= 1) | b:any [amd64 i386], c")).toEqual([
      {
        text: "a (>= 1) | b:any [amd64 i386]",
        alternatives: [
          { name: "a", relation: { operator: ">=", version: "1" } },
          { name: "b", qualifier: "any", architectures: ["amd64", "i386"] },
        ],
      },
      { text: "c", alternatives: [{ name: "c" }] },
    ]);
  });

  it("reads a clause with all its parts", () => {
    expect(parseDependencies("perl:any (<< 5.36) [!armhf]")).toEqual([
      {
        text: "perl:any (<< 5.36) [!armhf]",
        alternatives: [
          {
            name: "perl",
            qualifier: "any",
            relation: { operator: "<<", version: "5.36" },
            architectures: ["!armhf"],
          },
        ],
      },
    ]);
  });

  it("does not mind blanks, folded lines and spare commas", () => {
    const tidy = parseDependencies("kmod, linux-base (>= 4.5ubuntu1~16.04.1)");
    expect(parseDependencies(",kmod ,\n linux-base\t(>=4.5ubuntu1~16.04.1) ,")).toMatchObject(
      tidy.map(({ alternatives }) => ({ alternatives })),
    );
    expect(parseDependencies(" \n")).toEqual([]);
  });

  it("keeps a clause that it cannot read as a name", () => {
    expect(parseDependencies("a (about 1)")).toEqual([
      { text: "a (about 1)", alternatives: [{ name: "a (about 1)" }] },
    ]);
  });
});

describe("unmetDependencies", () => {
  const available = [
    { name: "libc6", version: "2.36-9+deb12u10" },
    { name: "kmod", version: "30+20221128-1" },
    { name: "linux-headers-5.3.0-acso", version: "5.3.0-acso-1" },
  ];

  it.each([
    "",
    "kmod",
    "kmod, libc6",
    "kmod:any",
    "libc6 (>= 2.14)",
    "libc6 (>> 2.36)",
    "libc6 (= 2.36-9+deb12u10)",
    "libc6 (<= 2.36-9+deb12u10)",
    "libc6 (<< 2.37)",
    "libc6 (> 2.36-9+deb12u10)",
    "libc6 (< 2.36-9+deb12u10)",
    "nothing | kmod",
    "libc6 (>= 2.38) | kmod",
  ])("finds %j met", (depends) => {
    expect(unmetDependencies(depends, available)).toEqual([]);
  });

  it.each([
    "libc6 (>= 2.38)",
    "libc6 (>> 2.36-9+deb12u10)",
    "libc6 (= 2.36)",
    "libc6 (<= 2.35)",
    "libc6 (<< 2.36-9+deb12u10)",
  ])("is sure that %j is unmet", (depends) => {
    expect(unmetDependencies(depends, available)).toEqual([
      { text: depends, names: ["libc6"], certainty: "surely" },
    ]);
  });

  it("is not sure of a package that another may provide", () => {
    expect(unmetDependencies("wireless-regdb (>= 1), libc6 (>= 2.38) | libc", available)).toEqual([
      { text: "wireless-regdb (>= 1)", names: ["wireless-regdb"], certainty: "possibly" },
      { text: "libc6 (>= 2.38) | libc", names: ["libc6", "libc"], certainty: "possibly" },
    ]);
  });

  it("is content with one of several versions of a package", () => {
    const both = [...available, { name: "libc6", version: "2.39-1" }];
    expect(unmetDependencies("libc6 (>= 2.38)", both)).toEqual([]);
  });

  it("is not sure of a clause that it cannot read", () => {
    expect(unmetDependencies("kmod (about 1)", available)).toMatchObject([{ certainty: "possibly" }]);
  });

  it("never finds more unmet when more is available", () => {
    const one = record({ name: constantFrom("a", "b", "c"), version: constantFrom("1", "2", "3") });
    const clause = record({
      name: constantFrom("a", "b", "c", "d"),
      operator: constantFrom("<<", "<=", "=", ">=", ">>"),
      version: constantFrom("1", "2", "3"),
    }).map(({ name, operator, version }) => `${name} (${operator} ${version})`);
    const groups = array(array(clause, { minLength: 1, maxLength: 3 }).map((some) => some.join(" | ")));
    const more = array(one).chain((all) => subarray(all).map((some) => ({ all, some })));
    assert(
      property(groups, more, (depends, { all, some }) => {
        const before = unmetDependencies(depends.join(", "), some).map((unmet) => unmet.text);
        const after = unmetDependencies(depends.join(", "), all).map((unmet) => unmet.text);
        expect(before).toEqual(expect.arrayContaining(after));
      }),
    );
  });
});
