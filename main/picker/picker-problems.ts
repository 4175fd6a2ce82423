import type { BrowseReport } from '../../core/discovery/browse.ts';
import { type DiscoveryProblem, localProblems } from '../../core/discovery/discover.ts';
import { discoveryProblemText } from '../../core/discovery/problem-text.ts';
import type { DnsProblemCode } from '../../core/discovery/wide-area.ts';
import type { Language } from '../../core/messages/language.ts';
import { plainText } from '../../core/messages/plain-text.ts';
import { problemText } from '../../core/remote/problem-text.ts';
import type { SshProblem } from '../../core/ssh/ssh-problem.ts';
import type { PickerState } from '../bridge/contract.ts';

type Told = PickerState['problems'][number];

interface Wording {
  language: Language;
  /** How a command begins that is shown for pasting. */
  command: string;
}

export interface SearchOutcome {
  report: BrowseReport;
  /** Gateways that were found. */
  found: number;
  /** What is configured as wide-area domain. */
  domain: string | undefined;
  isDomainValid: boolean;
  wideProblem: { code: DnsProblemCode; detail?: string } | undefined;
  /** Gateways of that domain that name no place to connect to. */
  unusableFar: number;
}

/** Why nothing, or not everything, was found: the words are those of `openclaw gateway discover`. */
export function searchProblems(outcome: SearchOutcome, wording: Wording): Told[] {
  const { domain, isDomainValid, wideProblem } = outcome;
  const named = domain === undefined ? {} : { domain };
  const problems: DiscoveryProblem[] = [
    ...(isDomainValid ? [] : [{ code: 'DOMAIN_INVALID' as const, ...named }]),
    ...(wideProblem ? [{ ...wideProblem, ...named }] : []),
    ...localProblems(outcome.report, outcome.found, outcome.unusableFar),
  ];
  return problems.map((problem) => told(problem.code, discoveryProblemText(problem, wording)));
}

/** Why the hosts of ~/.ssh/config are not there. */
export const sshProblems = (problem: SshProblem | undefined, { language, command }: Wording): Told[] => {
  if (!problem) return [];
  const { problem: message, fix } = problemText(problem, language, {
    openclaw: command,
    target: '',
    again: command,
  });
  return [told(problem.code, { message, fix })];
};

/** Lines of a fix after the first are to be pasted. */
function told(code: string, { message, fix }: { message: string; fix: string }): Told {
  const [todo = '', ...commands] = fix.split('\n').map((line) => line.trim());
  return { code, message: plainText(message, 400), todo, commands };
}
