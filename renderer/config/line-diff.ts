/** A line that stays, goes or comes; numbers count from 1 in the text it belongs to. */
export interface DiffLine {
  kind: 'same' | 'gone' | 'new';
  text: string;
}

/** A stretch of changes with the lines around it. */
export interface Hunk {
  /** Where it begins: line of the old and of the new text. */
  oldLine: number;
  newLine: number;
  lines: DiffLine[];
}

const CONTEXT = 3;
/** Cells of the table that is compared; beyond it everything between the first and the last change is shown as one. */
const MAX_CELLS = 4_000_000;

/** What has to be done to `before` so that it becomes `after`, with a few lines around each change. */
export function diffTexts(before: string, after: string): Hunk[] {
  return hunksOf(diffLines(linesOf(before), linesOf(after)));
}

/** What stands in the place of lines `start` to `end` (exclusive) of the old text. */
interface Replacement {
  start: number;
  end: number;
  lines: string[];
}

/** Both sets of changes to `base`; undefined when they touch the same lines, so that a person has to choose. */
export function mergeTexts(base: string, mine: string, theirs: string): string | undefined {
  const old = linesOf(base);
  const all = [...replacements(old, linesOf(mine)), ...replacements(old, linesOf(theirs))];
  const ordered = all.sort((one, other) => one.start - other.start || one.end - other.end);
  const isApart = ordered.every(({ start }, index) => index === 0 || start > (ordered[index - 1]?.end ?? 0));
  if (!isApart) return undefined;
  const merged = ordered
    .reverse()
    .reduce((lines, { start, end, lines: next }) => lines.toSpliced(start, end - start, ...next), old);
  return `${merged.join('\n')}${base.endsWith('\n') ? '\n' : ''}`;
}

function replacements(old: readonly string[], next: readonly string[]): Replacement[] {
  const found: Replacement[] = [];
  const openAt = (place: number): Replacement => {
    const last = found.at(-1);
    if (last?.end === place) return last;
    const fresh = { start: place, end: place, lines: [] };
    found.push(fresh);
    return fresh;
  };
  let at = 0;
  for (const { kind, text } of diffLines(old, next)) {
    if (kind === 'new') openAt(at).lines.push(text);
    if (kind === 'gone') openAt(at).end += 1;
    at += Number(kind !== 'new');
  }
  return found;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split(/\r?\n/));

const as = (kind: DiffLine['kind'], lines: readonly string[]): DiffLine[] =>
  lines.map((text) => ({ kind, text }));

function diffLines(old: readonly string[], next: readonly string[]): DiffLine[] {
  const start = commonLength(old, next);
  const rest = Math.min(old.length, next.length) - start;
  const end = Math.min(rest, commonLength([...old].reverse(), [...next].reverse()));
  const middle = [old.slice(start, old.length - end), next.slice(start, next.length - end)] as const;
  return [
    ...as('same', old.slice(0, start)),
    ...diffMiddle(...middle),
    ...as('same', old.slice(old.length - end)),
  ];
}

function commonLength(one: readonly string[], other: readonly string[]): number {
  const length = one.findIndex((line, index) => line !== other[index]);
  return length === -1 ? one.length : length;
}

/** By the longest common subsequence. */
function diffMiddle(old: readonly string[], next: readonly string[]): DiffLine[] {
  const width = next.length + 1;
  if ((old.length + 1) * width > MAX_CELLS) return [...as('gone', old), ...as('new', next)];
  const common = commonTable(old, next);
  const lines: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length && column < next.length) {
    const place = row * width + column;
    const isSame = old[row] === next[column];
    const kind = isSame ? 'same' : stepAway(common[place + width], common[place + 1]);
    lines.push(...as(kind, kind === 'new' ? next.slice(column, column + 1) : old.slice(row, row + 1)));
    row += Number(kind !== 'new');
    column += Number(kind !== 'gone');
  }
  return [...lines, ...as('gone', old.slice(row)), ...as('new', next.slice(column))];
}

/** Towards where more is left in common. */
const stepAway = (withoutOld = 0, withoutNew = 0): 'gone' | 'new' =>
  withoutOld >= withoutNew ? 'gone' : 'new';

/** How many lines the rests behind each pair of places have in common. */
function commonTable(old: readonly string[], next: readonly string[]): Uint32Array {
  const width = next.length + 1;
  const table = new Uint32Array((old.length + 1) * width);
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = next.length - 1; column >= 0; column -= 1) {
      const place = row * width + column;
      table[place] =
        old[row] === next[column]
          ? (table[place + width + 1] ?? 0) + 1
          : Math.max(table[place + width] ?? 0, table[place + 1] ?? 0);
    }
  }
  return table;
}

function hunksOf(lines: readonly DiffLine[]): Hunk[] {
  const hunks: Hunk[] = [];
  let oldLine = 1;
  let newLine = 1;
  lines.forEach((line, index) => {
    const isNear = lines
      .slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
      .some(({ kind }) => kind !== 'same');
    const last = hunks.at(-1);
    if (isNear && last && last.oldLine + count(last, 'new') === oldLine) last.lines.push(line);
    else if (isNear) hunks.push({ oldLine, newLine, lines: [line] });
    if (line.kind !== 'new') oldLine += 1;
    if (line.kind !== 'gone') newLine += 1;
  });
  return hunks;
}

/** Lines of a hunk without those of one kind. */
const count = ({ lines }: Hunk, without: DiffLine['kind']): number =>
  lines.filter(({ kind }) => kind !== without).length;
