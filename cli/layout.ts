import { escapeControl } from '../core/logs/console-log.ts';
import { inLanguage, LISTED_IN_ENGLISH } from '../core/messages/in-language.ts';
import type { Language } from '../core/messages/language.ts';
import { displayWidth } from './text-width.ts';

/** What a label says; undefined leaves its line out. */
export type Field = readonly [label: string, value: string | undefined];

const INDENT = 4;

/**
 * Labelled values, one below the other, wrapped at blanks so that no line is longer than `width`; a word
 * that is longer itself, such as an id, is never broken. Values of others are made harmless.
 */
export function fieldLines(fields: readonly Field[], width: number, language: Language = 'en'): string[] {
  const inOwn = inLanguage(language, LISTED_IN_ENGLISH);
  const shown = fields.flatMap(([label, value]) =>
    value === undefined ? [] : [[inOwn(label), inOwn(value)] as const],
  );
  const column = Math.max(0, ...shown.map(([label]) => displayWidth(label))) + 2;
  return shown.flatMap(([label, value]) => {
    const [first = '', ...rest] = wrap(escapeControl(value), width - INDENT - column);
    const lead = ' '.repeat(INDENT) + label + ' '.repeat(column - displayWidth(label));
    return [lead + first, ...rest.map((line) => ' '.repeat(INDENT + column) + line)];
  });
}

export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** `3 min ago`; both in epoch milliseconds. */
export function ago(time: number, now: number): string {
  const elapsed = Math.max(0, now - time);
  const unit = UNITS.find(([ms]) => elapsed >= ms);
  return unit ? `${Math.floor(elapsed / unit[0])} ${unit[1]} ago` : 'just now';
}
