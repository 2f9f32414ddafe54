import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sourceFiles } from "../../../src/boot/grub/shell-assignments.ts";
import { shellQuote } from "../../../src/shell-quote.ts";
import { textOf } from "../../../src/boot/grub/shell-value.ts";

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
    ["bash's +=", "GRUB_X+=b\nGRUB_Y=a\n", "settings:1 uses +=, which not every sh knows"],
    ["a condition", "GRUB_Y=a\nif true; then\nGRUB_X=b\nfi\n", "settings:2 is more than an assignment"],
    ["a list", "GRUB_Y=a\nGRUB_X=b || GRUB_X=c\n", "settings:2 is more than an assignment"],
    ["an open quote", 'GRUB_Y=a\nGRUB_X="b\n', "settings:2 is more than an assignment"],
  ])("is never guessed at: %s", (_case, text, why) => {
    const variables = sourceFiles([{ path: "settings", text }]);
    expect(variables.get("GRUB_X")).toEqual({ known: false, why });
    expect(byUs(text, "GRUB_Y")).toBe("a");
  });

  it.each([
    ["what holds", 'A=0\nif [ "$A" = "0" ]; then\n\tGRUB_X=b # c\nfi\n'],
    [
      "what does not",
      'A=0\nif [ "$A" = "" ]; then\nA=1; GRUB_X=b\nfi\nif [ "$A" != 0 ]; then GRUB_Y=a; fi\n',
    ],
    [
      "an else",
      'A=x\nif [ -z "$A" ]; then GRUB_X=a\nelif [ ! "$A" = y ]; then GRUB_X=b\nelse GRUB_X=c; fi\nGRUB_Y=d\n',
    ],
    [
      "one inside another",
      'if [ "a" ]; then\nif [ -n "" ]; then GRUB_X=a; else GRUB_X=b; fi; GRUB_Y=c\nfi\n',
    ],
    ["one inside of what is not run", 'if [ "" ]; then if [ a ]; then GRUB_X=a; else GRUB_X=b; fi; fi\n'],
  ])("is followed through a condition on its own words: %s", (_case, text) => {
    const names = ["GRUB_X", "GRUB_Y"];
    expect(names.map((name) => byUs(text, name))).toEqual(bySh(text, names));
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

/** Whatever looks blank or is invisible, and every byte. */
const CHARACTERS = [
  ...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)),
  ...Array.from(
    "\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff",
  ),
];

describe("a settings file with an odd character", () => {
  it("is read to its end in few steps, whichever character stands wherever", () => {
    const text = `GRUB_X="a b" # c\nexport A='d'\nif [ "$A" = d ]; then B=\\e; fi\nC=$(id "x") D=\`y\`\n`;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the pattern that asks
    const { exec } = RegExp.prototype;
    let steps = 0;
    // Each turn of each loop asks at least one pattern or ends.
    const counting = vi.spyOn(RegExp.prototype, "exec").mockImplementation(function (this: RegExp, subject) {
      if (++steps > 100 * text.length) throw new Error("it does not come to an end");
      return exec.call(this, subject);
    });
    try {
      for (const char of CHARACTERS)
        for (let at = 0; at <= text.length; at++) {
          steps = 0;
          sourceFiles([{ path: "settings", text: text.slice(0, at) + char + text.slice(at) }]);
        }
    } finally {
      counting.mockRestore();
    }
    // Asked at each call, which a busy machine takes its time for.
  }, 120_000);

  it.each([
    ["a carriage return", "\r", "a carriage return (U+000D) in GRUB_X"],
    ["a no-break space", "\u00a0", "a no-break space (U+00A0) in GRUB_X"],
    ["a vertical tab", "\v", "a vertical tab (U+000B) in GRUB_X"],
    ["a line separator", "\u2028", "a line separator (U+2028) in GRUB_X"],
  ])("is named with its line: %s", (_case, char, what) => {
    const { faults } = sourceFiles([{ path: "settings", text: `# c${char}\nGRUB_X=a${char}\nGRUB_Y=b\n` }]);
    expect(faults).toMatchObject([{ file: "settings", line: 2, stops: true }]);
    expect(faults[0]?.what).toContain(what);
  });

  it("gives what sh gives, which takes it for a part of the word", () => {
    for (const char of "\r\v\f\u00a0\u2028\u3000") {
      const text = `GRUB_X=a${char}b\nGRUB_Y="c${char}"\n`;
      expect(["GRUB_X", "GRUB_Y"].map((name) => byUs(text, name))).toEqual(bySh(text, ["GRUB_X", "GRUB_Y"]));
    }
  });

  it("may have one in the quotes of a title", () => {
    expect(sourceFiles([{ path: "x", text: 'GRUB_DISTRIBUTOR="a\u00a0b"\n' }]).faults).toMatchObject([
      { line: 1, stops: false },
    ]);
  });
});

describe("a settings file that sh stumbles over", () => {
  it.each([
    ["a quote that a later line closes", 'A=1\nGRUB_X="a\nGRUB_Y="b"\n', 2, "the quote is never closed"],
    ["a single quote", "A=1\n\nGRUB_X='a\n", 3, "the quote is never closed"],
    ["a quote behind a value of two lines", 'A="1\n2"\nB=3\nGRUB_X="a\n', 4, "the quote is never closed"],
    ["a backquote", "GRUB_X=`id\n", 1, "the backquote is never closed"],
    ["a command", "GRUB_X=$(id\n", 1, 'the "$(" is never closed'],
    ["a condition", "A=1\nif [ $A = 1 ]; then\nB=2\n", 2, 'the "if" is never closed by "fi"'],
    [
      "a condition that is followed",
      'A=1\nif [ "$A" = 1 ]; then\nB=2\n',
      2,
      'the "if" is never closed by "fi"',
    ],
    [
      "a condition in a condition",
      "if [ -e a ]; then\nif [ -e b ]; then\nB=2\nfi\n",
      1,
      'the "if" is never closed by "fi"',
    ],
    ["a condition behind a command that nobody can follow", "if [ -e a ]; then\na >b\n", 0, ""],
    [
      "a condition that is closed, in one line",
      "if [ -e a ]; then B=2; else if [ -e b ]; then B=3; fi; fi\n",
      0,
      "",
    ],
    [
      "blanks around =",
      "GRUB_X = 1\n",
      1,
      'GRUB_X = 1 has a blank beside the "=", and sh takes "GRUB_X" for a program to run',
    ],
    [
      "a blank behind =",
      "GRUB_X= a b\n",
      1,
      'GRUB_X= a b has a blank beside the "=", and sh takes "a" for a program to run',
    ],
    ["a redirection", "GRUB_X=1>2\n", 1, "GRUB_X=1>2 needs quotes: sh takes >2 for a redirection"],
    [
      "words without quotes",
      "GRUB_X=quiet splash\n",
      1,
      'GRUB_X=quiet splash needs quotes: sh takes "splash" for a program to run',
    ],
  ])("is told with the line: %s", (_case, text, line, what) => {
    const { faults } = sourceFiles([{ path: "settings", text }]);
    expect(faults.map((fault) => [fault.line, fault.what])).toEqual(line === 0 ? [] : [[line, what]]);
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
