/**
 * The order of versions in deb-version(7), for the kernelstub stand-in: it compares with python-debian, which
 * refuses what is no Debian version. Apart from the code under test on purpose.
 */
export function isNewer(a: string, b: string): boolean {
  return compare(parse(a), parse(b)) > 0;
}

interface Version {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

/** As python-debian: a name that it does not take is a ValueError, which nothing in kernelstub catches. */
export class ValueError extends Error {}

const VERSION = /^(?:(\d+):)?([A-Za-z0-9.+:~-]+?)(?:-([A-Za-z0-9+.~]+))?$/;

function parse(text: string): Version {
  const found = VERSION.exec(text);
  if (found === null) throw new ValueError(`Invalid version string '${text}'`);
  return { epoch: Number(found[1] ?? 0), upstream: found[2] ?? "", revision: found[3] ?? "0" };
}

function compare(a: Version, b: Version): number {
  return a.epoch - b.epoch || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision);
}

/** Turns of a part without digits and a part of digits. */
function compareParts(a: string, b: string): number {
  const left = a.match(/\D*\d*/g) ?? [];
  const right = b.match(/\D*\d*/g) ?? [];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [textA, numberA] = split(left[at] ?? "");
    const [textB, numberB] = split(right[at] ?? "");
    const order = compareTexts(textA, textB) || numberA - numberB;
    if (order !== 0) return order;
  }
  return 0;
}

function split(turn: string): [string, number] {
  const text = /^\D*/.exec(turn)?.[0] ?? "";
  return [text, Number(turn.slice(text.length) || "0")];
}

/** `~` before the end, the end before letters, letters before the rest. */
function compareTexts(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = weight(a[at]) - weight(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function weight(char: string | undefined): number {
  if (char === "~") return -1;
  if (char === undefined) return 0;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}
