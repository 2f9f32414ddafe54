import { describe, expect, it } from "vitest";
import { parseDebControl, readDeb } from "../../../src/platform/debian/deb.ts";
import { known, unknown } from "../../../src/facts/fact.ts";
import { debQuery } from "../../../src/host/queries.ts";
import type { QueryAnswer } from "../../../src/host/reader.ts";
import { HostError } from "../../../src/host/reader.ts";
import type { Content } from "../../support/host.ts";
import { readerOf } from "../../support/host.ts";
import { tar } from "../../support/tar.ts";

const FILE = "debs/linux-image-5.3.0-acso_5.3.0-acso-1_amd64.deb";
const PATH = "/home/me/debs/linux-image-5.3.0-acso_5.3.0-acso-1_amd64.deb";
const CONTENT = known({
  sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  size: 3,
});

const CONTROL = `\
Package: linux-image-5.3.0-acso
Version: 5.3.0-acso-1
Architecture: amd64
Depends: kmod,
 linux-base (>= 4.5)
Pre-Depends: dpkg (>= 1.19)
Installed-Size: 312345
`;

function read(content: Content | undefined, answer?: QueryAnswer) {
  const queries = answer === undefined ? [] : [{ argv: debQuery(PATH), answer }];
  return readDeb(readerOf(content === undefined ? {} : { [PATH]: content }, { queries }), FILE, PATH);
}

describe("readDeb", () => {
  it("does not know it, and looks nowhere else, where dpkg-deb is killed", async () => {
    const killed = new HostError("EQUERY", "dpkg-deb", "dpkg-deb was killed by SIGINT");
    const reader = Object.assign(readerOf({ [PATH]: "abc" }), {
      query: () => Promise.reject(killed),
    });
    expect(await readDeb(reader, FILE, PATH)).toEqual({
      file: FILE,
      path: PATH,
      content: CONTENT,
      control: unknown(killed.message),
    });
  });

  it("reads what the file is and what it would bring", async () => {
    // A name before it, in letters of two bytes each, must not shift where it is looked for.
    const archive = tar([
      { path: "/a", content: "ünïcödé\n" },
      { path: "/control", content: CONTROL },
    ]);
    expect(
      await read("abc", { ran: true, exitCode: 0, stdout: archive.toString("utf8"), stderr: "" }),
    ).toEqual({
      file: FILE,
      path: PATH,
      content: CONTENT,
      control: known({
        package: "linux-image-5.3.0-acso",
        version: "5.3.0-acso-1",
        architecture: "amd64",
        depends: "dpkg (>= 1.19), kmod,\nlinux-base (>= 4.5)",
        installedSize: 312345,
      }),
    });
  });

  it("finds the kernel in it by the digests of its files", async () => {
    const archive = tar([
      { path: "/control", content: CONTROL },
      { path: "/md5sums", content: `${"0".repeat(32)}  boot/vmlinuz-5.3.0_ACSO\n` },
    ]);
    const { control } = await read("abc", { ran: true, exitCode: 0, stdout: archive.toString(), stderr: "" });
    expect(control).toMatchObject({ value: { kernel: { release: "5.3.0_ACSO", part: "image" } } });
  });

  it.each<[string, Content | undefined, string]>([
    ["it is missing", undefined, `${PATH} is not there`],
    ["it is a dangling link", { link: "gone.deb" }, `${PATH} is not there`],
    ["it is a folder", { folder: true }, `${PATH} is a directory, not a package`],
    ["it is a device", { kind: "block" }, `${PATH} is a special file, not a package`],
    ["it is closed", { kind: "file", error: "EACCES" }, `reading ${PATH} needs root`],
    ["the disk fails", { kind: "file", error: "EIO" }, `reading ${PATH} failed with EIO`],
  ])("knows nothing, and asks nothing, where %s", async (_, content, why) => {
    expect(await read(content)).toEqual({
      file: FILE,
      path: PATH,
      content: unknown(why),
      control: unknown(why),
    });
  });

  it.each(["", "no tar", tar([{ path: "/md5sums", content: "x" }]).toString("utf8")])(
    "still knows the file where its control archive holds no control file",
    async (stdout) => {
      const fact = await read("abc", { ran: true, exitCode: 0, stdout, stderr: "" });
      expect(fact.control).toEqual(unknown(`${PATH} has no control file`));
    },
  );

  it("still knows the file where it is no Debian package", async () => {
    const stderr = `dpkg-deb: error: '${PATH}' is not a Debian format archive\n`;
    expect(await read("abc", { ran: true, exitCode: 2, stdout: "", stderr })).toEqual({
      file: FILE,
      path: PATH,
      content: CONTENT,
      control: unknown(`dpkg-deb: error: '${PATH}' is not a Debian format archive`),
    });
  });

  it("still knows the file where there is no dpkg-deb", async () => {
    expect(await read("abc", { ran: false, why: "dpkg-deb is not installed" })).toEqual({
      file: FILE,
      path: PATH,
      content: CONTENT,
      control: unknown(`the control file of ${PATH} cannot be read: dpkg-deb is not installed`),
    });
  });
});

describe("parseDebControl", () => {
  it("needs no optional fields", () => {
    expect(parseDebControl("Package: a\nVersion: 1\nArchitecture: all\n")).toEqual(
      known({ package: "a", version: "1", architecture: "all", depends: "" }),
    );
  });

  it("leaves out a size that is no number", () => {
    const fact = parseDebControl("Package: a\nVersion: 1\nArchitecture: all\nInstalled-Size: big\n");
    expect(fact.known && "installedSize" in fact.value).toBe(false);
  });

  it.each([
    ["", "Package"],
    ["Package: a\nArchitecture: all\n", "Version"],
    ["Package: a\nVersion: 1\nArchitecture:\n", "Architecture"],
  ])("misses a field in %j", (text, field) => {
    expect(parseDebControl(text)).toEqual(unknown(`its control file has no field ${field}`));
  });
});
