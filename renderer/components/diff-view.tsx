import { useMemo } from 'react';
import { type DiffLine, diffTexts } from '../config/line-diff.ts';
import { useSay } from '../state.ts';
import { configMessages } from '../words/config-messages.ts';
import './diff-view.css';

const MARKS = { same: ' ', gone: '-', new: '+' } as const;

/** Two texts, as the lines that go and come; the marks say it as well as the colours do. */
export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  const say = useSay(configMessages);
  const hunks = useMemo(() => diffTexts(before, after), [before, after]);
  if (hunks.length === 0) return <p className="quiet">{say('noChange')}</p>;
  return (
    <section className="diff" aria-label={label}>
      {hunks.map((hunk) => (
        <div key={`${hunk.oldLine} ${hunk.newLine}`}>
          <p className="diff-place">{say('diffAt', { line: hunk.oldLine })}</p>
          <DiffLines lines={hunk.lines} />
        </div>
      ))}
    </section>
  );
}

export function DiffLines({ lines }: { lines: readonly DiffLine[] }) {
  const say = useSay(configMessages);
  const placed = lines.map((line, place) => ({ ...line, place }));
  return (
    <ol className="diff-lines">
      {placed.map(({ kind, text, place }) => (
        <li key={place} className={`diff-${kind}`}>
          <span aria-hidden="true">{MARKS[kind]} </span>
          {kind === 'same' ? null : (
            <span className="unseen">{say(kind === 'gone' ? 'diffGone' : 'diffNew')}: </span>
          )}
          {text}
        </li>
      ))}
    </ol>
  );
}

/** Lines that begin with their mark, as the doctor says them. */
export const markedLines = (lines: readonly string[]): DiffLine[] =>
  lines.map((line) => ({
    kind: line.startsWith('- ') ? 'gone' : line.startsWith('+ ') ? 'new' : 'same',
    text: line.slice(2),
  }));
