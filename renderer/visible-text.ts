/** Control characters, and marks that reorder or break a line. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
/** Besides, all that does not show or passes for a blank. */
const HIDDEN = /(?![ \n])[\p{Cc}\p{Cf}\p{Z}\p{Variation_Selector}\u{115F}\u{1160}\u{2800}\u{3164}\u{FFA0}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escapeOf = (character: string): string =>
  SHORT[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** Text of others as one line: an escape character shows as `\u001b`, a line break as `\n`. */
export const oneLine = (text: string): string => text.replace(UNSAFE, escapeOf);

/** A command to the letter: line breaks stay, everything else that a reader would not see shows as an escape. */
export const toTheLetter = (text: string): string => text.replace(HIDDEN, escapeOf);
