import { answerMessages } from './answer-messages.ts';
import type { Catalogue } from './catalogue.ts';
import type { Language } from './language.ts';
import { listingMessages } from './listing-messages.ts';
import { reasonMessages } from './reason-messages.ts';
import { startMessages } from './start-messages.ts';
import { usageMessages } from './usage-messages.ts';

/** What is thrown or reported in English, where nobody knows yet who will read it. */
export const SPOKEN_IN_ENGLISH: readonly Catalogue[] = [
  usageMessages,
  answerMessages,
  reasonMessages,
  startMessages,
];
/** Single words among them, which mean this in a list only. */
export const LISTED_IN_ENGLISH: readonly Catalogue[] = [listingMessages];

interface Known {
  pattern: RegExp;
  translation: string;
  /** Characters that are not values: of two texts that fit, the one with more of them is meant. */
  certainty: number;
}

/**
 * Says English lines of this program in `language`, line breaks, indentation and dashes of lists kept. Lines that it does not know, such
 * as those of other programs, stay as they are; so do values, unless they are such lines themselves.
 */
export function inLanguage(
  language: Language,
  catalogues: readonly Catalogue[] = SPOKEN_IN_ENGLISH,
): (text: string) => string {
  if (language === 'en') return (text) => text;
  const known = catalogues
    .flatMap(({ texts }) =>
      Object.entries(texts.en).flatMap(([key, text]) => knownLine(text, texts[language][key] ?? text)),
    )
    .sort((one, other) => other.certainty - one.certainty);
  const line = (text: string): string => {
    for (const { pattern, translation } of known) {
      const values = pattern.exec(text)?.groups;
      if (values) return translation.replace(PLACE, (place, name: string) => line(values[name] ?? place));
    }
    return keyed(text, line);
  };
  return (text) =>
    text
      .split('\n')
      .map((one) =>
        one.replace(/^(\s*(?:- )?)(.*)$/s, (_, indent: string, rest: string) => indent + line(rest)),
      )
      .join('\n');
}

/** What is wrong with one key of a configuration. */
const KEYED = /^([\w.[\]"-]+): (.+)$/;
function keyed(text: string, line: (text: string) => string): string {
  const [, key, reason] = KEYED.exec(text) ?? [];
  if (reason === undefined) return text;
  const said = line(reason);
  return said === reason ? text : `${key}：${said}`;
}

const PLACE = /\{(\w+)\}/g;

/** A text that is nothing but a value says nothing of itself. */
function knownLine(text: string, translation: string): Known[] {
  const certainty = text.replace(PLACE, '').length;
  if (certainty === 0) return [];
  const seen = new Set<string>();
  const source = text.replace(/[.*+?^$()[\]|\\]/g, '\\$&').replace(/\{(\w*)\}/g, (_, name: string) => {
    if (name === '') return '\\{\\}';
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>.+?)`;
  });
  // The last group is there for texts without values, so that each match has groups.
  return [{ pattern: new RegExp(`^${source}(?<end>)$`), translation, certainty }];
}
