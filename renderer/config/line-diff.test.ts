import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffTexts, mergeTexts } from './line-diff.ts';

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const marks = { same: ' ', gone: '-', new: '+' };
const shown = (before: string[], after: string[]) =>
  diffTexts(before.join('\n'), after.join('\n')).map(({ oldLine, newLine, lines }) => ({
    at: [oldLine, newLine],
    lines: lines.map(({ kind, text }) => `${marks[kind]}${text}`),
  }));

it('shows each change with three lines around it', () => {
  const before = numbered(20);
  const after = before.with(4, 'other').toSpliced(15, 0, 'more');
  expect(shown(before, after)).toEqual([
    {
      at: [2, 2],
      lines: [' line 2', ' line 3', ' line 4', '-line 5', '+other', ' line 6', ' line 7', ' line 8'],
    },
    {
      at: [13, 13],
      lines: [' line 13', ' line 14', ' line 15', '+more', ' line 16', ' line 17', ' line 18'],
    },
  ]);
});

it('shows nothing where nothing changes, and everything where there was nothing', () => {
  expect(shown(numbered(3), numbered(3))).toEqual([]);
  expect(diffTexts('', 'a\nb\n')[0]?.lines.map(({ kind }) => kind)).toEqual(['new', 'new']);
});

it('leads from the old text to the new one, whatever they are', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines: string[] = [...before];
      let shift = 0;
      for (const { oldLine, lines: hunk } of diffTexts(`${before.join('\n')}\n`, `${after.join('\n')}\n`)) {
        const old = hunk.filter(({ kind }) => kind !== 'new').length;
        const next = hunk.filter(({ kind }) => kind !== 'gone').map((line) => line.text);
        lines.splice(oldLine - 1 + shift, old, ...next);
        shift += next.length - old;
      }
      expect(lines.join('\n').replace(/\n$/, '')).toEqual(after.join('\n').replace(/\n$/, ''));
    }),
  );
});

it('puts two sets of changes together that have nothing to do with each other, and no others', () => {
  const base = `${numbered(8).join('\n')}\n`;
  const mine = base.replace('line 2', 'mine').replace('line 8\n', 'line 8\nmore\n');
  const theirs = base.replace('line 4\n', '').replace('line 6', 'theirs');
  expect(mergeTexts(base, mine, theirs)).toBe('line 1\nmine\nline 3\nline 5\ntheirs\nline 7\nline 8\nmore\n');
  expect(mergeTexts(base, mine, base.replace('line 2', 'other'))).toBeUndefined();
  expect(mergeTexts(base, mine, base)).toBe(mine);
});
