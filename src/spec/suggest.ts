/**
 * The candidate that `word` was probably meant to be: the closest one, if few enough edits away for its
 * length. Case, `-` and `_` do not count, so `boot_symlinks` finds `bootSymlinks`.
 *
 * @param lettersAnEdit Where most words are right although nobody knows them, more letters than three speak for an edit.
 */
export function suggest(word: string, candidates: Iterable<string>, lettersAnEdit = 3): string | undefined {
  const wanted = folded(word);
  let best: string | undefined;
  let fewest = Math.min(3, Math.ceil(wanted.length / lettersAnEdit)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(wanted, folded(candidate), fewest);
    if (edits < fewest) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

function folded(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/gu, "");
}

/** Levenshtein distance; `limit` when it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, at(previous, column) + 1, at(current, column - 1) + 1));
    }
    previous = current;
  }
  return Math.min(limit, at(previous, b.length));
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
