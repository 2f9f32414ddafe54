import { posix } from "node:path";
import type { LoaderEntry } from "../../model/index.ts";

/**
 * The entries as systemd-boot lists them (Boot Loader Specification, "Sorting"): entries that are out of tries last;
 * entries with a sort key before those without, by key, machine and then the newest version; else by id, the newest
 * first.
 */
export function inMenuOrder(entries: readonly LoaderEntry[]): LoaderEntry[] {
  return [...entries].sort(compareEntries);
}

function compareEntries(a: LoaderEntry, b: LoaderEntry): number {
  const bad = Number(isBad(a)) - Number(isBad(b));
  if (bad !== 0) return bad;
  const keyless = Number(a.sortKey === undefined) - Number(b.sortKey === undefined);
  if (keyless !== 0) return keyless;
  return (
    (a.sortKey === undefined
      ? 0
      : compareText(a.sortKey, b.sortKey ?? "") ||
        compareText(a.machineId ?? "", b.machineId ?? "") ||
        -compareVersions(a.version ?? "", b.version ?? "")) ||
    // systemd-boot takes the names of entries in lower case, as they mean the same on an ESP.
    -compareVersions(a.id.toLowerCase(), b.id.toLowerCase()) ||
    compareTries(a.tries, b.tries)
  );
}

/** Of two counted files of one entry the one with more tries left comes first, then the one that was tried less. */
function compareTries(a: LoaderEntry["tries"], b: LoaderEntry["tries"]): number {
  return a === undefined || b === undefined ? 0 : b.left - a.left || a.done - b.done;
}

export function isBad({ tries }: LoaderEntry): boolean {
  return tries?.left === 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The UAPI version format specification: separators are passed over, a tilde sorts before everything, `-`, `^` and `.`
 * end a part, numbers are compared as numbers and come after letters.
 */
export function compareVersions(a: string, b: string): number {
  let [left, right] = [a, b];
  for (;;) {
    left = left.replace(/^[^A-Za-z0-9~\-^.]+/, "");
    right = right.replace(/^[^A-Za-z0-9~\-^.]+/, "");
    const tilde = Number(right.startsWith("~")) - Number(left.startsWith("~"));
    if (tilde !== 0) return tilde;
    if (left.startsWith("~")) {
      [left, right] = [left.slice(1), right.slice(1)];
      continue;
    }
    if (left === "" || right === "") return Math.sign(left.length - right.length);
    let passed = false;
    for (const mark of ["-", "^", "."]) {
      const [one, other] = [left.startsWith(mark), right.startsWith(mark)];
      if (one !== other) return one ? -1 : 1;
      if (one) {
        [left, right] = [left.slice(1), right.slice(1)];
        passed = true;
        break;
      }
    }
    if (passed) continue;
    const [digits, otherDigits] = [/^[0-9]*/.exec(left)?.[0] ?? "", /^[0-9]*/.exec(right)?.[0] ?? ""];
    if (digits !== "" || otherDigits !== "") {
      // Letters, or nothing, are older than a number.
      if (digits === "" || otherDigits === "") return digits === "" ? -1 : 1;
      const order = compareNumbers(digits, otherDigits);
      if (order !== 0) return order;
      [left, right] = [left.slice(digits.length), right.slice(otherDigits.length)];
      continue;
    }
    const [letters, otherLetters] = [/^[A-Za-z]*/.exec(left)?.[0] ?? "", /^[A-Za-z]*/.exec(right)?.[0] ?? ""];
    const order = compareText(letters, otherLetters);
    if (order !== 0) return order;
    [left, right] = [left.slice(letters.length), right.slice(otherLetters.length)];
  }
}

function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length - right.length || compareText(left, right);
}

/** The loader leaves out an entry whose kernel is not there. */
export function isShown({ kind, image, program }: LoaderEntry): boolean {
  return kind !== undefined || image !== undefined || program !== undefined;
}

/** The name of an entry's file, counter included. */
export function fileName({ path }: LoaderEntry): string {
  return posix.basename(path);
}
