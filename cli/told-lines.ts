import { inLanguage } from '../core/messages/in-language.ts';
import type { Invocation } from './invocation.ts';
import { safeText } from './output.ts';
import { wrapLines } from './text-width.ts';

/** What this program says in English somewhere, for its reader: in their language, and in lines that fit. */
export const toldLines = (
  text: string,
  { output, language }: Pick<Invocation, 'output' | 'language'>,
): string[] => wrapLines(safeText(inLanguage(language)(text)), output.width);
