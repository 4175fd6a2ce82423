import type { Language } from '../messages/language.ts';
import { verdictMessages } from '../messages/verdict-messages.ts';
import { problemText, shellWord } from '../remote/problem-text.ts';
import type { TunnelProblem } from '../remote/remote-problem.ts';
import type { Evidence } from './evidence.ts';
import type { FixContext } from './findings.ts';
import type { FindingWords } from './words.ts';

/** No way through SSH to `target`. */
export const noTunnel = (problem: TunnelProblem, target: string): Evidence => ({
  layer: 'tunnel',
  state: 'broken',
  finding: {
    code: problem.code,
    values: problem.values,
    words: (context, language) => tunnelWords(problem, target, context, language),
  },
});

/** What keeps SSH from reaching a gateway, in the words of `openclaw tunnel`. */
function tunnelWords(
  problem: TunnelProblem,
  target: string,
  { command: openclaw }: FixContext,
  language: Language,
): FindingWords {
  const again = `${openclaw} tunnel ${shellWord(target)}`;
  const mender = problem.who === 'user' ? 'you' : problem.who;
  return {
    ...problemText(problem, language, { openclaw, target, again }),
    mender: verdictMessages.in(language)(`mender.${mender}`),
    menderCode: mender,
  };
}
