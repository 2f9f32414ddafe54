import { describe, expect, it } from "vitest";
import type { Diagnostic, SourceRange } from "../../../src/model/index.ts";
import { COLOURED, PLAIN } from "../../../src/cli/style.ts";
import { countDiagnostics, renderDiagnostics } from "../../../src/cli/views/diagnostics.ts";
import { expectGolden } from "../../support/golden.ts";

function at(text: string, column: number, length: number, more: Partial<SourceRange> = {}): SourceRange {
  return { file: "host.yaml", line: 7, column, endLine: 7, endColumn: column + length, text, ...more };
}

function error(source?: SourceRange): Diagnostic {
  return {
    severity: "error",
    code: "unknown-key",
    summary: "there is no such key",
    ...(source && { source }),
  };
}

/** The source line and the squiggle, without their gutter. */
function excerpt(source: SourceRange): readonly string[] {
  return renderDiagnostics([error(source)], PLAIN)
    .split("\n")
    .slice(1, 3)
    .map((line) => line.slice("   7 | ".length));
}

describe("a diagnostic as text", () => {
  it("has its place, its line, a squiggle, the detail and the hint", () => {
    const diagnostics: Diagnostic[] = [
      {
        ...error(at("  kernelOption: {}", 3, 12)),
        detail: "The language knows these keys here:\nkernel, kernelOptions",
        hint: "did you mean kernelOptions?",
      },
      {
        severity: "warning",
        code: "upgrade-takes-over",
        summary: "it will not last",
        address: "kernel.release",
      },
      error(),
    ];
    expectGolden("test/cli/golden/diagnostics.txt", renderDiagnostics(diagnostics, PLAIN));
  });

  it.each<[string, SourceRange, readonly string[]]>([
    ["a plain word", at("a: bad", 4, 3), ["a: bad", "   ~~~"]],
    ["a tab, which is shown as four columns", at("\ta: bad", 5, 3), ["    a: bad", "       ~~~"]],
    ["a tab itself", at("a:\tb", 3, 1), ["a:    b", "  ~~~~"]],
    ["wide characters", at("日本: bad", 5, 3), ["日本: bad", "      ~~~"]],
    ["a combining mark", at("e\u0301: bad", 5, 3), ["e\u0301: bad", "   ~~~"]],
    ["an emoji of two code units", at("🙂: bad", 5, 3), ["🙂: bad", "    ~~~"]],
    [
      "a control character, which is shown as an escape",
      at("\u001b[2J: bad", 7, 3),
      ["\\x1b[2J: bad", "         ~~~"],
    ],
    ["an empty range", at("a:", 3, 0), ["a:", "  ~"]],
    [
      "the rest of the line where the range goes on below",
      at("a: [", 4, 0, { endLine: 9, endColumn: 2 }),
      ["a: [", "   ~"],
    ],
    ["an empty line", at("", 1, 0), ["", "~"]],
  ])("marks %s", (_what, source, expected) => {
    expect(excerpt(source)).toEqual(expected);
  });

  it.each([0, 50, 150, 400, 5000])(
    "cuts a long line so that the mark at column %i stays in sight",
    (column) => {
      const line = `${"x".repeat(column)}BAD${"y".repeat(300)}`;
      const [shown = "", squiggle = ""] = excerpt(at(line, column + 1, 3));
      expect(shown.length).toBeLessThanOrEqual(102);
      const start = squiggle.indexOf("~");
      expect(shown.slice(start, squiggle.length)).toBe("BAD");
    },
  );

  it("never draws a squiggle that is wider than the line it marks", () => {
    const [shown = "", squiggle = ""] = excerpt(at("z".repeat(9000), 10, 8000));
    expect(squiggle.length).toBeLessThanOrEqual(shown.length);
  });

  it("paints errors red and warnings yellow", () => {
    expect(renderDiagnostics([error()], COLOURED)).toContain("\u001b[31m");
    expect(renderDiagnostics([{ ...error(), severity: "warning" }], COLOURED)).toContain("\u001b[33m");
  });

  it.each<[number, number, string]>([
    [0, 0, "no errors"],
    [1, 0, "1 error"],
    [2, 1, "2 errors, 1 warning"],
    [0, 3, "3 warnings"],
  ])("counts %i errors and %i warnings as %j", (errors, warnings, expected) => {
    const diagnostics = [
      ...Array.from({ length: errors }, () => error()),
      ...Array.from({ length: warnings }, (): Diagnostic => ({ ...error(), severity: "warning" })),
    ];
    expect(countDiagnostics(diagnostics)).toBe(expected);
  });
});
