import { isSensitiveName } from '../config/sensitive-keys.ts';

const HIDDEN = '(hidden)';
/** A key and the value after it, also where the text is not well formed. */
const MEMBER = /(["']?)([\w.$-]+)\1(\s*:\s*)("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|[^\s,{}[\]]+)/g;
/** Environment variables and HTTP headers may be called anything. */
const VARIABLE_OR_HEADER = /^[A-Z][A-Z0-9_]*$|-/;
const LONG_WORD = /[^\s,{}[\]()]{8,}/g;
const QUOTED = /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?/g;

/**
 * A line of a configuration without its secrets. It may be of a file that cannot be parsed, so it goes by the names
 * of keys; a text without a key beside it may belong to any of them, and is hidden.
 */
export function publicLine(line: string): string {
  if (!/[\w"']\s*:/.test(line)) return line.replace(QUOTED, HIDDEN).replace(LONG_WORD, HIDDEN);
  return line
    .replace(MEMBER, (member, quote: string, name: string, colon: string) =>
      isSensitiveName(name) || VARIABLE_OR_HEADER.test(name)
        ? `${quote}${name}${quote}${colon}${HIDDEN}`
        : member,
    )
    .replace(/(:\/\/)[^/\s"'@]*@/g, `$1${HIDDEN}@`);
}

/** Lines that leave with `- ` and lines that come with `+ `, one line around them with two spaces. */
export function diffLines(before: string, after: string, hide = publicLine): string[] {
  const old = linesOf(before);
  const next = linesOf(after);
  const start = commonLength(old, next);
  const end = commonLength(old.slice(start).reverse(), next.slice(start).reverse());
  const shown = (lines: readonly string[], mark: string): string[] =>
    lines.map((line) => `${mark} ${hide(line)}`);
  return [
    ...shown(old.slice(Math.max(0, start - 1), start), ' '),
    ...shown(old.slice(start, old.length - end), '-'),
    ...shown(next.slice(start, next.length - end), '+'),
    ...shown(old.slice(old.length - end).slice(0, 1), ' '),
  ];
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split(/\r?\n/));

function commonLength(one: readonly string[], other: readonly string[]): number {
  const length = one.findIndex((line, index) => line !== other[index]);
  return length === -1 ? one.length : length;
}
