import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { run } from "../../src/boot/run.ts";
import { finding } from "../../src/apply/own-programs.ts";

describe("a command that has GRUB's menu made by a hook", () => {
  const PACKAGE = { name: "linux-image-6.1.0-26-amd64", version: "6.1.112-1", file: "x.deb" };
  const installing = (from: "repository" | "files") =>
    run(
      "packages",
      { does: "install", family: "debian", from, packages: [PACKAGE] },
      { title: "", serves: [] },
    );
  const found = (from: "repository" | "files", programs: string | undefined) => {
    const step = installing(from);
    return finding({ id: 1, ...step }, step.argv, programs);
  };

  it("hands the folder of hostcfg's programs on to dpkg where apt-get would set another search path", () => {
    const [program, option, ...rest] = found("repository", "/var/lib/hostcfg/programs");
    expect([program, ...rest]).toEqual(installing("repository").argv);
    expect(option).toMatch(/^--option=DPkg::Path=\/var\/lib\/hostcfg\/programs:.*:\/usr\/sbin:.*\/bin$/);
    // apt's own word, where it is here.
    if (existsSync("/usr/bin/apt-config") && option !== undefined)
      expect(execFileSync("apt-config", ["dump", option], { encoding: "utf8" })).toContain(
        'DPkg::Path "/var/lib/hostcfg/programs:/',
      );
  });

  it("is as it was where it needs none, or leaves the search path alone", () => {
    expect(found("repository", undefined)).toEqual(installing("repository").argv);
    expect(found("files", "/programs")).toEqual(installing("files").argv);
  });
});
