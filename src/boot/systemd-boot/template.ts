import { splitLine } from "../../cmdline.ts";
import type { HostState } from "../../model/index.ts";

/** What kernel-install makes new entries from: all lines of it are one line of options (kernel-install(8)). */
export const TEMPLATE = "/etc/kernel/cmdline";

/** Since this version, 90-loaderentry.install leaves lines out that begin with `#`, blanks before it or not. */
const KNOWS_COMMENTS = 254;

/** Whether the kernel-install of this host takes the words of a comment for options. */
export function takesComments({ packages }: Pick<HostState, "packages">): boolean {
  const installed = packages.known ? packages.value.find(({ name }) => name === "systemd") : undefined;
  return installed !== undefined && Number.parseInt(installed.version, 10) < KNOWS_COMMENTS;
}

function isComment(line: string): boolean {
  return /^\s*#/.test(line);
}

export function hasComments(text: string): boolean {
  return text.split("\n").some(isComment);
}

/** The options of the template, as who wrote it means them. */
export function templateOptions(text: string): string[] {
  return text.split("\n").flatMap((line) => (isComment(line) ? [] : splitLine(line)));
}

/** What of the template comes onto the line of a new entry. */
export function optionsOfNewEntry(text: string, state: Pick<HostState, "packages">): string[] {
  return takesComments(state) ? splitLine(text) : templateOptions(text);
}

/**
 * The template with these options: lines and comments stay, words are changed in their places, and new ones come behind
 * those that they follow.
 */
export function withTemplateOptions(text: string, options: readonly string[]): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const words = lines.map((line) => (isComment(line) ? [] : splitLine(line)));
  const places = words.flatMap((found, line) => found.map(() => line));
  const first = lines.findIndex((line) => !isComment(line));
  const changed: string[][] = lines.map(() => []);
  const old = words.flat();
  let at = 0;
  let line = places[0] ?? first;
  options.forEach((option, index) => {
    const same = old.indexOf(option, at);
    const isNew = same === -1;
    // A word that is wanted no more gives its place to the one that comes instead.
    const isInstead = isNew && at < old.length && !options.slice(index).includes(old[at] ?? "");
    if (!isNew) at = same;
    if (!isNew || isInstead) line = places[at++] ?? line;
    changed[line]?.push(option);
  });
  const result = lines.map((before, index) =>
    isComment(before) || changed[index]?.join(" ") === words[index]?.join(" ")
      ? before
      : (changed[index] ?? []).join(" "),
  );
  // Where there is nothing but comments.
  if (first === -1 && options.length > 0) result.push(options.join(" "));
  return result.join("\n") + (text.endsWith("\n") ? "\n" : "");
}
