/** Which blocks of different heights are in sight; what was never drawn counts as `guess` pixels. */
export interface Sight {
  first: number;
  last: number;
  /** Pixels above the first and below the last. */
  above: number;
  below: number;
}

const EXTRA_PX = 800;

export function blocksInSight(
  keys: readonly string[],
  heights: ReadonlyMap<string, number>,
  { scrollTop, clientHeight }: { scrollTop: number; clientHeight: number },
  guess = 96,
): Sight {
  const from = scrollTop - EXTRA_PX;
  const to = scrollTop + clientHeight + EXTRA_PX;
  const sight: Sight = { first: keys.length, last: keys.length, above: 0, below: 0 };
  let top = 0;
  for (const [index, key] of keys.entries()) {
    const bottom = top + (heights.get(key) ?? guess);
    if (bottom < from) sight.above = bottom;
    else if (top > to) {
      sight.last = Math.min(sight.last, index);
      sight.below += bottom - top;
    } else sight.first = Math.min(sight.first, index);
    top = bottom;
  }
  sight.first = Math.min(sight.first, sight.last);
  return sight;
}
