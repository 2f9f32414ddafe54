import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { FAILURES } from "../src/cli/failure-codes.ts";

const UNION = "model/diagnostic-codes.ts";
/** The table of what each code of a spec means: it names codes and gives none. */
const TABLE = "spec/codes.ts";

/** A type has no value to ask for its members, so they are read from its text. */
const codes = firstOfEach(/^ {2}\| "([a-z0-9-]+)"/gm, textOf(path.join("src", UNION)));

function textOf(file: string): string {
  return fs.readFileSync(file, "utf8");
}

function firstOfEach(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

/** Every string that src/ writes, but for those that a code is only compared with. */
function written(): Set<string> {
  const files = fs
    .readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && ![UNION, TABLE].includes(file) && !file.includes(".gen."));
  return new Set(
    files.flatMap((file) => {
      const text = textOf(path.join("src", file)).replaceAll(
        /[!=]== "[a-z0-9-]+"|new Set<DiagnosticCode>\(\[[^\]]*\]\)/g,
        "",
      );
      return firstOfEach(/"([a-z0-9-]+)"/g, text);
    }),
  );
}

describe("the codes that a user can meet", () => {
  it("are each documented once, and nothing else is", () => {
    const documented = firstOfEach(/^\| `([a-z0-9-]+)`/gm, textOf("DIAGNOSTICS.md"));
    expect(documented.sort()).toEqual([...codes, ...Object.keys(FAILURES)].sort());
  });

  it("of diagnostics are each given somewhere", () => {
    const given = written();
    expect(codes.filter((code) => !given.has(code))).toEqual([]);
  });

  it("of diagnostics stand in alphabetical order", () => {
    expect(codes.length).toBeGreaterThan(100);
    expect(codes).toEqual(codes.toSorted());
  });
});
