import type { ConfigFile } from '../core/config/read.ts';
import { secretLookup } from '../core/config/secret-lookup.ts';
import { type StartProblem, startProblems } from '../core/host/start-checks.ts';
import { valueAt } from '../core/lib/json.ts';
import { isCommand } from '../core/verdict/findings.ts';
import type { Invocation } from './invocation.ts';
import { pathsOf } from './settings.ts';

/** Such a file is for asking a gateway elsewhere; that none starts with it is meant. */
export const isForRemote = (file: ConfigFile): boolean => valueAt(file.resolved, 'gateway.mode') === 'remote';

/** What a gateway would refuse to start with this file for. */
export async function startProblemsOf(
  invocation: Pick<Invocation, 'cli' | 'globals'>,
  file: ConfigFile,
): Promise<StartProblem[]> {
  if (isForRemote(file)) return [];
  return startProblems({
    config: file.resolved,
    exists: file.exists,
    env: file.env,
    secrets: await secretLookup(file),
    paths: pathsOf(invocation),
  });
}

/** The same in English alone. */
export const plainStartProblems: typeof startProblemsOf = async (invocation, file) =>
  (await startProblemsOf(invocation, file)).map(({ told: _, ...problem }) => problem);

/** An item of a list: the problem, and below it what to do, a command to type or a sentence that speaks for itself. */
export function problemLines({ path, message, fix }: StartProblem): string[] {
  const problem = message.includes(path || '<root>') ? message : `${path || '<root>'}: ${message}`;
  const step = fix === undefined ? [] : [isCommand(fix) ? `Fix: ${fix}` : fix];
  return [`  - ${problem}`, ...step.map((line) => `    ${line}`)];
}
