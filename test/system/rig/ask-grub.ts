import type { Answer, Menu } from "../../boot/grub/real-menus.ts";
import { askLoaders } from "./firmware.ts";
import type { Suite } from "./loader-programs.ts";
import { loaderProgram } from "./loader-programs.ts";

/** Where Debian's image has its `prefix`, on the partition that it was started from. */
const FOLDER = "EFI/debian";
const PROGRAM = `${FOLDER}/grubx64.efi`;

/** What the real GRUB of a Debian release carries out, for each menu. */
export async function askGrub(suite: Suite, menus: readonly Menu[]): Promise<readonly Answer[]> {
  const program = loaderProgram("grub", suite);
  const consoles = await askLoaders(
    menus.map((menu) => ({ program: PROGRAM, esp: { ...placed(menu), [PROGRAM]: program } })),
  );
  return consoles.map(answerIn);
}

function placed(menu: Menu): Record<string, string> {
  const { "grub.cfg": text, grubenv, ...others } = menu.files;
  const texts = {
    ...Object.fromEntries(Object.entries(others).map(([name, other]) => [name, telling(other)] as const)),
    // What a menu waits for is the user.
    "grub.cfg": [...TELL, telling(text), "set timeout=0", ""].join("\n"),
    ...(grubenv === undefined ? {} : { grubenv }),
  };
  return Object.fromEntries(
    Object.entries(texts).map(([name, file]) => [`${FOLDER}/${name}`, file] as const),
  );
}

/** Instead of what loads something: says with which arguments, up to a mark, for the console breaks long lines. */
const TELL = ["linux", "initrd", "chainloader"].map(
  (command) => `function judge_${command} {\n\techo JUDGE-${command} "$@" JUDGE-end\n}\n`,
);
const TELL_ENTRY = 'echo "JUDGE-entry $chosen JUDGE-end"';

/** Where a command may begin. */
const BEGIN = /(^|[;{]|\b(?:if|elif|then|else)\b)([ \t]*)/.source;

/**
 * The menu with as little changed as possible: each entry says what it would load, and then ends GRUB. What looks for file
 * systems, modules and screens is left out; a font alone takes seconds.
 */
function telling(text: string): string {
  return text
    .replaceAll(new RegExp(`${BEGIN}(linux|initrd|chainloader)(?:efi|16)?(?=\\s)`, "gm"), "$1$2judge_$3")
    .replaceAll(new RegExp(`${BEGIN}(?:search|insmod|loadfont|terminal_output)\\s[^;\\n]*`, "gm"), "$1$2true")
    .replaceAll(
      /^([ \t]*menuentry\s.*\{)[ \t\r]*\n([^]*?)^([ \t]*\})[ \t\r]*$/gm,
      `$1\n${TELL_ENTRY}\n$2exit\n$3`,
    )
    .replaceAll(/^([ \t]*menuentry\s.*\{)(.*)\}[ \t\r]*$/gm, `$1\n${TELL_ENTRY}\n$2\nexit\n}`);
}

function answerIn(console: string): Answer {
  const text = console.replaceAll(TERMINAL, "");
  const said = (what: string): string | undefined =>
    new RegExp(`JUDGE-${what} ?([^]*?) ?JUDGE-end`)
      .exec(text)?.[1]
      ?.replaceAll(/[\r\n]/g, "")
      .trim();
  const [linux, initrd, chainloader] = [said("linux"), said("initrd"), said("chainloader")];
  return {
    entry: said("entry") ?? `none: ${text.trim()}`,
    ...(linux === undefined ? {} : { linux }),
    ...(initrd === undefined ? {} : { initrd }),
    ...(chainloader === undefined ? {} : { chainloader }),
  };
}

// eslint-disable-next-line no-control-regex -- a terminal's commands begin with one
const TERMINAL = /\x1b\[[0-9;=?]*[A-Za-z]/g;
