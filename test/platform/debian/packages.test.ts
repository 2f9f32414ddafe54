import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../src/facts/fact.ts";
import {
  parsePackageDatabase,
  parsePackagesAnswer,
  readPackageDatabase,
  readPackages,
} from "../../../src/platform/debian/packages.ts";
import { PACKAGES_QUERY } from "../../../src/host/queries.ts";
import type { QueryAnswer } from "../../../src/host/reader.ts";
import { HostError } from "../../../src/host/reader.ts";
import type { PackageFact } from "../../../src/model/index.ts";
import type { Content } from "../../support/host.ts";
import { readerOf } from "../../support/host.ts";

// A package database in the middle of an installation, and what dpkg-query 1.21.22 answered about it.

const STATUS = `\
Package: linux-image-5.3.0-7625-generic
Status: hold ok installed
Priority: optional
Section: kernel
Maintainer: Kernel Team <kernel@example.org>
Architecture: amd64
Version: 5.3.0-7625.27
Depends: kmod, linux-base (>= 4.5ubuntu1~16.04.1)
Description: Signed kernel image
 A line that looks like a field:
 Version: 9.9
 .
 And a last one.

Package: libc6
Status: install ok installed
Maintainer: a
Architecture: i386
Multi-Arch: same
Version: 2.36-9+deb12u10
Description: x

Package: libc6
Status: install ok installed
Maintainer: a
Architecture: amd64
Multi-Arch: same
Version: 2.36-9+deb12u10
Description: x

Package: broken-thing
Status: install reinstreq half-installed
Maintainer: a
Architecture: all
Version: 1:1.0-1
Description: x

Package: old-kernel
Status: deinstall ok config-files
Maintainer: a
Architecture: amd64
Version: 4.1-1
Config-Version: 4.1-1
Description: x

Package: never-there
Status: hold ok not-installed
Maintainer: a
Architecture: amd64

Package: man-db
Status: install ok triggers-pending
Maintainer: a
Architecture: amd64
Version: 2.11.2-2
Triggers-Pending: /usr/share/man
Description: x

Package: gone
Status: install ok installed
Maintainer: a
Architecture: amd64
Version: 1
Description: x

`;

const JOURNAL = {
  "0000": `\
Package: linux-image-5.3.0-acso
Status: install reinstreq half-installed
Architecture: amd64
Version: 5.3.0-acso-1
`,
  "0001": `\
Package: linux-image-5.3.0-acso
Status: install ok unpacked
Maintainer: a
Architecture: amd64
Version: 5.3.0-acso-1
Description: x
 y
`,
  "0002": "Package: gone\nStatus: unknown ok not-installed\nArchitecture: amd64\n",
  "0003": `\
Package: libc6
Status: install reinstreq half-installed
Architecture: i386
Multi-Arch: same
Version: 2.36-9+deb12u10
`,
  "0010": `\
Package: linux-image-5.3.0-acso
Status: install ok half-configured
Maintainer: a
Architecture: amd64
Version: 5.3.0-acso-1
Description: x
 y
`,
  "tmp.i": "#padding\n#padding\n",
};

const ANSWER = [
  "broken-thing\t1:1.0-1\tall\tinstall\thalf-installed\treinstreq",
  "libc6\t2.36-9+deb12u10\tamd64\tinstall\tinstalled\tok",
  "libc6\t2.36-9+deb12u10\ti386\tinstall\thalf-installed\treinstreq",
  "linux-image-5.3.0-7625-generic\t5.3.0-7625.27\tamd64\thold\tinstalled\tok",
  "linux-image-5.3.0-acso\t5.3.0-acso-1\tamd64\tinstall\thalf-configured\tok",
  "man-db\t2.11.2-2\tamd64\tinstall\ttriggers-pending\tok",
  "old-kernel\t4.1-1\tamd64\tdeinstall\tconfig-files\tok",
  "",
].join("\n");

const FILES: Record<string, Content> = {
  "/var/lib/dpkg/status": STATUS,
  ...Object.fromEntries(
    Object.entries(JOURNAL).map(([name, text]) => [`/var/lib/dpkg/updates/${name}`, text]),
  ),
};

function readerWith(answer: QueryAnswer, files: Record<string, Content> = FILES) {
  return readerOf(files, { queries: [{ argv: PACKAGES_QUERY, answer }] });
}

function names(packages: readonly PackageFact[]): string[] {
  return packages.map((one) => `${one.name}:${one.architecture}`);
}

const NOT_RUN = { ran: false, why: "commands of another root are not run" } as const;

