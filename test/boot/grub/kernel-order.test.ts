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
