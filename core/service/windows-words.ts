/**
 * One argument as Windows programs split it again (CommandLineToArgvW): backslashes count only before a quote.
 */
export function quoteWindowsWord(text: string): string {
  if (/^[^\s"]+$/.test(text)) return text;
  const escaped = text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
  return `"${escaped}"`;
}

/** The arguments in a command line, as the program will see them. */
export function splitWindowsWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (const [, slashes = '', quote, char = ''] of line.matchAll(/(\\*)(?:(")|([^\\]|$))/g)) {
    if (slashes !== '') word = (word ?? '') + (quote ? slashes.slice(0, slashes.length >> 1) : slashes);
    if (quote && slashes.length % 2 === 1) word = `${word ?? ''}"`;
    else if (quote) {
      isQuoted = !isQuoted;
      word ??= '';
    } else if (!isQuoted && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char !== '') word = (word ?? '') + char;
  }
  return word === undefined ? words : [...words, word];
}
