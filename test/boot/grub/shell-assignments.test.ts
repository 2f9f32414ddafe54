import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shellQuote, sourceFiles, textOf } from "../../../src/boot/grub/shell-assignments.ts";

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-sh-"));
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** What a real sh has in these variables once it has sourced the text; undefined where it will not. */
function bySh(text: string, names: readonly string[]): (string | undefined)[] {
  const file = join(folder, "settings");
  fs.writeFileSync(file, text);
  const shown = names.map(
    (name) => `if [ "\${${name}+set}" ]; then printf 'set:%s\\0' "$${name}"; else printf 'no\\0'; fi`,
  );
  const output = execFileSync("sh", ["-c", `. "$0" >/dev/null; ${shown.join("; ")}`, file], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
  return output
    .split("\0")
    .slice(0, names.length)
    .map((one) => (one.startsWith("set:") ? one.slice(4) : undefined));
}

function byUs(text: string, name: string): string | undefined {
  const value = sourceFiles([{ path: "settings", text }]).get(name);
  if (value === undefined) return undefined;
  if (!value.known) throw new Error(value.why);
  return textOf(value.value);
}

describe("a file that a shell sources", () => {
  it.each([
    ["bare", "GRUB_X=quiet\n"],
    ["double quotes", 'GRUB_X="quiet splash"\n'],
    ["single quotes", "GRUB_X='quiet $HOME `id` \\ splash'\n"],
    ["pieces", `GRUB_X=a"b c"'d e'f\\ g\n`],
    ["escapes", String.raw`GRUB_X="a \"b\" \$c \\ \d"` + "\n"],
    ["line continuation", 'GRUB_X="a \\\n b"\nGRUB_Y=a\\\nc\n'],
    ["a line break inside", 'GRUB_X="a\nb"\n'],
    ["later wins", "GRUB_X=a\nGRUB_X=b\n"],
    ["the earlier value", 'GRUB_X="quiet"\nGRUB_X="$GRUB_X splash ${GRUB_X}"\n'],
    ["an unset one of GRUB's", 'GRUB_X="$GRUB_NONE x"\n'],
    ["comments", "# GRUB_X=no\nGRUB_X=a # b\nGRUB_Y=c#d\n"],
    ["several in a line", "GRUB_X=a GRUB_Y=b; GRUB_Z=c\n"],
    ["export", "export GRUB_X=a GRUB_Y\n"],
    ["unset", "GRUB_X=a\nunset GRUB_X\n"],
    ["an assignment for one command only", "GRUB_X=a\nGRUB_X=b true\n"],
    ["a lone dollar", 'GRUB_X="a$ b" GRUB_Y=$\n'],
    ["no line break at the end", "GRUB_X=a"],
    ["blanks", "  GRUB_X=a\t \n\n\n"],
    ["nothing", "GRUB_X=\nGRUB_Y=''\n"],
  ])("gives what sh gives: %s", (_case, text) => {
    const names = ["GRUB_X", "GRUB_Y", "GRUB_Z"];
    expect(names.map((name) => byUs(text, name))).toEqual(bySh(text, names));
  });

  it.each([
    ["a command", "GRUB_X=`id`\nGRUB_Y=a\n", "settings:1 runs a command"],
    [
      "a newer command",
      'GRUB_X="a $(id "x)") b"\nGRUB_Y=a\n',
      "settings:1 runs a command or computes a value",
    ],
    ["a default", "GRUB_X=${GRUB_Z:-b}\nGRUB_Y=a\n", "settings:1 runs a command or computes a value"],
    ["another's variable", "GRUB_X=$HOME\nGRUB_Y=a\n", "settings:1 uses $HOME, which is set elsewhere"],
    [
      "a name that goes on in the next line",
      "GRUB_X=$GRUB_X\\\nc\nGRUB_Y=a\n",
      "settings:1 runs a command or computes a value",
    ],
    ["a home folder", "GRUB_X=~/x\nGRUB_Y=a\n", "settings:1 names a home folder"],
    ["bash's +=", "GRUB_X+=b\nGRUB_Y=a\n", "settings:1 uses +=, which sh does not know"],
    ["a condition", "GRUB_Y=a\nif true; then\nGRUB_X=b\nfi\n", "settings:2 is more than an assignment"],
    ["a list", "GRUB_Y=a\nGRUB_X=b || GRUB_X=c\n", "settings:2 is more than an assignment"],
    ["an open quote", 'GRUB_Y=a\nGRUB_X="b\n', "settings:2 is more than an assignment"],
  ])("is never guessed at: %s", (_case, text, why) => {
    const variables = sourceFiles([{ path: "settings", text }]);
    expect(variables.get("GRUB_X")).toEqual({ known: false, why });
    expect(byUs(text, "GRUB_Y")).toBe("a");
  });

  it("may change anything where it sources another, but not what is assigned after that", () => {
    const variables = sourceFiles([{ path: "settings", text: "GRUB_X=a\n. /etc/other\nGRUB_Y=b\n" }]);
    expect(variables.get("GRUB_X")).toEqual({ known: false, why: 'settings:2 runs "."' });
    expect(variables.get("GRUB_Y")?.known).toBe(true);
  });

  it("never has sh and us disagree, whatever stands in it, and nothing in it is run", () => {
    const piece = fc.constantFrom(
      ...Array.from("aA1 \t\n\\'\"$;#=~{}`"),
      "GRUB_X=",
      "GRUB_Y=",
      "$GRUB_X",
      "${GRUB_X}",
      "\n",
      "export ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join("");
        const variables = sourceFiles([{ path: "settings", text }]);
        const names = ["GRUB_X", "GRUB_Y"];
        const ours = names.map((name) => variables.get(name));
        if (!ours.some((value) => value?.known === true)) return;
        let real: (string | undefined)[];
        try {
          real = bySh(text, names);
        } catch {
          // sh refuses the whole file, so grub-mkconfig does too.
          return;
        }
        ours.forEach((value, at) => {
          if (value?.known === true) expect(textOf(value.value)).toBe(real[at]);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("says where each character stands, so that it can be cut out", () => {
    const text = `GRUB_X=a\\ b'c'"d\\"e"\n`;
    const value = sourceFiles([{ path: "settings", text }]).get("GRUB_X");
    if (value?.known !== true) throw new Error("not known");
    expect(value.value.map(({ char, from, to }) => [char, text.slice(from, to)])).toEqual([
      ["a", "a"],
      [" ", "\\ "],
      ["b", "b"],
      ["c", "c"],
      ["d", "d"],
      ['"', '\\"'],
      ["e", "e"],
    ]);
  });
});

describe("text in quotes for a shell", () => {
  it("is only data to a real sh, however hostile", () => {
    const hostile = [
      "$(touch pwned)",
      "`touch pwned`",
      "'; touch pwned; '",
      "\\'; touch pwned #",
      "a\nb",
      "$HOME",
      '"',
    ];
    for (const text of hostile) expect(bySh(`GRUB_X=${shellQuote(text)}\n`, ["GRUB_X"])).toEqual([text]);
    expect(fs.existsSync(join(folder, "pwned"))).toBe(false);
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 20 }), (text) => {
        fc.pre(!text.includes("\0"));
        expect(bySh(`GRUB_X=${shellQuote(text)}\n`, ["GRUB_X"])).toEqual([text]);
      }),
      { numRuns: 60 },
    );
  });
});
