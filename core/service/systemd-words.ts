/** What needs no quotes in a unit. */
const PLAIN = /^[\w@%+=:,./~-]+$/;

const NAMED: Readonly<Record<string, string>> = { '\n': 'n', '\t': 't', '\r': 'r', '\\': '\\', '"': '"' };

/** One word of a unit's line, `%` doubled, so that systemd reads back exactly this text. NUL cannot be written. */
export function quoteWord(text: string): string {
  const doubled = text.replaceAll('%', '%%');
  if (PLAIN.test(doubled)) return doubled;
  const escaped = doubled.replace(/[\p{Cc}\\"]/gu, (char) => {
    const code = char.charCodeAt(0);
    // An escape names a byte, and from here on a character is more than one.
    if (code > 0x7f) return char;
    const named = NAMED[char];
    return named === undefined ? `\\x${code.toString(16).padStart(2, '0')}` : `\\${named}`;
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

/** What a word is made of: text in quotes, an escape, or other characters; group 1 to 3. */
const PIECE = /"((?:\\[\s\S]|[^"\\])*)(?:"|$)|'((?:\\[\s\S]|[^'\\])*)(?:'|$)|((?:\\[\s\S]|[^\s"'\\])+)/g;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3})|([\s\S]))/g;

/** Splits a line as systemd does: quotes anywhere in a word, C escapes; specifiers are left for `expand`. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let end = -1;
  for (const { 0: piece, 1: double, 2: single, 3: bare, index } of line.matchAll(PIECE)) {
    const text = unescapeWord(double ?? single ?? bare ?? '');
    words.push(index === end ? `${words.pop()}${text}` : text);
    end = index + piece.length;
  }
  return words;
}

/** Escapes of bytes that are one character in UTF-8 together. */
const BYTES = /(?:\\x[89a-fA-F][0-9a-fA-F]|\\[23][0-7]{2})+/g;
const BYTE = /\\(?:x(..)|(...))/g;

const unescapeWord = (text: string): string =>
  text
    .replace(BYTES, (run) => {
      const bytes = [...run.matchAll(BYTE)].map(([, hex, octal = '']) => codeOf(hex, octal));
      return Buffer.from(bytes).toString('utf8');
    })
    .replace(ESCAPE, (_, hex?: string, unicode?: string, octal?: string, named = '') => {
      const isCode = hex !== undefined || unicode !== undefined || octal !== undefined;
      return isCode ? String.fromCharCode(codeOf(hex ?? unicode, octal ?? '')) : (ESCAPES[named] ?? named);
    });

const codeOf = (hex: string | undefined, octal: string): number =>
  hex === undefined ? Number.parseInt(octal, 8) : Number.parseInt(hex, 16);

/** What `%h` and its like stand for; those that are missing stay as they are written. */
export type Specifiers = Readonly<Record<string, string | undefined>>;

export const expand = (text: string, specifiers: Specifiers): string =>
  text.replace(/%([%A-Za-z])/g, (written, letter: string) =>
    letter === '%' ? '%' : (specifiers[letter] ?? written),
  );
