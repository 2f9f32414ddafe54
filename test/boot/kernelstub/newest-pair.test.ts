import { assert, constantFrom, property, shuffledSubarray } from "fast-check";
import { describe, expect, it } from "vitest";
import { isDebianVersion, newestPair } from "../../../src/boot/kernelstub/newest-pair.ts";
import type { KernelFact } from "../../../src/model/index.ts";

/** Kernels with image and initrd, in the order given. */
function pairs(...releases: string[]): KernelFact[] {
  return releases.map((release) => ({
    release,
    image: { path: `/boot/vmlinuz-${release}`, size: 1 },
    initrd: { path: `/boot/initrd.img-${release}`, size: 1 },
    config: true,
    modules: true,
  }));
}

describe("newestPair", () => {
  it("takes the two newest by Debian version order", () => {
    expect(newestPair(pairs("5.3.0-acso", "5.3.0-7625-generic", "5.3.0-24-generic"))).toEqual({
      newest: "5.3.0-7625-generic",
      previous: "5.3.0-24-generic",
    });
  });

  it("takes the copy with a longer name", () => {
    expect(newestPair(pairs("6.8.0", "6.8.0.bak"))).toEqual({ newest: "6.8.0.bak", previous: "6.8.0" });
  });

  it("skips a newer kernel without an initrd", () => {
    const half: KernelFact = {
      release: "9.9",
      image: { path: "/boot/vmlinuz-9.9", size: 1 },
      config: true,
      modules: true,
    };
    expect(newestPair([half, ...pairs("6.8.0")])).toEqual({ newest: "6.8.0" });
  });

  it("takes nothing where there is no pair", () => {
    expect(newestPair([])).toEqual({});
  });

  it("names the release that kernelstub dies of when it must compare it", () => {
    expect(newestPair(pairs("6.8.0-45-generic", "6.8.18_tkg-bore"))).toEqual({ crash: "6.8.18_tkg-bore" });
  });

  it("lets an invalid name pass where there is nothing to compare it with", () => {
    expect(newestPair(pairs("6.8.18_tkg-bore"))).toEqual({ newest: "6.8.18_tkg-bore" });
  });

  it("ignores an invalid name that is in no pair", () => {
    const half: KernelFact = { release: "6.8.18_tkg-bore", config: true, modules: true };
    expect(newestPair([half, ...pairs("6.1.0", "6.8.0")])).toEqual({ newest: "6.8.0", previous: "6.1.0" });
  });

  it("does not depend on the order of the kernels", () => {
    const some = ["5.3.0-acso", "5.3.0-7625-generic", "6.8.0", "6.8.0-0", "6.8.0~rc1", "6.8.18_tkg"];
    const few = constantFrom(2, 3, 4, 5).chain((count) =>
      shuffledSubarray(some, { minLength: count, maxLength: count }),
    );
    assert(
      property(few, (chosen) => {
        expect(newestPair(pairs(...chosen))).toEqual(newestPair(pairs(...chosen.toSorted())));
      }),
    );
  });
});

describe("isDebianVersion", () => {
  it.each([
    "5.3.0-acso",
    "5.3.0-7625-generic",
    "6.6.0+",
    "5.3.0-acso.old",
    "6.1.0-rc3~local",
    "next-20260101",
    "1:5.3",
    "1:2:3",
    "-",
    "-1",
    "1-",
    "~",
  ])("takes %s, as python-debian does", (text) => {
    expect(isDebianVersion(text)).toBe(true);
  });

  it.each(["6.8.18_tkg-bore", "", "1:", ":1", "a:1", "1.0:2", "1.0 ", "5.3,0", "5.3-ü", "5.3/4"])(
    "refuses %j, as python-debian does",
    (text) => {
      expect(isDebianVersion(text)).toBe(false);
    },
  );
});
