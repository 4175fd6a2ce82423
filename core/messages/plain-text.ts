const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text of others as one line: nothing invisible, nothing that reorders it, at most `length` characters. */
export function plainText(text: string, length = 60): string {
  const line = [...text.replace(UNSEEN, ' ').trim()];
  return line.length > length ? `${line.slice(0, length - 1).join('')}…` : line.join('');
}
