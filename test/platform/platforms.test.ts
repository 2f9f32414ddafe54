import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { ARCHITECTURE_QUERY, PACKAGES_QUERY } from "../../src/host/queries.ts";
import type { PackageFact } from "../../src/model/index.ts";
import { imagePackage, readPackages, wordsOf } from "../../src/platform/platforms.ts";
import { readerOf } from "../support/host.ts";

const NOT_RUN = { ran: false, why: "commands of another root are not run" } as const;
const queries = [PACKAGES_QUERY, ARCHITECTURE_QUERY].map((argv) => ({ argv, answer: NOT_RUN }));
const UNKNOWN_FAMILY = {
  family: unknown("this host has no dpkg or pacman"),
  packages: unknown("this host has no dpkg or pacman"),
};

describe("the family of a host", () => {
  it("is told by its package manager", async () => {
    const status = "Package: dpkg\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n";
    expect(await readPackages(readerOf({ "/var/lib/dpkg/status": status }, { queries }))).toMatchObject({
      family: known("debian"),
      packages: known([{ name: "dpkg" }]),
      architecture: known("amd64"),
    });
  });

  it("is unknown where none is there that hostcfg drives, and with it the packages", async () => {
    const none = unknown("this host has no dpkg or pacman");
    const facts = await readPackages(readerOf({ "/etc/os-release": "ID=debian\n" }, { queries }));
    expect(facts).toEqual({ family: none, packages: none, architecture: none });
  });

  it("is no matter of a database that may not be read", async () => {
    const files = { "/var/lib/dpkg/status": { kind: "file", error: "EACCES" } } as const;
    const { family, packages } = await readPackages(readerOf(files, { queries }));
    expect([family, packages]).toEqual([known("debian"), unknown("reading the package database needs root")]);
  });
});

describe("what a person is told", () => {
  it("names no family's commands where the family is unknown", () => {
    const words = wordsOf(UNKNOWN_FAMILY);
    expect(words.remove(imagePackage(UNKNOWN_FAMILY, "6.9"))).toBe("remove the package of the kernel 6.9");
    expect(words.hold(["a", "b"])).toBe("holding a and b");
  });

  it("names the package that is installed before what the family would call it", () => {
    const kernel = { release: "6.9", part: "image" } as const;
    const one: PackageFact = {
      name: "acme-kernel",
      version: "1",
      architecture: "amd64",
      state: "installed",
      held: false,
      broken: false,
      kernel,
    };
    const host = { family: known("debian" as const), packages: known([one]) };
    expect(imagePackage(host, "6.9")).toBe("acme-kernel");
    expect(imagePackage(host, "6.8")).toBe("linux-image-6.8");
  });
});
