import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOsRelease } from "../../src/facts/os-release.ts";

describe("parseOsRelease", () => {
  it("reads what identifies the system", () => {
    const text = `NAME="Pop!_OS"\nVERSION="19.10"\nID=pop\nPRETTY_NAME="Pop!_OS 19.10"\nVERSION_ID="19.10"\n`;
    expect(parseOsRelease(text)).toEqual({
      id: "pop",
      name: "Pop!_OS",
      versionId: "19.10",
      prettyName: "Pop!_OS 19.10",
    });
  });

  it("has defaults for the two names, and only for them", () => {
    expect(parseOsRelease("VERSION_ID=\nNAME=\n")).toEqual({ id: "linux", name: "Linux" });
  });

  it.each([
    [`NAME=Debian`, "Debian"],
    [`NAME='Debian GNU/Linux'`, "Debian GNU/Linux"],
    [`NAME="Debian GNU/Linux"`, "Debian GNU/Linux"],
    [`  NAME="Debian"  `, "Debian"],
    [`NAME=""`, "Linux"],
    [`NAME="Debian"\r`, "Debian"],
    ['NAME="a \\"quoted\\" \\$name \\\\ \\`"', 'a "quoted" $name \\ `'],
    [String.raw`NAME="kept\n"`, String.raw`kept\n`],
    [String.raw`NAME='as \ is "$x"'`, String.raw`as \ is "$x"`],
    [String.raw`NAME=Pop\!_OS`, "Pop!_OS"],
    [`NAME="$(reboot)"`, "$(reboot)"],
    [`#NAME=other\n# NAME=other\nNAME=Debian`, "Debian"],
    [`NAME=first\nNAME=second`, "second"],
    [`NAME=good\nNAME="no end`, "good"],
    [`NAME=good\nNAME='no end`, "good"],
    [`NAME=good\nNAME="a""b"`, "good"],
    [`NAME=good\nnothing at all\n=x\n1A=x`, "good"],
  ])("reads %j", (text, name) => {
    expect(parseOsRelease(`${text}\n`).name).toBe(name);
  });

  it("gives back any value that is quoted as the page asks", () => {
    assert(
      property(string({ unit: "binary" }), (raw) => {
        const value = raw.replaceAll("\n", "");
        const written = value.replace(/[$"\\`]/g, (one) => `\\${one}`);
        expect(parseOsRelease(`NAME="${written}"\n`).name).toBe(value === "" ? "Linux" : value);
      }),
    );
  });
});
