import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseControl } from "../../../src/platform/debian/control.ts";

function fields(text: string) {
  return parseControl(text).map((stanza) => Object.fromEntries(stanza));
}

describe("parseControl", () => {
  it("reads one map a stanza", () => {
    expect(fields("Package: a\nVersion: 1\n\nPackage: b\n")).toEqual([
      { package: "a", version: "1" },
      { package: "b" },
    ]);
  });

  it("does not mind how field names are written", () => {
    expect(fields("PACKAGE: a\ninstalled-SIZE: 12\n")).toEqual([{ package: "a", "installed-size": "12" }]);
  });

  it("keeps the further lines of a value, also those that look like fields", () => {
    expect(
      fields("Description: short\n Version: 9\n .\n\tindented\n  twice\nConffiles:\n /etc/a 0123\n"),
    ).toEqual([{ description: "short\nVersion: 9\n.\nindented\n twice", conffiles: "\n/etc/a 0123" }]);
  });

  it.each([
    ["several empty lines", "A: 1\n\n\n\nB: 2"],
    ["lines of blanks", "A: 1\n \t \nB: 2"],
    ["empty lines at both ends", "\n\nA: 1\n\nB: 2\n\n\n"],
    ["DOS line ends", "A: 1\r\n\r\nB: 2\r\n"],
    ["blanks around values", "A:1  \n\nB:\t 2 \n"],
  ])("takes %s between stanzas", (_, text) => {
    expect(fields(text)).toEqual([{ a: "1" }, { b: "2" }]);
  });

  it("passes over comments", () => {
    expect(fields("#padding\n#padding\nA: 1\n# A: 2\n")).toEqual([{ a: "1" }]);
  });

  it("passes over a line that is no field, with its continuations", () => {
    expect(fields("A: 1\ngarbage\n more garbage\nB: 2\n")).toEqual([{ a: "1", b: "2" }]);
    expect(fields(" garbage\n: x\n")).toEqual([]);
  });

  it("keeps colons in a value and takes an empty one", () => {
    expect(fields("Version: 1:2.0\nDepends:\n")).toEqual([{ version: "1:2.0", depends: "" }]);
  });

  it("reads any text without failing, and never makes an empty stanza", () => {
    assert(
      property(string({ unit: "binary" }), (text) => {
        for (const stanza of parseControl(text)) expect(stanza.size).toBeGreaterThan(0);
      }),
    );
  });

  it("gives back what was written", () => {
    const name = string({ unit: "grapheme-ascii", minLength: 1 }).map((text) =>
      text.replace(/[^A-Za-z-]/g, "x"),
    );
    const value = string({ unit: "grapheme-ascii" }).map((text) => text.trim());
    assert(
      property(name, value, (field, content) => {
        expect(parseControl(`${field}: ${content}\n`)).toEqual([new Map([[field.toLowerCase(), content]])]);
      }),
    );
  });
});
