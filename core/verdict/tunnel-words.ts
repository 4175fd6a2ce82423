import type { Language } from '../messages/language.ts';
import { verdictMessages } from '../messages/verdict-messages.ts';
import { problemText, shellWord } from '../remote/problem-text.ts';
import type { TunnelFault } from './evidence.ts';
import type { FixContext } from './findings.ts';
import type { FindingWords } from './words.ts';

/** What keeps SSH from reaching a gateway, in the words of `openclaw tunnel`. */
export function tunnelWords(
  { problem, target, flags = '' }: TunnelFault,
  { command: openclaw }: FixContext,
  language: Language,
): FindingWords {
  const again = `${openclaw} tunnel ${shellWord(target)}${flags}`;
  const mender = problem.who === 'user' ? 'you' : problem.who;
  return {
    ...problemText(problem, language, { openclaw, target, again }),
    mender: verdictMessages.in(language)(`mender.${mender}`),
    menderCode: mender,
  };
}
