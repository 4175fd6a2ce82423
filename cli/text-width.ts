/** Marks take no column of their own. The classes are made when a text has more than ASCII in it. */
const isMark = (character: string): boolean => /^[\p{M}\p{Cf}\p{Variation_Selector}]$/u.test(character);
/** A terminal gives two columns to East Asian wide and full-width characters, and to pictures. */
const isWide = (character: string): boolean =>
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Yi}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u.test(
    character,
  );

function widthOf(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (isMark(character)) return 0;
  return isWide(character) ? 2 : 1;
}

/** Columns a terminal needs for one line of text without control characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** At most `width` columns of the text, with `…` at the end where something is missing. */
export function clipWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let used = 1;
  let clipped = '';
  for (const character of text) {
    used += widthOf(character);
    if (used > width) break;
    clipped += character;
  }
  return `${clipped}…`;
}

/** The text in lines of at most `width` columns, broken at spaces and between wide characters. */
export function wrapWidth(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of piecesOf(text)) {
    if (line !== '' && displayWidth((line + piece).trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else line += piece;
  }
  return [...lines, line.trimEnd()];
}

/**
 * The same for each line. Those that begin with a blank are commands, keys and the like, which stay in one piece, unless
 * they are items of a list or sentences. A command that ends a line stays in one piece too, on a line of its own if need
 * be.
 */
export const wrapLines = (text: string, width: number): string[] =>
  text.split('\n').flatMap((line) => {
    const [, indent = '', bullet = '', rest = ''] = /^( *)(- )?(.*)$/s.exec(line) ?? [];
    if (indent !== '' && !bullet && !/[.。]$/.test(rest) && !COMMAND.test(rest)) return [line];
    const hanging = indent + ' '.repeat(bullet.length);
    const lines = wrapBeforeCommand(rest, width - hanging.length);
    return lines.map((part, index) => (index === 0 ? indent + bullet : hanging) + part);
  });

/** What begins like a program or a flag and is no sentence, behind a colon or by itself. */
const COMMAND =
  /^(?:(.*?[:：])\s*)?((?:openclaw|node \S+|npm|sudo|loginctl|tailscale|ssh|chmod|kill|printenv|--[a-z-]+) [^，。；]*[^，。；.)）])$/s;

function wrapBeforeCommand(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line];
  const [, words, command] = COMMAND.exec(line) ?? [];
  if (command === undefined) return wrapWidth(line, width);
  return words === undefined ? [command] : [...wrapWidth(words, width), `  ${command}`];
}

/** As `wrapLines`, for a line with a command that begins as given. */
export function wrapAround(line: string, command: string, width: number): string[] {
  const at = line.indexOf(command);
  if (displayWidth(line) <= width || at === 0) return [line];
  if (at === -1) return wrapLines(line, width);
  return [...wrapWidth(line.slice(0, at).trimEnd(), width), `  ${line.slice(at)}`];
}

/**
 * Words with the space after them, and what stands in backticks; of Chinese each character, with the punctuation that
 * must not begin or end a line.
 */
const piecesOf = (text: string): string[] =>
  (/^[ -~\s]*$/.test(text)
    ? text.match(/(?:[^\s`]*`[^`]*`)+\S*\s*|\S+\s*|\s+/g)
    : text.match(
        /[（「“]*(?:`[^`]*`|[\p{sc=Han}]|[^\s\p{sc=Han}（「“`]+)[，。；：！？、）」”]*\s*|\s+|[\s\S]/gu,
      )) ?? [];
