import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../src/facts/fact.ts";
import { ARCHITECTURE_QUERY, PACKAGES_QUERY } from "../../../src/host/queries.ts";
import { arch } from "../../../src/platform/arch/arch.ts";
import { optionsIn } from "../../../src/platform/arch/settings.ts";
import { readPackages } from "../../../src/platform/platforms.ts";
import type { Content } from "../../support/host.ts";
import { readerOf } from "../../support/host.ts";

const LOCAL = "/var/lib/pacman/local";
const ZEN = "6.12.4-zen1-1-zen";

function desc(name: string, version: string): string {
  return `%NAME%\n${name}\n\n%VERSION%\n${version}\n\n%DESC%\n%NAME% is no block here\n\n%ARCH%\nx86_64\n\n%DEPENDS%\ncoreutils\nkmod\n\n`;
}

const HOST: Record<string, Content> = {
  [`${LOCAL}/ALPM_DB_VERSION`]: "9\n",
  [`${LOCAL}/linux-zen-6.12.4.zen1-1/desc`]: desc("linux-zen", "6.12.4.zen1-1"),
  [`${LOCAL}/linux-zen-6.12.4.zen1-1/files`]: `%FILES%\nusr/\nusr/lib/modules/${ZEN}/\nusr/lib/modules/${ZEN}/kernel/\nusr/lib/modules/${ZEN}/pkgbase\nusr/lib/modules/${ZEN}/vmlinuz\n`,
  [`${LOCAL}/pacman-7.0.0-1/desc`]: desc("pacman", "7.0.0-1"),
  [`/usr/lib/modules/${ZEN}/pkgbase`]: "linux-zen\n",
  "/etc/pacman.conf": "[options]\nHoldPkg = pacman\nIgnorePkg = linux-z*\n[core]\nIgnorePkg = pacman\n",
};

describe("what pacman has installed", () => {
  it("is read from its database, with the kernel that a package holds and IgnorePkg for a hold", async () => {
    expect(await arch.packages.read(readerOf(HOST))).toEqual(
      known([
        {
          name: "linux-zen",
          version: "6.12.4.zen1-1",
          architecture: "x86_64",
          state: "installed",
          held: true,
          broken: false,
          kernel: { release: ZEN, name: "linux-zen", part: "image" },
        },
        {
          name: "pacman",
          version: "7.0.0-1",
          architecture: "x86_64",
          state: "installed",
          held: false,
          broken: false,
        },
      ]),
    );
  });

  it("has no folder without a whole entry, which an interrupted pacman leaves", async () => {
    const files = { ...HOST, [`${LOCAL}/linux-lts-6.6-1/desc`]: "" };
    expect(await arch.packages.read(readerOf(files))).toMatchObject({ value: [{}, {}] });
  });

  it("says nothing about a host without it", async () => {
    expect(await arch.packages.read(readerOf({}))).toBeUndefined();
  });

  it("is for the architecture of pacman itself", async () => {
    expect(await arch.packages.readArchitecture(readerOf(HOST))).toEqual(known("x86_64"));
    expect(await arch.packages.readArchitecture(readerOf({ [LOCAL]: { folder: true } }))).toEqual(
      unknown("the package pacman is not in the package database"),
    );
  });
});

describe("the family of a host with two package managers", () => {
  const answered = (stdout: string) => ({ ran: true, exitCode: 0, stdout, stderr: "" }) as const;
  const familyOf = async (files: Record<string, Content>, listed: string): Promise<unknown> => {
    const queries = [PACKAGES_QUERY, ARCHITECTURE_QUERY].map((argv) => ({ argv, answer: answered(listed) }));
    return (await readPackages(readerOf(files, { queries }))).family;
  };

  it("is that of the one that has packages", async () => {
    expect(await familyOf(HOST, "")).toEqual(known("arch"));
    expect(await familyOf({ [LOCAL]: { folder: true } }, "dpkg\t1\tamd64\tinstall\tinstalled\tok\n")).toEqual(
      known("debian"),
    );
  });
});

describe("the kernel of a package, by its name alone", () => {
  it.each([
    "linux",
    "linux-lts",
    "linux-zen",
    "linux-hardened",
    "linux-cachyos-bore",
    "linux612",
    "linux-rt",
  ])("%s may hold one, of which the release is unknown", (name) => {
    expect(arch.packages.kernelByName(name)).toBe("unknown");
  });

  it.each([
    ...["linux-headers", "linux-zen-headers", "linux-firmware", "linux-firmware-amdgpu", "linux-api-headers"],
    ...["linux-docs", "linux-tools", "linux612-headers", "util-linux", "archlinux-keyring", "grub"],
  ])("%s holds none", (name) => {
    expect(arch.packages.kernelByName(name)).toBeUndefined();
  });
});

describe("IgnorePkg", () => {
  it.each<[string, string, readonly string[]]>([
    ["is none in a comment", "[options]\n#IgnorePkg   =\n", []],
    ["may stand on several lines", "[options]\nIgnorePkg = a b\n IgnorePkg=c \n", ["a", "b", "c"]],
    ["counts in the section options only", "[core]\nIgnorePkg = a\n[options]\nIgnorePkg = b", ["b"]],
  ])("%s", (_what, text, names) => {
    expect(optionsIn(text, "IgnorePkg")).toEqual(names);
  });

  it("may stand in files that are included, by a pattern and from one another, and leads into no circle", async () => {
    const files = {
      ...HOST,
      "/etc/pacman.conf":
        "[options]\nInclude = /etc/pacman.d/*.conf\n[core]\nInclude = /etc/pacman.d/mirrors\n",
      "/etc/pacman.d/a.conf": "IgnorePkg = linux-z*\nInclude = /etc/pacman.d/a.conf\n",
      "/etc/pacman.d/b.conf": "[extra]\nIgnorePkg = pacman\n",
      "/etc/pacman.d/mirrors": "IgnorePkg = pacman\n",
    };
    expect(await arch.packages.read(readerOf(files))).toMatchObject({
      value: [{ held: true }, { held: false }],
    });
  });

  it("is said of whole groups too", async () => {
    const files = {
      ...HOST,
      "/etc/pacman.conf": "[options]\nIgnoreGroup = kern*\n",
      [`${LOCAL}/linux-zen-6.12.4.zen1-1/desc`]: `${desc("linux-zen", "6.12.4.zen1-1")}%GROUPS%\nbase\nkernels\n\n`,
    };
    expect(await arch.packages.read(readerOf(files))).toMatchObject({
      value: [{ held: true }, { held: false }],
    });
  });
});
