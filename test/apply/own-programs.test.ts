import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { finding } from "../../src/apply/own-programs.ts";

describe("a command that has GRUB's menu made by a hook", () => {
  const INSTALL = ["apt-get", "install", "--yes", "linux-image-6.1.0-26-amd64=6.1.112-1"];

  it("hands the folder of hostcfg's programs on to dpkg where apt-get would set another search path", () => {
    const [program, option, ...rest] = finding(INSTALL, "/var/lib/hostcfg/programs");
    expect([program, ...rest]).toEqual(INSTALL);
    expect(option).toMatch(/^--option=DPkg::Path=\/var\/lib\/hostcfg\/programs:.*:\/usr\/sbin:.*\/bin$/);
    // apt's own word, where it is here.
    if (existsSync("/usr/bin/apt-config") && option !== undefined)
      expect(execFileSync("apt-config", ["dump", option], { encoding: "utf8" })).toContain(
        'DPkg::Path "/var/lib/hostcfg/programs:/',
      );
  });

  it("is as it was where it needs none, or leaves the search path alone", () => {
    expect(finding(INSTALL, undefined)).toBe(INSTALL);
    const dpkg = ["dpkg", "--install", "x.deb"];
    expect(finding(dpkg, "/programs")).toBe(dpkg);
  });
});
