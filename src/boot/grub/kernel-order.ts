import { PLATFORMS } from "../../platform/platforms.ts";
import type { GrubOrder } from "../../model/index.ts";

/**
 * The order of the menu's kernels, the newest first, behind those of the named flavours. GRUB 2.12 sorts their paths at
 * once; before, it is as version_find_latest of grub-mkconfig_lib has it: Debian and Ubuntu ask dpkg, and put a tilde
 * before words that mean "not yet"; upstream asks `sort -V`. A name that ends in `.old` comes after the same name without.
 */
export function newestFirst(
  releases: readonly string[],
  order: GrubOrder,
  flavours: readonly string[] = [],
): string[] {
  const sorted =
    order === "sort-V-of-paths" || order === "dpkg-of-paths"
      ? byPath(releases, order)
      : byAsking(releases, order);
  // Within a flavour the order is that of all.
  const place = (release: string): number => {
    const at = flavours.findIndex((flavour) => isOf(release, flavour, order));
    return at === -1 ? flavours.length : at;
  };
  return sorted.sort((a, b) => place(a) - place(b));
}

/** version_test_gt wants the number of a build before it, and takes no name with .old. */
function isOf(release: string, flavour: string, order: GrubOrder): boolean {
  return order === "dpkg-of-paths"
    ? new RegExp(`-${flavour}$`).test(release.replace(/\.old$/, ""))
    : new RegExp(`-[0-9]*-${flavour}$`).test(tilded(release));
}

function byAsking(releases: readonly string[], order: "dpkg" | "sort-V"): string[] {
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

function isNewer(a: string, b: string, order: "dpkg" | "sort-V"): boolean {
  const compared = compare(base(a, b), base(b, a), order);
  // Of two equal names the one with .old comes later.
  return b.endsWith(".old") && !a.endsWith(".old") ? compared >= 0 : compared > 0;
}

/** `.old` does not count against a name that has it not. */
function base(name: string, other: string): string {
  return name.endsWith(".old") && !other.endsWith(".old") ? name.slice(0, -".old".length) : name;
}

function compare(a: string, b: string, order: "dpkg" | "sort-V"): number {
  return order === "dpkg"
    ? PLATFORMS.debian.packages.compareVersions(tilded(a), tilded(b))
    : compareVersionSort(tilded(a), tilded(b));
}

function tilded(release: string): string {
  return release.replace(/[._-](pre|rc|test|git|old|trunk)/g, "~$1");
}

/**
 * 10_linux of GRUB 2.12: `.old` becomes " 1", all others get " 2" behind their path, and `sort -V -r` has the lines, or
 * Ubuntu's grub-sort-version, which has dpkg's order of them with the revision "-0".
 */
function byPath(releases: readonly string[], order: "sort-V-of-paths" | "dpkg-of-paths"): string[] {
  const compareLines = (a: string, b: string): number =>
    order === "sort-V-of-paths"
      ? compareVersionSort(a, b)
      : PLATFORMS.debian.packages.compareVersions(`${a}-0`, `${b}-0`);
  const line = (release: string): string =>
    release.endsWith(".old")
      ? `/boot/vmlinuz-${release.slice(0, -".old".length)} 1`
      : `/boot/vmlinuz-${release} 2`;
  // Lines that are equal as versions are sorted by their bytes.
  return [...releases].sort((a, b) => compareLines(line(b), line(a)) || (line(a) < line(b) ? 1 : -1));
}

/**
 * `sort -V` of GNU coreutils 9 (filevercmp of gnulib): much as dpkg compares one part, but without epoch and revision,
 * and with suffixes like `.gz` looked at last.
 */
function compareVersionSort(a: string, b: string): number {
  const [left, right] = [a.replace(SUFFIX, ""), b.replace(SUFFIX, "")];
  return compareWhole(left, right) || compareWhole(a, b);
}

const SUFFIX = /(\.[A-Za-z~][A-Za-z0-9~]*)*$/;

/** Text and numbers in turn (verrevcmp). */
function compareWhole(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
      const difference = weight(a[i]) - weight(b[j]);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const [one, other] = [numberAt(a, i), numberAt(b, j)];
    i += one.length;
    j += other.length;
    const difference = BigInt(one || "0") - BigInt(other || "0");
    if (difference !== 0n) return difference > 0n ? 1 : -1;
  }
  return 0;
}

function numberAt(text: string, at: number): string {
  return /^[0-9]*/.exec(text.slice(at))?.[0] ?? "";
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

/** A tilde sorts before the end, the end before a digit, letters before all else. */
function weight(char: string | undefined): number {
  if (char === undefined) return -1;
  if (isDigit(char)) return 0;
  if (char === "~") return -2;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}
