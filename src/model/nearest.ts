/**
 * The known word that was most likely meant: one that begins with what was typed, or is a slip or two away.
 *
 * @returns null when nothing is near enough to be offered
 */
export function nearest(typed: string, known: readonly string[]): string | null {
  if (typed.length > 60) return null;
  const meant = typed.toLowerCase();
  const most = typed.length <= 4 ? 1 : 2;
  const near = known
    .map((word) => ({ word, slips: slipsBetween(meant, word.toLowerCase()) }))
    .filter(({ word, slips }) => slips <= most && slips < word.length - 1)
    .sort((one, other) => one.slips - other.slips);
  const begun = typed.length >= 3 ? known.find((word) => word.startsWith(meant)) : undefined;
  return near[0]?.word ?? begun ?? null;
}

/** Letters that are missing, too many, wrong, or the other way round (optimal string alignment). */
function slipsBetween(one: string, other: string): number {
  const [a, b] = [Array.from(one), Array.from(other)];
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.entries()) {
    const next = [i + 1];
    for (const [j, wanted] of b.entries()) {
      const wrong = (row[j] ?? 0) + (letter === wanted ? 0 : 1);
      const swapped = letter === b[j - 1] && wanted === a[i - 1] ? (before[j - 1] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(wrong, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
