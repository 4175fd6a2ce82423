import { asText } from '../lib/json.ts';
import { shellWord } from '../lib/shell-word.ts';
import type { Language } from '../messages/language.ts';
import { verdictMessages } from '../messages/verdict-messages.ts';
import { RpcError } from '../protocol/errors.ts';
import { problemText } from '../remote/problem-text.ts';
import type { TunnelProblem } from '../remote/remote-problem.ts';
import { broken, type Evidence } from './evidence.ts';
import type { FixContext } from './findings.ts';
import type { FindingWords } from './words.ts';

/** What keeps SSH from reaching `target`, and the flags with which it was asked for, as they are pasted. */
export interface TunnelFault {
  problem: TunnelProblem;
  target: string;
  flags?: string;
}

/** No way through SSH. */
export const noTunnel = (fault: TunnelFault): Evidence => ({
  layer: 'tunnel',
  state: 'broken',
  finding: {
    code: fault.problem.code,
    values: fault.problem.values,
    words: (context, language) => tunnelWords(fault, context, language),
  },
});

/** What is known of remote gateways cannot be read; throws every other error again. */
export function damagedStore(error: unknown): Evidence {
  if (!(error instanceof RpcError) || error.code !== 'STORE_UNUSABLE') throw error;
  return broken('tunnel', 'STORE_UNUSABLE', { path: asText(error.details?.path) ?? error.message });
}

/** In the words of `openclaw tunnel`. */
function tunnelWords(
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
