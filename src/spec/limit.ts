/** Nobody reads more, and a file that is no spec at all can have one problem per byte. */
export const MOST_DIAGNOSTICS = 100;

/** Enough of one rule's problems to know that there are too many; the rest is never worked out. */
export function firstOnes<T>(problems: Iterable<T>): readonly T[] {
  const first: T[] = [];
  for (const problem of problems) {
    first.push(problem);
    if (first.length > MOST_DIAGNOSTICS) break;
  }
  return first;
}
