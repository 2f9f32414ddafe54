/**
 * Words of an ExecStart= line, by systemd.service(5) "Command lines", systemd.syntax(7) "Quoting" and systemd.unit(5)
 * "Specifiers". Three readers come after each other: words are unquoted and unescaped, then `%` is expanded in each, and
 * when the command is run `$`, in each but the program's path.
 */

/** Characters that need no quotes, in words and in systemd's eyes. */
const BARE = /^[A-Za-z0-9/_.,:=@+-]+$/;
/** C0, DEL and C1: none that a name has by intent, and the lines of a unit and of a terminal hang on them. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Why a path cannot be an argument of a unit's command; undefined where it can. */
export function whyNoArgument(path: string): string | undefined {
  if (CONTROL.test(path)) return "it has a control character";
  // Not UTF-8 on the disk, which systemd does not read.
  return isWellFormed(path) ? undefined : "it is not UTF-8";
}

/** Why a path cannot be the program of a unit's command: config_parse_exec() refuses more there. */
export function whyNoProgram(path: string): string | undefined {
  const odd = /["'\\]/.exec(path)?.[0];
  if (odd !== undefined) return `systemd takes no program with ${odd} in its path`;
  // Expanded in argv[0] and not in the path, so it has no one spelling.
  if (path.includes("$")) return "systemd has no spelling for a $ in a program's path";
  return whyNoArgument(path);
}

/** An absolute path as the word of a command, for all that {@link whyNoArgument} says nothing against. */
export function wordOf(path: string): string {
  if (BARE.test(path)) return path;
  const escaped = path.replace(/["\\]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `"${escaped}"`;
}

/**
 * The words of a command as they would be run, for the shapes that {@link wordOf} writes and for what a person may have
 * made of them; undefined for what only systemd knows, such as a specifier or a variable.
 */
export function wordsOf(command: string): readonly string[] | undefined {
  const words: string[] = [];
  const token = /\s*((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"'\\]|\\.)+)(?=\s|$)/uy;
  const text = command.trim();
  while (token.lastIndex < text.length) {
    const raw = token.exec(text)?.[1];
    const word = raw === undefined ? undefined : unescaped(raw);
    if (word === undefined) return undefined;
    words.push(word);
  }
  return words;
}

function unescaped(raw: string): string | undefined {
  const parts = raw.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"'\\]+|\\./gu) ?? [];
  const inner = parts.map((part) => (/^["']/.test(part) ? part.slice(1, -1) : part)).join("");
  if (/\\[^"'\\]/u.test(inner.replace(/\\\\/g, ""))) return undefined;
  const plain = inner.replace(/\\(["'\\])/g, "$1");
  if (plain.replaceAll("%%", "").includes("%") || plain.replaceAll("$$", "").includes("$")) return undefined;
  return plain.replaceAll("%%", "%").replaceAll("$$", "$");
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
