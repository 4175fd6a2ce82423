/** What needs no quotes in a unit. */
const PLAIN = /^[\w@%+=:,./~-]+$/;

const NAMED: Readonly<Record<string, string>> = { '\n': 'n', '\t': 't', '\r': 'r', '\\': '\\', '"': '"' };

/** One word of a unit's line, `%` doubled, so that systemd reads back exactly this text. NUL cannot be written. */
export function quoteWord(text: string): string {
  const doubled = text.replaceAll('%', '%%');
  if (PLAIN.test(doubled)) return doubled;
  const escaped = doubled.replace(/[\p{Cc}\\"]/gu, (char) => {
    const named = NAMED[char];
    return named === undefined ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : `\\${named}`;
  });
  return `"${escaped}"`;
}

/** One argument of ExecStart=: besides, systemd puts variables in for `$`. */
export const quoteArgument = (text: string): string => quoteWord(text.replaceAll('$', '$$$$'));

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
};

/** A piece of a word: an escape, a quote, a blank, or any other character. */
const PIECE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3})|([\s\S]))|([\s\S])/gu;

/** Splits a line as systemd does: quotes anywhere in a word, C escapes; specifiers are left for `expand`. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const [, hex, unicode, octal, named, char] of line.matchAll(PIECE)) {
    if (char === undefined) word = (word ?? '') + unescaped({ hex, unicode, octal, named });
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  return word === undefined ? words : [...words, word];
}

interface Escape {
  hex: string | undefined;
  unicode: string | undefined;
  octal: string | undefined;
  named: string | undefined;
}

function unescaped({ hex, unicode, octal, named = '' }: Escape): string {
  const code = hex ?? unicode;
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
  return ESCAPES[named] ?? named;
}

/** What `%h` and its like stand for; those that are missing stay as they are written. */
export type Specifiers = Readonly<Record<string, string | undefined>>;

export const expand = (text: string, specifiers: Specifiers): string =>
  text.replace(/%([%A-Za-z])/g, (written, letter: string) =>
    letter === '%' ? '%' : (specifiers[letter] ?? written),
  );
