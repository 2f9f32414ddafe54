import { describe, expect, it } from "vitest";
import type { HostState, PackageFact, Plan } from "../../src/model/index.ts";
import { upgradeTakesOver, withMovedLinks } from "../../src/plan/upgrade.ts";
import { FULL_PLAN } from "../cli/plans.ts";
import { STATE } from "../cli/fakes.ts";

const RELEASE = "5.3.0-acso";

function nextBoot(keeps: boolean): Plan["nextBoot"] {
  return { ...FULL_PLAN.nextBoot, afterUpgrade: { known: true, value: { keeps, rule: "the newest wins" } } };
}

function withPackages(...packages: readonly Partial<PackageFact>[]): HostState {
  const usual = {
    name: "",
    version: "1",
    architecture: "amd64",
    state: "installed",
    held: false,
    broken: false,
  };
  const family = { known: true, value: "debian" } as const;
  return {
    ...STATE,
    family,
    packages: { known: true, value: packages.map((one) => ({ ...usual, ...one })) },
  };
}

describe("what becomes of declared links with a kernel package", () => {
  const links = {
    "/boot/vmlinuz": "vmlinuz-1",
    "/boot/initrd.img": "initrd.img-1",
    "/boot/mine": "vmlinuz-1",
  };
  const upgrade = { known: true, value: { keeps: true, rule: "pinned" } } as const;

  it.each<[string, HostState["linkFolder"], string | undefined]>([
    [
      "in its folder",
      { known: true, value: "/boot" },
      "it moves /boot/vmlinuz, /boot/initrd.img to its own kernel",
    ],
    ["elsewhere", { known: true, value: "/" }, undefined],
    ["where none are kept", { known: true, value: "" }, undefined],
    [
      "where the settings cannot be read",
      { known: false, why: "x" },
      "it may move /boot/vmlinuz, /boot/initrd.img to its own kernel",
    ],
    ["of a spec that declares none", undefined, undefined],
  ])("%s", (_where, linkFolder, said) => {
    const state = { ...withPackages(), ...(linkFolder === undefined ? {} : { linkFolder }) };
    const moved = withMovedLinks(upgrade, links, state);
    expect(moved.known ? moved.value.besides : moved).toEqual(said === undefined ? undefined : [said]);
  });
});

describe("the warning that an upgrade takes the declared kernel's place", () => {
  it("names the packages that bring newer kernels, and not those of one release", () => {
    const host = withPackages(
      { name: "linux-image-generic" },
      { name: "linux-generic-hwe-22.04" },
      { name: "linux-image-5.3.0-acso" },
      { name: "linux-image-amd64", state: "config-files" },
    );
    const [warning] = upgradeTakesOver(nextBoot(false), host, { release: RELEASE });
    expect(warning).toMatchObject({
      severity: "warning",
      code: "upgrade-takes-over",
      specPath: ["kernel", "release"],
    });
    expect(warning?.hint).toContain("apt-mark hold linux-image-generic linux-generic-hwe-22.04 keeps");
  });

  it.each([
    ["the loader keeps what it starts", nextBoot(true), withPackages(), RELEASE],
    ["no release is declared", nextBoot(false), withPackages(), undefined],
    ["another release boots next, which is said elsewhere", nextBoot(false), withPackages(), "6.1.0-other"],
    [
      "every package that brings newer kernels is held",
      nextBoot(false),
      withPackages({ name: "linux-image-amd64", held: true }),
      RELEASE,
    ],
  ])("is left out where %s", (_case, boot, host, release) => {
    expect(upgradeTakesOver(boot, host, release === undefined ? {} : { release })).toEqual([]);
  });
});