describe("readPackages", () => {
  it("does not know it, and looks nowhere else, where dpkg-query is killed", async () => {
    const killed = new HostError("EQUERY", "dpkg-query", "dpkg-query was killed by SIGINT");
    const reader = Object.assign(readerWith(NOT_RUN), {
      query: () => Promise.reject(killed),
    });
    expect(await readPackages(reader)).toEqual(unknown(killed.message));
  });

  it("says of a package that is still there whether it is to go", async () => {
    const stdout = ["install", "deinstall", "purge"]
      .map((want) => `${want}-it\t1\tall\t${want}\tinstalled\tok\n`)
      .join("");
    const packages = await readPackages(readerWith({ ran: true, exitCode: 0, stdout, stderr: "" }));
    expect(packages?.known === true && packages.value.map(({ leaving }) => leaving)).toEqual([
      true,
      undefined,
      true,
    ]);
  });

  it("says of each package whether it is whole, held or broken", async () => {
    const packages = await readPackages(readerWith({ ran: true, exitCode: 0, stdout: ANSWER, stderr: "" }));
    expect(packages).toEqual(
      known([
        {
          name: "broken-thing",
          version: "1:1.0-1",
          architecture: "all",
          state: "half-installed",
          held: false,
          broken: true,
        },
        {
          name: "libc6",
          version: "2.36-9+deb12u10",
          architecture: "amd64",
          state: "installed",
          held: false,
          broken: false,
        },
        {
          name: "libc6",
          version: "2.36-9+deb12u10",
          architecture: "i386",
          state: "half-installed",
          held: false,
          broken: true,
        },
        {
          name: "linux-image-5.3.0-7625-generic",
          version: "5.3.0-7625.27",
          architecture: "amd64",
          state: "installed",
          held: true,
          broken: false,
          kernel: { release: "5.3.0-7625-generic", part: "image" },
        },
        {
          name: "linux-image-5.3.0-acso",
          version: "5.3.0-acso-1",
          architecture: "amd64",
          state: "half-configured",
          held: false,
          broken: false,
          kernel: { release: "5.3.0-acso", part: "image" },
        },
        {
          name: "man-db",
          version: "2.11.2-2",
          architecture: "amd64",
          state: "triggers-pending",
          held: false,
          broken: false,
        },
        {
          name: "old-kernel",
          version: "4.1-1",
          architecture: "amd64",
          state: "config-files",
          held: false,
          broken: false,
        },
      ]),
    );
  });

  it("gives the same facts from dpkg-query and from the files", async () => {
    const asked = await readPackages(readerWith({ ran: true, exitCode: 0, stdout: ANSWER, stderr: "" }, {}));
    expect(await readPackages(readerWith(NOT_RUN))).toEqual(asked);
  });

  it("does not know the packages where neither dpkg-query nor the database is there", async () => {
    expect(await readPackages(readerWith(NOT_RUN, {}))).toBeUndefined();
  });

  it("does not look into a database that dpkg-query refuses", async () => {
    const stderr = "dpkg-query: error: parsing file '/var/lib/dpkg/status' near line 0:\n end of file\n";
    const packages = await readPackages(readerWith({ ran: true, exitCode: 2, stdout: "", stderr }));
    expect(packages).toEqual(
      unknown("dpkg-query: error: parsing file '/var/lib/dpkg/status' near line 0: end of file"),
    );
  });

  it("names the exit code where dpkg-query says nothing", async () => {
    const packages = await readPackages(readerWith({ ran: true, exitCode: 2, stdout: "", stderr: "\n" }));
    expect(packages).toEqual(unknown("dpkg-query failed with exit code 2"));
  });
});

describe("readPackageDatabase", () => {
  it("needs no journal", () => {
    const packages = readPackageDatabase(readerOf({ "/var/lib/dpkg/status": STATUS }));
    expect(packages?.known === true && names(packages.value)).toEqual([
      "broken-thing:all",
      "gone:amd64",
      "libc6:amd64",
      "libc6:i386",
      "linux-image-5.3.0-7625-generic:amd64",
      "man-db:amd64",
      "old-kernel:amd64",
    ]);
  });

  it("says where it may not read", () => {
    const reader = readerOf({ "/var/lib/dpkg/status": { kind: "file", error: "EACCES" } });
    expect(readPackageDatabase(reader)).toEqual(unknown("reading the package database needs root"));
  });
});

describe("parsePackageDatabase", () => {
  const stanza = (state: string, architecture: string, more = "") =>
    `Package: x\nStatus: install ok ${state}\nArchitecture: ${architecture}\nVersion: 1\n${more}`;

  it("lets a later stanza replace a package that changes its architecture", () => {
    const packages = parsePackageDatabase([stanza("installed", "amd64"), stanza("installed", "all")]);
    expect(names(packages)).toEqual(["x:all"]);
  });

  it("keeps packages of several architectures beside each other", () => {
    const texts = ["amd64", "i386"].map((one) => stanza("installed", one, "Multi-Arch: same\n"));
    expect(names(parsePackageDatabase(texts))).toEqual(["x:amd64", "x:i386"]);
  });

  it("leaves out stanzas without a name or a state", () => {
    expect(parsePackageDatabase(["Version: 1\n\nPackage: y\n\nPackage: z\nStatus: install\n"])).toEqual([]);
  });

  it("takes a package without a version", () => {
    const packages = parsePackageDatabase(["Package: y\nStatus: install ok half-installed\n"]);
    expect(packages).toMatchObject([{ name: "y", version: "", architecture: "" }]);
  });
});

describe("parsePackagesAnswer", () => {
  it("takes empty fields", () => {
    expect(parsePackagesAnswer("y\t\t\tinstall\thalf-installed\tok\n")).toMatchObject([
      { name: "y", version: "", architecture: "", state: "half-installed" },
    ]);
  });

  it.each([
    ["a line with too few fields", "y\t1\tamd64\tinstall\tinstalled"],
    ["a line with too many fields", "y\t1\tamd64\tinstall\tinstalled\tok\t1"],
    ["a line without a name", "\t1\tamd64\tinstall\tinstalled\tok"],
    ["a purged package", "y\t\tamd64\thold\tnot-installed\tok"],
  ])("leaves out %s", (_, line) => {
    expect(names(parsePackagesAnswer(`a\t1\tall\tinstall\tinstalled\tok\n${line}\n`))).toEqual(["a:all"]);
  });

  it("reads any text without failing, and never names nothing", () => {
    assert(
      property(string(), (text) => {
        for (const one of parsePackagesAnswer(`${text}\t1\tall\tinstall\tinstalled\tok\n${text}`)) {
          expect(one.name).not.toBe("");
        }
      }),
    );
  });
});
