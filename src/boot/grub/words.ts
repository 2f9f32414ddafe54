import { parseOption } from "../../cmdline.ts";

/**
 * How an option gets from GRUB's settings to the kernel: the text of GRUB_CMDLINE_LINUX stands as it is in
 * grub.cfg; GRUB's script parser makes words of it (GRUB manual, "Shell-like scripting"); GRUB joins the words, those
 * with a blank in double quotes, and puts a backslash before quotes and backslashes (grub-core/lib/cmdline.c), which
 * the kernel takes for a part of the value, since nothing escapes there.
 */

/** One word of a script line. */
export interface ScriptWord {
  /** Where it stands in the text; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  /** Undefined where a variable is a part of it, whose value only GRUB knows. */
  readonly text: string | undefined;
}

/** The words of one command; an unquoted `;`, `|`, `&`, brace, or line break ends it. */
export function scriptWords(line: string): ScriptWord[] {
  const words: ScriptWord[] = [];
  let at = 0;
  while (at < line.length) {
    const char = line[at] ?? "";
    if (char === " " || char === "\t") at++;
    else if (ENDS_COMMAND.test(char) || char === "#") break;
    else {
      const word = wordAt(line, at);
      words.push(word);
      at = word.to;
    }
  }
  return words;
}

const ENDS_COMMAND = /[\n;|&<>{}]/;
/** Characters behind which a backslash vanishes in double quotes. */
const ESCAPED = '$"\\\n';

function wordAt(line: string, from: number): ScriptWord {
  let text: string | undefined = "";
  const add = (more: string | undefined): void => {
    text = text === undefined || more === undefined ? undefined : text + more;
  };
  let quoted = false;
  let at = from;
  while (at < line.length) {
    const char = line[at] ?? "";
    if (!quoted && (/[ \t]/.test(char) || (ENDS_COMMAND.test(char) && line[at - 1] !== "$"))) break;
    if (char === '"') {
      quoted = !quoted;
      at++;
    } else if (char === "'" && !quoted) {
      const end = line.indexOf("'", at + 1);
      add(line.slice(at + 1, end === -1 ? undefined : end));
      at = end === -1 ? line.length : end + 1;
    } else if (char === "\\") {
      const next = line[at + 1] ?? "";
      add(quoted && !ESCAPED.includes(next) ? char + next : next);
      at += 2;
    } else if (char === "$") {
      const variable = /^\$(?:\{[^}]*\}|[A-Za-z_][A-Za-z0-9_]*|[0-9@#?*])/.exec(line.slice(at))?.[0];
      add(variable === undefined ? char : undefined);
      at += variable?.length ?? 1;
    } else {
      add(char);
      at++;
    }
  }
  return { from, to: at, text };
}

/** A word as GRUB hands it to the kernel. */
export function onKernelLine(word: string): string {
  const escaped = word.replace(/[\\'"]/g, String.raw`\$&`);
  return word.includes(" ") ? `"${escaped}"` : escaped;
}

/** What needs no quotes in a script, and is no wildcard, operator or comment there. */
const PLAIN = /^[A-Za-z0-9_.,:=/@%+~-]+$/;

/**
 * An option as it is written into GRUB_CMDLINE_LINUX_DEFAULT so that the kernel understands it as spelled, or
 * undefined where it cannot be: GRUB would put a backslash before a quote or backslash, and a line break ends a
 * command.
 */
export function toScript(option: string): string | undefined {
  const bare = withoutQuotes(option);
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (/["'\\\u0000-\u001f\u007f]/.test(bare)) return undefined;
  const script = PLAIN.test(bare) ? bare : `'${bare}'`;
  const [back, ...more] = scriptWords(script);
  if (back?.text === undefined || more.length > 0) return undefined;
  const [meant, got] = [parseOption(option), parseOption(onKernelLine(back.text))];
  return meant.name === got.name && meant.value === got.value ? script : undefined;
}

/** @throws Error where {@link toScript} gives none. */
export function writtenOption(option: string): string {
  const script = toScript(option);
  if (script === undefined) throw new Error(`GRUB cannot hand ${option} to the kernel`);
  return script;
}

/** The option without the quotes around itself or around its value. */
function withoutQuotes(option: string): string {
  const whole = /^"(.*?)"?$/s.exec(option)?.[1];
  if (whole !== undefined) return whole;
  const [, name, value] = /^([^="]+=)"(.*?)"?$/s.exec(option) ?? [];
  return name === undefined || value === undefined ? option : name + value;
}
