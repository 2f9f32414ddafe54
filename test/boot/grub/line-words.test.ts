import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyUnsure } from "../../../src/boot/grub/line-words.ts";
import type { SettingWord } from "../../../src/boot/grub/settings.ts";
import { settingsOf } from "../../../src/boot/grub/settings.ts";
import { withEdits } from "../../../src/boot/grub/wanted.ts";
import { scriptWords } from "../../../src/boot/grub/words.ts";

const PATH = "/etc/default/grub";
const NAME = "GRUB_CMDLINE_LINUX_DEFAULT";

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-line-"));
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

interface Edited {
  readonly text: string;
  readonly unsure: string | undefined;
}

/** The file without some options, and with others at the end of the line. */
function edit(text: string, added: readonly string[], gone: readonly string[] = []): Edited {
  const files = [{ path: PATH, text, mode: 0o644, uid: 0, gid: 0 }];
  const { everywhere, usual } = settingsOf(files);
  if (!everywhere.known || !usual.known) throw new Error("not known");
  const base: readonly SettingWord[] = [...everywhere.value, ...usual.value];
  const cut = base.filter(({ option }) => gone.includes(option));
  const after = withEdits(files, { path: PATH, isDropIn: false }, { added, cut });
  return { text: after[0]?.text ?? "", unsure: whyUnsure(files, after, { base, cut, added }) };
}

describe("an option that goes to the line of a person's own file", () => {
  it.each([
    [`X="quiet splash"`, `X="quiet splash zz=1"`],
    [`X='quiet'  # theirs`, `X='quiet zz=1'  # theirs`],
    [`X=""`, `X="zz=1"`],
    [`X=''`, `X='zz=1'`],
    [`X=`, `X="zz=1"`],
    [`X=quiet`, `X="quiet zz=1"`],
    [`X="quiet "`, `X="quiet zz=1"`],
    [String.raw`X=quiet\ splash`, String.raw`X=quiet\ splash' zz=1'`],
    [String.raw`X="a=\"b\""`, String.raw`X="a=\"b\" zz=1"`],
    [`X="quiet \\\n  splash"`, `X="quiet \\\n  splash zz=1"`],
    [`X="a"'b'`, `X="a"'b zz=1'`],
    [`X=a\nX="$X b"`, `X=a\nX="$X b zz=1"`],
    [`X=a\nX=$X`, `X=a\nX=$X' zz=1'`],
    [`GRUB_NONE=\nX="$GRUB_NONE"`, `GRUB_NONE=\nX="$GRUB_NONE zz=1"`],
    [`X=a\nX=b; Y=1`, `X=a\nX="b zz=1"; Y=1`],
    [`export X="a"`, `export X="a zz=1"`],
    [`# X="a"`, `# X="a"\nX="zz=1"\n`],
  ])("%s becomes %s", (before, after) => {
    const named = (text: string): string => text.replaceAll("X", NAME);
    expect(edit(named(before), ["zz=1"])).toEqual({ text: named(after), unsure: undefined });
  });

  it("has its own blanks and signs in the quotes that are there", () => {
    const option = 'dyndbg="file a.c +p; $x `y`"';
    for (const quote of ['"', "'"]) {
      const { text, unsure } = edit(`${NAME}=${quote}quiet${quote}\n`, [option]);
      expect(unsure).toBeUndefined();
      expect(bySh([text])[0]?.get(NAME)).toBe("quiet 'dyndbg=file a.c +p; $x `y`'");
    }
  });

  it.each([
    [
      "under a condition",
      `A=1\nif [ "$A" = 1 ]; then\nX="a"\nfi\n`,
      `${PATH}:3 sets ${NAME} under a condition`,
    ],
    [
      "that another setting is made from",
      `X="a"\nGRUB_XEN="$X b"\n`,
      "GRUB_XEN is made from the option line as well",
    ],
    [
      "that a command of the file may use",
      `X="a"\nGRUB_D=$(echo "$X")\n`,
      `${PATH}:2 uses the option line, and not all of the file can be followed`,
    ],
    [
      "in a quote of GRUB's that is never closed",
      `X="a='b"\n`,
      `what ${PATH}:1 has would not be the declared line then`,
    ],
  ])("is not written where the line stands %s", (_what, text, why) => {
    expect(edit(text.replaceAll("X", NAME).replaceAll(`GRUB_${NAME}EN`, "GRUB_XEN"), ["zz=1"]).unsure).toBe(
      why,
    );
  });
});

const NAMES = ["GRUB_DEFAULT", "GRUB_X", "GRUB_CMDLINE_LINUX", NAME];
type Values = ReadonlyMap<string, string | undefined>;

