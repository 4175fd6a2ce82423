/** Characters that do not show or change the order of what shows: controls, bidi marks, zero width, tags. */
const HIDDEN = /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Variation_Selector}|[\u{115F}\u{1160}\u{3164}\u{FFA0}]/gu;
const ORDINARY = new Set(['\n', '\t']);

const codePoint = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Names the characters of a text that a reader would not see, each once, or undefined when there are none. */
export function hiddenCharacters(text: string): string | undefined {
  const found = new Set([...text.matchAll(HIDDEN)].map(([char]) => char));
  const names = [...found].filter((char) => !ORDINARY.has(char)).map(codePoint);
  return names.length === 0 ? undefined : names.join(', ');
}

/** An argument list as one line in which every argument can be told apart and nothing is invisible. */
export function argvText(argv: readonly string[]): string {
  return argv.map(quoted).join(' ');
}

function quoted(arg: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(arg)) return arg;
  if (arg.search(HIDDEN) === -1) return `'${arg.replaceAll("'", "'\\''")}'`;
  const escaped = arg.replace(/[\\']/g, '\\$&').replace(HIDDEN, escapeOf);
  return `$'${escaped}'`;
}

function escapeOf(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16);
  if (char === '\n') return '\\n';
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}
