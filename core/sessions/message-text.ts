import { asObject } from '../lib/json.ts';

const GAPS = /[\s\p{Cc}]+/gu;

/** The text of a message: a plain string, or the text parts of its content joined by line breaks. */
export function textOf(message: { content?: unknown }): string {
  if (typeof message.content === 'string') return message.content;
  if (!Array.isArray(message.content)) return '';
  return message.content
    .map((part) => asObject(part))
    .filter((part) => part.type === 'text' && typeof part.text === 'string')
    .map((part) => part.text)
    .join('\n');
}

/** At most `maxChars` characters on one line, cut between characters, with `…` where something is missing. */
export function clipped(text: string, maxChars: number): string {
  const head = text
    .slice(0, maxChars * 4)
    .replace(GAPS, ' ')
    .trim();
  if (head.length <= maxChars) return head;
  return `${wholeCharacters(head.slice(0, maxChars - 1)).trimEnd()}…`;
}

/** Without the half of a character that a cut may have left at the end. */
export function wholeCharacters(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
