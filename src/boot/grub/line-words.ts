import { sameOption } from "../../cmdline.ts";
import type { GrubSettingsFile } from "../../model/index.ts";
import { shellQuote } from "../../shell-quote.ts";
import { sourceFiles } from "./shell-assignments.ts";
import { textOf } from "./shell-value.ts";
import type { Assigned, ShellVariables } from "./shell-variables.ts";
import { EVERYWHERE, USUAL, settingsOf } from "./settings.ts";
import type { SettingWord } from "./settings.ts";
import { writtenOption } from "./words.ts";

/**
 * The file at this path with these options at the end of the value that GRUB_CMDLINE_LINUX_DEFAULT gets last, in the quotes
 * that are there; every other byte stays. A file that never sets it gets a line for it.
 *
 * @throws Error for an option that GRUB cannot hand to the kernel: toScript (words.ts) tells.
 */
export function withWords(
  files: readonly GrubSettingsFile[],
  path: string,
  options: readonly string[],
): Map<string, string> {
  const words = options.map(writtenOption).join(" ");
  const variables = sourceFiles(files);
  const at = variables.assigned(USUAL);
  const text = files.find((file) => file.path === (at?.file ?? path))?.text ?? "";
  if (at === undefined) {
    const end = text === "" || text.endsWith("\n") ? "" : "\n";
    return new Map([[path, `${text}${end}${USUAL}="${inDouble(words)}"\n`]]);
  }
  const put = (from: number, to: number, by: string): Map<string, string> =>
    new Map([[at.file, text.slice(0, from) + by + text.slice(to)]]);
  const value = variables.get(USUAL);
  const cells = value?.known === true ? value.value : [];
  const isValue = (to: number): boolean => cells.some((cell) => cell.file === at.file && cell.to === to);
  const raw = text.slice(at.from, at.to);
  if (UNQUOTED.test(raw)) return put(at.from, at.to, `"${raw}${raw === "" ? "" : " "}${inDouble(words)}"`);
  const quote = raw.at(-1);
  if ((quote !== '"' && quote !== "'") || isValue(at.to)) return put(at.to, at.to, shellQuote(` ${words}`));
  const end = at.to - 1;
  const before = text[end - 1] ?? "";
  const blank = /[ \t]/.test(before) || (before === quote && !isValue(end)) ? "" : " ";
  const quoted = quote === '"' ? inDouble(words) : words.replaceAll("'", String.raw`'\''`);
  return put(end, end, blank + quoted);
}

/** A value without quotes that is the same in double quotes. */
const UNQUOTED = /^[A-Za-z0-9_.,:=/@%+-]*$/;

function inDouble(text: string): string {
  return text.replace(/["\\$`]/g, String.raw`\$&`);
}

/**
 * Why a person's own line cannot be edited surely, one clause with the file and the line; undefined where it can: with the
 * edit it has exactly these options, and every other setting is as before.
 */
export function whyUnsure(
  before: readonly GrubSettingsFile[],
  after: readonly GrubSettingsFile[],
  { cut, added, base }: { readonly base: readonly SettingWord[] } & Pick<Edit, "cut" | "added">,
): string | undefined {
  if (cut.length === 0 && added.length === 0) return undefined;
  const [variables, then] = [sourceFiles(before), sourceFiles(after)];
  const at = variables.assigned(USUAL);
  if (added.length > 0 && at?.inCondition === true) return `${placeOf(at)} sets ${USUAL} under a condition`;
  const other = [...new Set([...variables.names(), ...then.names()])]
    .filter((name) => name !== USUAL && name !== EVERYWHERE)
    .find((name) => !isSame(variables, then, name));
  if (other !== undefined) return `${other} is made from the option line as well`;
  const user = allKnown(variables) ? undefined : useOf(before);
  if (user !== undefined) return `${user} uses the option line, and not all of the file can be followed`;
  const { everywhere, usual } = settingsOf(after);
  const got = [everywhere, usual].flatMap((line) => (line.known ? line.value : []));
  const wished = [...base.filter((word) => !cut.includes(word)).map(({ option }) => option), ...added];
  const isThere =
    got.length === wished.length && got.every(({ option }, index) => sameOption(option, wished[index] ?? ""));
  if (isThere) return undefined;
  const lost = everywhere.known ? (usual.known ? undefined : usual.why) : everywhere.why;
  return (
    lost ?? `what ${at === undefined ? "the file" : placeOf(at)} has would not be the declared line then`
  );
}

interface Edit {
  readonly cut: readonly SettingWord[];
  readonly added: readonly string[];
}

function placeOf({ file, line }: Pick<Assigned, "file" | "line">): string {
  return `${file}:${line}`;
}

function isSame(one: ShellVariables, other: ShellVariables, name: string): boolean {
  const [a, b] = [one.get(name), other.get(name)];
  if (a?.known !== true || b?.known !== true) return a?.known === b?.known;
  return textOf(a.value) === textOf(b.value);
}

function allKnown(variables: ShellVariables): boolean {
  return variables.names().every((name) => variables.get(name)?.known === true);
}

/** The line that expands one of the option lines, in a file where not all can be followed. */
function useOf(files: readonly GrubSettingsFile[]): string | undefined {
  for (const { path, text } of files) {
    const line = text
      .split("\n")
      .findIndex((one) => !/^\s*#/.test(one) && /\$\{?GRUB_CMDLINE_LINUX(?:_DEFAULT)?\b/.test(one));
    if (line !== -1) return placeOf({ file: path, line: line + 1 });
  }
  return undefined;
}
