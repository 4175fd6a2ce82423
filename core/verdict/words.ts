import type { Language } from '../messages/language.ts';
import { findingMessages, verdictMessages } from '../messages/verdict-messages.ts';
import { problemText, shellWord } from '../remote/problem-text.ts';
import { type Finding, menderOf } from './evidence.ts';
import { type FixContext, kindOf } from './findings.ts';

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
  const mender = verdictMessages.in(language)(`mender.${menderOf(finding)}`);
  if (tunnel) return { ...tunnelWords(tunnel, context, language), mender };
  const say = findingMessages.in(language) as SayFinding;
  const kind = kindOf(code);
  const command = kind.fix?.(context, values);
  return {
    problem: say(code, values),
    fix: say(`${code}_FIX`, values),
    ...(command === undefined ? {} : { command }),
    mender,
  };
}

/** The same as `openclaw tunnel` says. */
function tunnelWords(
  { problem, target }: NonNullable<Finding['tunnel']>,
  { command: openclaw }: FixContext,
  language: Language,
): Pick<FindingWords, 'problem' | 'fix'> {
  const again = `${openclaw} tunnel ${shellWord(target)}`;
  return problemText(problem, language, { openclaw, target, again });
}