/** What a real sh has in these variables once it has sourced each text; undefined where it will not. One sh for all. */
function bySh(texts: readonly string[]): (Values | undefined)[] {
  const files = texts.map((text, at) => {
    const file = join(folder, String(at));
    fs.writeFileSync(file, text);
    return file;
  });
  const shown = NAMES.map(
    (name) => `if [ "\${${name}+set}" ]; then printf 'set:%s\\0' "$${name}"; else printf 'no\\0'; fi`,
  );
  const each = `for f; do printf '\\1'; ( . "$f" >/dev/null; ${shown.join("; ")} ); done`;
  const output = execFileSync("/bin/sh", ["-c", each, "sh", ...files], {
    cwd: folder,
    env: { PATH: "" },
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
  return output
    .split("\x01")
    .slice(1)
    .map((one) => {
      const values = one.split("\0").map((text) => (text.startsWith("set:") ? text.slice(4) : undefined));
      return values.length > NAMES.length ? new Map(NAMES.map((name, at) => [name, values[at]])) : undefined;
    });
}

/** As GRUB makes words of it. */
function wordsIn(value: string | undefined): (string | undefined)[] {
  return scriptWords(value ?? "").map(({ text }) => text);
}

describe("any settings file that sh takes", () => {
  const value = fc.oneof(
    fc.constantFrom(
      "",
      '""',
      "''",
      "quiet",
      '"a  b"',
      "'a b '",
      String.raw`a\ b`,
      '"a \\\n b"',
      "a\"b c\"'d e'",
    ),
    fc.constantFrom(
      `"$${NAME} c"`,
      `$${NAME}`,
      '"$GRUB_X"',
      '"`id`"',
      `"$(echo $${NAME})"`,
      "~/x",
      String.raw`"a=\"b\""`,
    ),
  );
  const name = fc.constantFrom(NAME, NAME, NAME, "GRUB_CMDLINE_LINUX", "GRUB_X", "GRUB_DEFAULT");
  const assignment = fc
    .tuple(name, fc.constantFrom("=", "=", "=", "+="), value)
    .map((parts) => parts.join(""));
  const line = fc.oneof(
    { weight: 6, arbitrary: assignment },
    fc.tuple(assignment, assignment).map((both) => both.join(" ")),
    fc.tuple(assignment, assignment).map((both) => both.join("; ")),
    assignment.map((one) => `export ${one}`),
    assignment.map((one) => `if [ "$GRUB_X" = a ]; then ${one}; fi`),
    assignment.map((one) => `case a in a) ${one};; esac`),
    assignment.map((one) => `# ${one.replaceAll("\n", " ")}`),
    fc.constantFrom("", "  ", `unset ${NAME}`, `echo "$${NAME}"`, "true && GRUB_X=1", "# don't"),
  );
  const text = fc
    .tuple(fc.array(line, { minLength: 1, maxLength: 6 }), fc.constantFrom("\n", ""))
    .map(([lines, end]) => lines.join("\n") + end);

  it("has exactly the wished options then, and every other variable as before, or is left alone", () => {
    const added = fc.subarray(["zz=1", "iommu=pt", 'y="p q"'], { minLength: 1 });
    const gone = fc.subarray(["quiet", "a", "b", "c"]);
    const tried = fc.sample(fc.record({ text, added, gone }), 400).flatMap((one) => {
      try {
        const edited = edit(one.text, one.added, one.gone);
        return edited.unsure === undefined ? [{ ...one, after: edited.text }] : [];
      } catch {
        return [];
      }
    });
    const [before, after] = [bySh(tried.map((one) => one.text)), bySh(tried.map((one) => one.after))];
    const lines = tried.flatMap(({ added, gone, ...texts }, at) => {
      const real = before[at];
      // sh refuses the whole file, so grub-mkconfig does too.
      if (real === undefined) return [];
      const kept = (key: string): unknown[] =>
        wordsIn(real.get(key)).filter((word) => !gone.includes(word ?? ""));
      const wished = new Map<string, unknown>(real);
      wished.set(NAME, [...kept(NAME), ...added.map((option) => option.replaceAll('"', ""))]);
      wished.set("GRUB_CMDLINE_LINUX", kept("GRUB_CMDLINE_LINUX"));
      const got = new Map<string, unknown>(after[at]);
      for (const key of [NAME, "GRUB_CMDLINE_LINUX"]) got.set(key, wordsIn(after[at]?.get(key)));
      return [{ texts, wished, got }];
    });
    for (const { texts, wished, got } of lines) expect([texts, got]).toEqual([texts, wished]);
    // A reader that gave up on each would prove nothing.
    expect(lines.length).toBeGreaterThan(100);
  });
});
