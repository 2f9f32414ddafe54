import { compareDebianVersions } from "../../platform/debian/version.ts";
import type { GrubOrder } from "../../model/index.ts";

/**
 * The order of the menu's kernels, the newest first, as version_find_latest of grub-mkconfig_lib has it. Debian and
 * Ubuntu ask dpkg, and put a tilde before words that mean "not yet"; upstream asks `sort -V`. A name that ends in
 * `.old` comes after the same name without.
 */
export function newestFirst(releases: readonly string[], order: GrubOrder): string[] {
  const left = [...releases];
  // Only a name with .old may be newer than one and older than its equal: without, there is one order to sort by.
  if (!left.some((release) => release.endsWith(".old"))) return left.sort((a, b) => compare(b, a, order));
  const sorted: string[] = [];
  while (left.length > 0) {
    const latest = left.reduce((best, release) => (isNewer(release, best, order) ? release : best));
    sorted.push(latest);
    left.splice(left.indexOf(latest), 1);
  }
  return sorted;
}

function isNewer(a: string, b: string, order: GrubOrder): boolean {
  const compared = compare(base(a, b), base(b, a), order);
  // Of two equal names the one with .old comes later.
  return b.endsWith(".old") && !a.endsWith(".old") ? compared >= 0 : compared > 0;
}

/** `.old` does not count against a name that has it not. */
function base(name: string, other: string): string {
  return name.endsWith(".old") && !other.endsWith(".old") ? name.slice(0, -".old".length) : name;
}

function compare(a: string, b: string, order: GrubOrder): number {
  const before = (text: string): string => text.replace(/[._-](pre|rc|test|git|old|trunk)/g, "~$1");
  return order === "dpkg"
    ? compareDebianVersions(before(a), before(b))
    : compareVersionSort(before(a), before(b));
}

/**
 * `sort -V` of GNU coreutils (filevercmp of gnulib): as dpkg's comparison of one part, but without epoch and revision,
 * and with suffixes like `.gz` looked at last.
 */
function compareVersionSort(a: string, b: string): number {
  const [left, right] = [a.replace(SUFFIX, ""), b.replace(SUFFIX, "")];
  return compareWhole(left, right) || compareWhole(a, b);
}

const SUFFIX = /(\.[A-Za-z~][A-Za-z0-9~]*)*$/;

/** Text and numbers in turn; in text a tilde sorts before the end, letters before all else. */
function compareWhole(a: string, b: string): number {
  const parts = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  let [i, j] = [0, 0];
  const [left, right] = [parts(a), parts(b)];
  while (i < left.length || j < right.length) {
    const text = [/^\D/.test(left[i] ?? "") ? left[i++] : "", /^\D/.test(right[j] ?? "") ? right[j++] : ""];
    const number = [
      /^\d/.test(left[i] ?? "") ? left[i++] : "0",
      /^\d/.test(right[j] ?? "") ? right[j++] : "0",
    ];
    const result =
      compareText(text[0] ?? "", text[1] ?? "") ||
      Math.sign(Number(BigInt(number[0] ?? "0") - BigInt(number[1] ?? "0")));
    if (result !== 0) return result;
  }
  return 0;
}

function compareText(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = weight(a[at]) - weight(b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function weight(char: string | undefined): number {
  if (char === undefined) return 0;
  if (char === "~") return -1;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}
