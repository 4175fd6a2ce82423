/** The candidate that `word` is most likely a slip of the keyboard for, or undefined when none is near. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.min(3, Math.floor(candidate.length / 3)))
    .sort((one, other) => one.distance - other.distance);
  return near[0]?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other. */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1)
      current.push(cheapest(rows, current, { from, to, row, column }));
    rows.push(current);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

interface Cell {
  from: string;
  to: string;
  row: number;
  column: number;
}

function cheapest(
  rows: readonly number[][],
  current: readonly number[],
  { from, to, row, column }: Cell,
): number {
  const at = (y: number, x: number): number =>
    (y === row ? current : rows[y])?.[x] ?? Number.POSITIVE_INFINITY;
  const isSame = from[row - 1] === to[column - 1];
  const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
  return Math.min(
    at(row - 1, column) + 1,
    at(row, column - 1) + 1,
    at(row - 1, column - 1) + (isSame ? 0 : 1),
    isSwap && row > 1 && column > 1 ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
  );
}
