/** Text of the Boot Loader Specification's files: type #1 entries and systemd-boot's loader.conf(5). */

export interface EntryText {
  readonly title?: string | undefined;
  readonly version?: string | undefined;
  readonly sortKey?: string | undefined;
  readonly machineId?: string | undefined;
  /** Paths from the root of the partition that holds the entry. */
  readonly linux?: string;
  /** A program of EFI, where the entry starts that. */
  readonly efi?: string;
  /** As EFI names it, in small letters, where the entry is for one only. */
  readonly architecture?: string | undefined;
  readonly initrds: readonly string[];
  /** All `options` lines joined by one blank. */
  readonly options: string;
}

/** Unknown keys are passed over, as the specification asks; of a key that is there twice the last line counts. */
export function parseEntry(text: string): EntryText {
  const lines = keyedLines(text);
  const all = (wanted: string): string[] =>
    lines.filter(({ key }) => key === wanted).map(({ value }) => value);
  const [title, version, sortKey, machineId] = ["title", "version", "sort-key", "machine-id"].map((key) =>
    all(key).at(-1),
  );
  const architecture = all("architecture").at(-1)?.toLowerCase();
  // The one takes the other's place. The loader takes paths in both notations.
  const program = lines.findLast(({ key }) => key === "linux" || key === "efi");
  const path = program?.value.replaceAll("\\", "/");
  return {
    title,
    version,
    sortKey,
    machineId,
    ...(path === undefined ? {} : program?.key === "efi" ? { efi: path } : { linux: path }),
    architecture,
    initrds: all("initrd").map((initrd) => initrd.replaceAll("\\", "/")),
    options: all("options").join(" "),
  };
}

/** The last value of a key of loader.conf. A default that begins with `@` is passed over, unless it is `@saved`. */
export function loaderSetting(text: string, key: string): string | undefined {
  return keyedLines(text).findLast(
    (line) => line.key === key && !(key === "default" && /^@(?!saved$)/i.test(line.value)),
  )?.value;
}

/** Whether a text matches a pattern with `*`, `?` and `[…]`. Linear: on a mismatch it goes back to the last `*` only. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let inText = 0;
  let star = -1;
  let afterStar = 0;
  while (inText < text.length) {
    if (pattern[at] === "*") {
      star = at++;
      afterStar = inText;
      continue;
    }
    const matched = matchesOne(pattern, at, text[inText] ?? "");
    if (matched > 0) {
      at += matched;
      inText++;
    } else if (star >= 0) {
      at = star + 1;
      inText = ++afterStar;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/** How many characters of the pattern stand for this one of the text; 0 where they do not match. */
function matchesOne(pattern: string, at: number, char: string): number {
  const set = /^\[([^\]]+)\]/.exec(pattern.slice(at, at + LONGEST_SET));
  if (set === null) return pattern[at] === "?" || pattern[at] === char ? 1 : 0;
  const [whole, members = ""] = set;
  const parts = [...members.matchAll(/(.)-(.)|./gs)];
  const matches = parts.some(([one, from, to]) =>
    from === undefined || to === undefined ? one === char : from <= char && char <= to,
  );
  return matches ? whole.length : 0;
}

const LONGEST_SET = 64;

function keyedLines(text: string): { key: string; value: string }[] {
  return text.split("\n").flatMap((line) => {
    const found = /^\s*([^\s#]\S*)\s+(.*?)\s*$/.exec(line);
    if (found === null) return [];
    const [, key = "", value = ""] = found;
    // The loader takes double quotes around a whole value off.
    return [{ key, value: /^"(.*)"$/.exec(value)?.[1] ?? value }];
  });
}
