import { inLanguage, LISTED_IN_ENGLISH, SPOKEN_IN_ENGLISH } from '../core/messages/in-language.ts';
import type { Invocation } from './invocation.ts';
import { safeText } from './output.ts';
import { wrapLines } from './text-width.ts';

/** What this program says in English somewhere, for its reader: in their language, and in lines that fit. */
export const toldLines = (
  text: string,
  { output, language }: Pick<Invocation, 'output' | 'language'>,
): string[] => wrapLines(safeText(inLanguage(language)(text)), output.width);

type Told = Pick<Invocation, 'output' | 'language'>;

/** The same on stdout, as an answer. */
export function tellLines(told: Told, text: string): void {
  const inOwn = inLanguage(told.language, [...SPOKEN_IN_ENGLISH, ...LISTED_IN_ENGLISH]);
  for (const line of wrapLines(safeText(inOwn(text)), told.output.width)) told.output.line(line);
}

/** The same on stderr, as a remark. */
export function tellNote(told: Told, text: string): void {
  for (const line of toldLines(text, told)) told.output.note(line);
}
