import { describe, expect, it } from "vitest";
import { parseSpec } from "../../src/spec/parse.ts";
import { UNREADABLE } from "./unreadable.ts";

describe("a file that is no readable text", () => {
  it.each(UNREADABLE)("$what is refused as $code", ({ bytes, code, at: [line, column] }) => {
    const { spec, diagnostics } = parseSpec("host.yaml", bytes);
    expect(spec).toBeUndefined();
    expect(diagnostics).toEqual([
      expect.objectContaining({
        severity: "error",
        code,
        hint: expect.any(String) as string,
        source: expect.objectContaining({ file: "host.yaml", line, column }) as unknown,
      }),
    ]);
  });

  it("says to convert UTF-16, with the command", () => {
    const { diagnostics } = parseSpec("host.yaml", Buffer.from("\u{feff}apiVersion: hostcfg/v1", "utf16le"));
    expect(diagnostics[0]?.hint).toContain("iconv -f UTF-16 -t UTF-8");
  });

  it("shows a minimal spec for an empty file", () => {
    const { diagnostics } = parseSpec("host.yaml", new Uint8Array());
    expect(diagnostics[0]?.hint).toContain("apiVersion: hostcfg/v1");
  });
});

describe("a file that is text", () => {
  const text = "apiVersion: hostcfg/v1\nhostname: workstation\n";

  it.each([
    ["a byte order mark", `\u{feff}${text}`],
    ["CR LF line ends", text.replaceAll("\n", "\r\n")],
    ["no line end at its end", text.trimEnd()],
    ["a document start and end", `--- # spec\n${text}...\n`],
    ["a %YAML 1.2 directive", `%YAML 1.2\n---\n${text}`],
    ["letters beyond ASCII in a comment", `# Büro 😀\n${text}`],
    ["exactly 1 MiB", `${text}#${" ".repeat(1024 * 1024 - text.length - 1)}`],
  ])("is read with %s", (_what, written) => {
    const { spec, diagnostics } = parseSpec("host.yaml", Buffer.from(written));
    expect(diagnostics).toEqual([]);
    expect(spec).toEqual({ apiVersion: "hostcfg/v1", hostname: "workstation" });
  });

  it("has its positions counted without the byte order mark and its lines without CR", () => {
    const { diagnostics } = parseSpec(
      "host.yaml",
      Buffer.from("\u{feff}hostnam: a\r\napiVersion: hostcfg/v1\r\n"),
    );
    expect(diagnostics.map(({ source }) => source)).toEqual([
      { file: "host.yaml", line: 1, column: 1, endLine: 1, endColumn: 8, text: "hostnam: a" },
    ]);
  });
});
