import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newestFirst } from "../../../src/boot/grub/kernel-order.ts";

describe("the order of GRUB's menu", () => {
  // behaviour seen of kernelstub's function (Debian order) and of `sort -V`.
  it.each([
    ["5.3.0-acso", "5.3.0-7625-generic", "5.3.0-7625-generic", "5.3.0-acso"],
    ["6.8.0-acso", "6.8.0-45-generic", "6.8.0-45-generic", "6.8.0-acso"],
    ["6.16.3-acso1", "6.16.3-76061603-generic", "6.16.3-76061603-generic", "6.16.3-acso1"],
    ["6.3.0-acso", "6.2.6-76060206-generic", "6.3.0-acso", "6.3.0-acso"],
    ["6.6.0-x64v3-xanmod1", "6.6.0-14-generic", "6.6.0-x64v3-xanmod1", "6.6.0-x64v3-xanmod1"],
    ["6.6.0-14-lowlatency", "6.6.0-14-generic", "6.6.0-14-lowlatency", "6.6.0-14-lowlatency"],
    ["6.8.18_tkg-bore", "6.8.0-45-generic", "6.8.18_tkg-bore", "6.8.18_tkg-bore"],
  ])("of %s and %s starts %s where dpkg is asked, %s where sort -V is", (a, b, dpkg, sort) => {
    for (const releases of [
      [a, b],
      [b, a],
    ]) {
      expect(newestFirst(releases, "dpkg")[0]).toBe(dpkg);
      expect(newestFirst(releases, "sort-V")[0]).toBe(sort);
    }
  });

  it.each(["dpkg", "sort-V"] as const)(
    "puts a name that ends in .old behind the name without (%s)",
    (order) => {
      expect(newestFirst(["6.1.0.old", "6.1.0"], order)).toEqual(["6.1.0", "6.1.0.old"]);
      expect(newestFirst(["6.1.0", "6.1.0.old"], order)).toEqual(["6.1.0", "6.1.0.old"]);
    },
  );

  it("puts a release candidate behind its release", () => {
    expect(newestFirst(["6.9.0-rc1", "6.9.0"], "dpkg")).toEqual(["6.9.0", "6.9.0-rc1"]);
    expect(newestFirst(["6.9.0", "6.9.0-rc1"], "sort-V")).toEqual(["6.9.0", "6.9.0-rc1"]);
  });

  it.each(["dpkg", "sort-V"] as const)("of many kernels is that of each two of them (%s)", (order) => {
    const release = fc.stringMatching(/^[1-6]\.[0-9](-(rc)?[0-9]{1,2})?(-[a-z]{1,3})?$/);
    fc.assert(
      fc.property(fc.uniqueArray(release, { minLength: 2, maxLength: 8 }), (releases) => {
        const sorted = newestFirst(releases, order);
        for (const [at, newer] of sorted.entries()) {
          for (const older of sorted.slice(at + 1))
            expect(
              newestFirst(
                releases.filter((one) => one === newer || one === older),
                order,
              ),
            ).toEqual([newer, older]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is that of the real sort -V", () => {
    const release = fc.stringMatching(/^[1-9]\.[0-9]{1,2}(\.[0-9]{1,2})?(-[0-9]{1,3})?(-[a-z]{1,4}[0-9]?)?$/);
    fc.assert(
      fc.property(fc.uniqueArray(release, { minLength: 2, maxLength: 2 }), (pair) => {
        fc.pre(!pair.some((one) => /[._-](pre|rc|test|git|old|trunk)/.test(one)));
        const input = `${pair.join("\n")}\n`;
        const sorted = execFileSync("sort", ["-V", "-r"], {
          input,
          env: { LC_ALL: "C", PATH: process.env["PATH"] },
        });
        expect(newestFirst(pair, "sort-V")).toEqual(sorted.toString().trim().split("\n"));
      }),
      { numRuns: 100 },
    );
  });
});

describe("the order of Ubuntu's menu", () => {
  const KERNELS = [
    ...[
      "6.8.0-45-generic",
      "6.8.0-45-lowlatency",
      "6.8.0-44-lowlatency",
      "6.8.0-acso",
      "6.8.0-45-generic.old",
    ],
    ...["6.8.0-1011-oem", "6.8.0-59-generic-64k", "6.8.0-generic", "6.1.0-26-rt-amd64", "6.12-rc4"],
  ];

  // As version_test_gt of Ubuntu 22.04 and grub-sort-version of 24.04 answered, each with the real dpkg or apt_pkg.
  it.each([
    [
      "",
      "6.12-rc4 6.8.0-1011-oem 6.8.0-59-generic-64k 6.8.0-45-lowlatency 6.8.0-45-generic 6.8.0-45-generic.old 6.8.0-44-lowlatency 6.8.0-generic 6.8.0-acso 6.1.0-26-rt-amd64",
      "6.12-rc4 6.8.0-generic 6.8.0-acso 6.8.0-1011-oem 6.8.0-59-generic-64k 6.8.0-45-lowlatency 6.8.0-45-generic 6.8.0-45-generic.old 6.8.0-44-lowlatency 6.1.0-26-rt-amd64",
    ],
    [
      "generic",
      "6.8.0-45-generic 6.12-rc4 6.8.0-1011-oem 6.8.0-59-generic-64k 6.8.0-45-lowlatency 6.8.0-45-generic.old 6.8.0-44-lowlatency 6.8.0-generic 6.8.0-acso 6.1.0-26-rt-amd64",
      "6.8.0-generic 6.8.0-45-generic 6.8.0-45-generic.old 6.12-rc4 6.8.0-acso 6.8.0-1011-oem 6.8.0-59-generic-64k 6.8.0-45-lowlatency 6.8.0-44-lowlatency 6.1.0-26-rt-amd64",
    ],
    [
      "oem lowlatency",
      "6.8.0-1011-oem 6.8.0-45-lowlatency 6.8.0-44-lowlatency 6.12-rc4 6.8.0-59-generic-64k 6.8.0-45-generic 6.8.0-45-generic.old 6.8.0-generic 6.8.0-acso 6.1.0-26-rt-amd64",
      "6.8.0-1011-oem 6.8.0-45-lowlatency 6.8.0-44-lowlatency 6.12-rc4 6.8.0-generic 6.8.0-acso 6.8.0-59-generic-64k 6.8.0-45-generic 6.8.0-45-generic.old 6.1.0-26-rt-amd64",
    ],
    [
      "generic-64k acso",
      "6.8.0-59-generic-64k 6.12-rc4 6.8.0-1011-oem 6.8.0-45-lowlatency 6.8.0-45-generic 6.8.0-45-generic.old 6.8.0-44-lowlatency 6.8.0-generic 6.8.0-acso 6.1.0-26-rt-amd64",
      "6.8.0-59-generic-64k 6.8.0-acso 6.12-rc4 6.8.0-generic 6.8.0-1011-oem 6.8.0-45-lowlatency 6.8.0-45-generic 6.8.0-45-generic.old 6.8.0-44-lowlatency 6.1.0-26-rt-amd64",
    ],
    [
      "rt-amd64 generic",
      "6.1.0-26-rt-amd64 6.8.0-45-generic 6.12-rc4 6.8.0-1011-oem 6.8.0-59-generic-64k 6.8.0-45-lowlatency 6.8.0-45-generic.old 6.8.0-44-lowlatency 6.8.0-generic 6.8.0-acso",
      "6.1.0-26-rt-amd64 6.8.0-generic 6.8.0-45-generic 6.8.0-45-generic.old 6.12-rc4 6.8.0-acso 6.8.0-1011-oem 6.8.0-59-generic-64k 6.8.0-45-lowlatency 6.8.0-44-lowlatency",
    ],
  ])("with GRUB_FLAVOUR_ORDER=%j", (flavours, asked, paths) => {
    const words = flavours.split(" ").filter((word) => word !== "");
    expect(newestFirst(KERNELS, "dpkg", words)).toEqual(asked.split(" "));
    expect(newestFirst(KERNELS, "dpkg-of-paths", words)).toEqual(paths.split(" "));
  });
});

/** Names as people and distributions give them. */
const NAMES = [
  ...["6.1.0-25-amd64", "6.1.0-26-amd64", "6.1.0-9-amd64", "6.1.0-10-amd64", "6.1.0-26-rt-amd64"],
  ...["6.1.0-26-cloud-amd64", "6.1.0-26-amd64.old", "6.1.0-26-amd64-unsigned", "6.1.0", "6.1", "6.1.old"],
  ...["6.12.9+bpo-amd64", "6.12.9-amd64", "6.12.9+deb13-amd64", "6.12~rc4-amd64", "6.12-rc4", "6.12.0-rc4"],
  ...["6.8.0-45-generic", "6.8.0-45-lowlatency", "6.8.0-acso", "6.8.0-acso.bak", "6.8.0-acso.old", "6.8.0"],
  ...["6.8.12-4-pve", "6.8.12-10-pve", "6.5.13-6-pve", "6.6.0-x64v3-xanmod1", "6.16.3-76061603-generic"],
  ...[
    "6.16.3-acso1",
    "5.10.0-0.bpo.3-amd64",
    "5.10.0-3-amd64",
    "4.19.0-27-amd64",
    "6.8.18_tkg-bore",
    "6.01.0",
  ],
  ...[
    "linux",
    "custom",
    "6.1.0-26-amd64.1",
    "6.1.0-26-amd64.gz",
    "6.10.11-zen1-1-zen",
    "6.1.0_git",
    "6.1.0.dpkg",
  ],
];

/** What 10_linux of GRUB 2.12 does with its list. */
const PIPELINE = String.raw`tr ' ' '\n' | sed -e 's/\.old$/ 1/; / 1$/! s/$/ 2/' | LC_ALL=C sort -V -r | sed -e 's/ 1$/.old/; s/ 2$//'`;

function byPipeline(releases: readonly string[]): string[] {
  const input = `${releases.map((release) => `/boot/vmlinuz-${release}`).join(" ")}\n`;
  const output = execFileSync("sh", ["-c", PIPELINE], { input, env: { PATH: process.env["PATH"] } });
  return output
    .toString()
    .trim()
    .split("\n")
    .map((path) => path.replace("/boot/vmlinuz-", ""));
}

describe("the order of the menu of GRUB 2.12", () => {
  it("is that of its own commands, for all names at once and for each pair", () => {
    const all = byPipeline(NAMES);
    expect(newestFirst(NAMES, "sort-V-of-paths")).toEqual(all);
    // A pair is sorted as it stands in the whole list: sort has one order of all lines.
    for (const [at, newer] of all.entries())
      for (const older of all.slice(at + 1))
        expect(newestFirst([older, newer], "sort-V-of-paths")).toEqual([newer, older]);
  });

  it("is that of its own commands for any names", () => {
    const part = fc.constantFrom(
      ...["0", "1", "2", "3", "9"],
      "10",
      "01",
      ".",
      "-",
      "_",
      "~",
      "+",
      "rc1",
      "old",
      ".old",
      "amd64",
      "A",
    );
    const name = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => `6${parts.join("")}`);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 6 }), (names) => {
        expect(newestFirst(names, "sort-V-of-paths")).toEqual(byPipeline(names));
      }),
      { numRuns: 150 },
    );
  });
});
