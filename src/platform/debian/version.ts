/**
 * Orders two versions by deb-version(7): first the epoch, then the upstream version, then the revision. Negative
 * when `a` is older, positive when it is newer, 0 when dpkg takes them for the same (`1.0` and `1.0-0`).
 *
 * Every text has its place in this order, also one that is no valid version, such as a kernel release with an
 * underscore: a list can always be sorted.
 */
export function compareDebianVersions(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  return (
    compareNumbers(left.epoch, right.epoch) ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

/** Releases that dpkg takes for equal follow in the order of their code units. */
export function newestFirst(a: string, b: string): number {
  return compareDebianVersions(b, a) || (a < b ? -1 : a > b ? 1 : 0);
}

interface Parts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/** A revision follows the last dash; a dash at the very start or end divides nothing. */
function split(version: string): Parts {
  const parts = /^(?:([0-9]+):)?(.+?)(?:-([^-:]+))?$/s.exec(version);
  return { epoch: parts?.[1] ?? "", upstream: parts?.[2] ?? "", revision: parts?.[3] ?? "" };
}

/** Text and digits take turns, the text first; a missing end counts as empty. */
function compareParts(a: string, b: string): number {
  const left = runs(a);
  const right = runs(b);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const one = left[at] ?? END;
    const other = right[at] ?? END;
    const order = compareText(one.text, other.text) || compareNumbers(one.digits, other.digits);
    if (order !== 0) return order;
  }
  return 0;
}

interface Run {
  readonly text: string;
  readonly digits: string;
}

const END: Run = { text: "", digits: "" };

function runs(part: string): Run[] {
  return Array.from(part.matchAll(/([^0-9]*)([0-9]*)/g), ([, text = "", digits = ""]) => ({ text, digits }));
}

function compareText(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = weight(a[at]) - weight(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde sorts before the end, the end before letters, letters before all else. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === "~") return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

/** By length and then digit by digit, for a version may hold a number that a double cannot. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, "");
  const right = b.replace(/^0+/, "");
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}
