/**
 * One argument as Windows programs split it again (CommandLineToArgvW): backslashes count only before a quote.
 */
export function quoteWindowsWord(text: string): string {
  if (/^[^\s"]+$/.test(text)) return text;
  const escaped = text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
  return `"${escaped}"`;
}

/** A run of backslashes with the quote after it, blanks, or other characters. */
const PIECE = /(\\*)"|\\+|\s+|[^\s"\\]+/g;

interface Reading {
  /** The last one is open; undefined until it has a character or a quote. */
  words: (string | undefined)[];
  isQuoted: boolean;
}

/** The arguments in a command line, as the program will see them. */
export function splitWindowsWords(line: string): string[] {
  const reading: Reading = { words: [undefined], isQuoted: false };
  for (const [piece, slashes] of line.matchAll(PIECE)) {
    if (slashes !== undefined) readQuote(reading, slashes.length);
    else if (reading.isQuoted || piece.trim() !== '') add(reading, piece);
    else reading.words.push(undefined);
  }
  return reading.words.filter((word) => word !== undefined);
}

const add = ({ words }: Reading, text: string): void => void words.push((words.pop() ?? '') + text);

/** Two backslashes are one; with one left over the quote is a character. */
function readQuote(reading: Reading, slashes: number): void {
  const isLiteral = slashes % 2 === 1;
  add(reading, '\\'.repeat(slashes >> 1) + (isLiteral ? '"' : ''));
  if (!isLiteral) reading.isQuoted = !reading.isQuoted;
}
