/**
 * Orders two versions as pacman does (vercmp(8)): first the epoch, then the version, then the package's release, which
 * counts only where both have one. Negative where `a` is older.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  const order = compareParts(left.epoch, right.epoch) || compareParts(left.version, right.version);
  if (order !== 0 || left.release === undefined || right.release === undefined) return order;
  return compareParts(left.release, right.release);
}

/** Those that pacman takes for equal follow in the order of their code units. */
export function newestFirst(a: string, b: string): number {
  return compareVersions(b, a) || (a < b ? -1 : a > b ? 1 : 0);
}

interface Parts {
  readonly epoch: string;
  readonly version: string;
  readonly release?: string | undefined;
}

/** The release follows the last dash. */
function split(text: string): Parts {
  const [, epoch = "0", version = text, release] = /^(?:(\d*):)?(.*?)(?:-([^-]*))?$/s.exec(text) ?? [];
  return { epoch: epoch === "" ? "0" : epoch, version, release };
}

/** Runs of digits and of letters are compared one after the other; what stands between two runs only by its length. */
function compareParts(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [runsOf(a), runsOf(b)];
  for (let at = 0; ; at++) {
    const [one, other] = [left[at], right[at]];
    if (one === undefined || other === undefined) return compareEnds(one, other);
    const order = compareRuns(one, other);
    if (order !== 0) return order;
  }
}

interface Run {
  /** The length of what stands before it. */
  readonly gap: number;
  readonly text: string;
}

function runsOf(part: string): Run[] {
  return Array.from(part.matchAll(/([^0-9A-Za-z]*)([0-9]+|[A-Za-z]+)/g), ([, gap = "", text = ""]) => ({
    gap: gap.length,
    text,
  }));
}

/** Letters at the end make it older (`1.0rc` before `1.0`), any other rest newer; a rest of neither decides nothing. */
function compareEnds(one: Run | undefined, other: Run | undefined): number {
  if (one === undefined && other === undefined) return 0;
  if (one === undefined) return isWord(other) ? 1 : -1;
  return isWord(one) ? -1 : 1;
}

/** Letters that follow a number at once. */
function isWord(run: Run | undefined): boolean {
  return run?.gap === 0 && /^[A-Za-z]/.test(run.text);
}

function compareRuns(one: Run, other: Run): number {
  if (one.gap !== other.gap) return one.gap - other.gap;
  const numbers = [one, other].filter(({ text }) => /^[0-9]/.test(text));
  if (numbers.length === 1) return numbers[0] === one ? 1 : -1;
  if (numbers.length === 2) {
    const [left, right] = [one.text.replace(/^0+/, ""), other.text.replace(/^0+/, "")];
    return left.length - right.length || compareText(left, right);
  }
  return compareText(one.text, other.text);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
