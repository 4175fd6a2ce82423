import type { Language } from '../messages/language.ts';
import { findingMessages, verdictMessages } from '../messages/verdict-messages.ts';
import type { Finding } from './evidence.ts';
import { type FixContext, kindOf } from './findings.ts';
import { tunnelWords } from './tunnel-words.ts';

/** A finding as a person is told it. */
export interface FindingWords {
  /** What is wrong; may be several lines. */
  problem: string;
  /** What to do, in words; may be several lines, of which those that begin with two blanks are commands. */
  fix: string;
  /** To be pasted as it is; absent where words have to do. */
  command?: string;
  /** Who can do it. */
  mender: string;
}

type SayFinding = (key: string, values: Finding['values']) => string;

/** Values come from gateways and programs: show the result through `safeText`. */
export function wordsFor(finding: Finding, context: FixContext, language: Language): FindingWords {
  const { code, values, tunnel } = finding;
  if (tunnel) return tunnelWords(tunnel, context, language);
  const say = findingMessages.in(language) as SayFinding;
  const kind = kindOf(code);
  const command = kind.fix?.(context, values);
  return {
    problem: say(code, values),
    fix: say(`${code}_FIX`, values),
    ...(command === undefined ? {} : { command }),
    mender: verdictMessages.in(language)(`mender.${kind.mender}`),
  };
}
