/**
 * A file for EnvironmentFile=, read as systemd does: `#` and `;` begin comments, a value may be in single or double
 * quotes that span lines, a backslash takes the meaning off the next character, and one at the end of a line joins
 * it with the next. Not the syntax of a shell: nothing is substituted. Lines that are no assignment are left out.
 */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const reader = /(?:^|\n)[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y;
  const normal = text.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '');
  let at = 0;
  while (at < normal.length) {
    reader.lastIndex = at;
    const found = reader.exec(normal);
    if (found?.[1] === undefined) {
      at = nextLine(normal, at + 1);
      continue;
    }
    const value = valueAt(normal, reader.lastIndex);
    values[found[1]] = value.text;
    at = value.end;
  }
  return values;
}

function nextLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at;
}

/** Escapes that count between double quotes; before any other character the backslash stays. */
const IN_DOUBLE = '"\\`$\n';

function valueAt(text: string, from: number): { text: string; end: number } {
  let value = '';
  /** Length of the value up to its last character that is not a blank outside of quotes. */
  let kept = 0;
  let quote = '';
  let at = from;
  for (; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\n' && quote === '') break;
    if (char === '\\' && quote !== "'") {
      at += 1;
      value += escaped(text[at] ?? '', quote);
      kept = value.length;
    } else if (quote === '' ? isOpening(char, value, kept) : char === quote) {
      quote = quote === '' ? char : '';
      kept = value.length;
    } else {
      value += char;
      if (quote !== '' || !/\s/.test(char)) kept = value.length;
    }
  }
  return { text: value.slice(0, kept), end: at };
}

/** A quote in the middle of a bare value is a character like any other. */
const isOpening = (char: string, value: string, kept: number): boolean =>
  (char === '"' || char === "'") && value.length === kept && (value === '' || kept === 0);

function escaped(char: string, quote: string): string {
  if (char === '\n') return '';
  return quote === '"' && !IN_DOUBLE.includes(char) ? `\\${char}` : char;
}
