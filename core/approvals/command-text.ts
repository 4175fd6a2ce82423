/**
 * Characters that do not show, change the order of what shows, or pass for the blank that parts words: controls, bidi
 * marks, zero width, tags, other blanks.
 */
const HIDDEN = /(?! )[\p{Cc}\p{Cf}\p{Z}\p{Variation_Selector}\u{115F}\u{1160}\u{2800}\u{3164}\u{FFA0}]/gu;
const ORDINARY = new Set(['\n', '\t']);

const codePoint = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Names the characters of a text that a reader would not see, each once, or undefined when there are none. */
export function hiddenCharacters(text: string): string | undefined {
  const found = new Set([...text.matchAll(HIDDEN)].map(([char]) => char));
  const names = [...found].filter((char) => !ORDINARY.has(char)).map(codePoint);
  return names.length === 0 ? undefined : names.join(', ');
}

/** The text with each of those characters, a line break too, replaced. */
export const withoutHidden = (text: string, show: (character: string) => string): string =>
  text.replace(HIDDEN, show);

const MANY_LINES = 20;
const MANY_CHARACTERS = 1000;
const MANY_BLANKS = /[ \t]{20}|\n{5}/;

/** What makes it easy to overlook a part of a text that is shown whole. */
export function overlooked(text: string): string[] {
  const lines = text.split('\n').length;
  const size = lines > MANY_LINES ? `${lines} lines` : `${text.length} characters`;
  return [
    ...(lines > MANY_LINES || text.length > MANY_CHARACTERS
      ? [`The command has ${size}: read to its end.`]
      : []),
    ...(MANY_BLANKS.test(text) ? ['The command goes on behind many blanks.'] : []),
  ];
}

/** An argument list as one line in which every argument can be told apart and nothing is invisible. */
export function argvText(argv: readonly string[]): string {
  return argv.map(quoted).join(' ');
}

function quoted(arg: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(arg)) return arg;
  if (hiddenCharacters(arg) === undefined && !/[\n\t]/.test(arg)) return `'${arg.replaceAll("'", "'\\''")}'`;
  const escaped = arg.replace(/[\\']/g, '\\$&').replace(HIDDEN, escapeOf);
  return `$'${escaped}'`;
}

function escapeOf(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16);
  if (char === '\n') return '\\n';
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}
