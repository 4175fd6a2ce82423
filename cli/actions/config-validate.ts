import { displayPath } from '../../core/config/paths.ts';
import type { ConfigFile, ConfigIssue } from '../../core/config/read.ts';
import { readConfigSchema } from '../../core/config/schema.ts';
import { inspectConfig } from '../../core/config/snapshot.ts';
import type { StartProblem } from '../../core/host/start-checks.ts';
import { configCommandMessages } from '../../core/messages/config-command-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { commandName } from '../command-name.ts';
import { describeFailure, reportFailure } from '../failure.ts';
import type { Action, Invocation } from '../invocation.ts';
import { pathsOf } from '../settings.ts';
import { isForRemote, plainStartProblems, problemLines } from '../start-check.ts';
import { toldLines } from '../told-lines.ts';
import type { JsonFlag } from './config-read.ts';

interface Verdict {
  path: string;
  exists: boolean;
  valid: boolean;
  issues: StartProblem[];
  /** What the gateway would start with all the same. */
  warnings: ConfigIssue[];
}

/** The very checks that decide whether a gateway takes the file over and starts; no command of a secret is run. */
export const configValidate: Action<JsonFlag> = async (invocation) => {
  const { cli, output } = invocation;
  cli.endWhenInterrupted();
  const { configPath: path, stateDir, home } = pathsOf(invocation);
  const source = { path, stateDir, env: cli.env, schema: readConfigSchema() };
  const { file, issues, warnings } = await inspectConfig(source);
  const isUsable = issues.length === 0 && file.exists;
  const atStart = isUsable ? await plainStartProblems(invocation, file) : [];
  const verdict = {
    path,
    exists: file.exists,
    valid: isUsable && atStart.length === 0,
    issues: [...issues, ...atStart],
    warnings,
  };
  const shownPath = displayPath(path, home);
  if (!verdict.valid) return refuse(invocation, verdict, shownPath);
  if (output.json) output.value({ ok: true, ...verdict });
  else for (const line of goodLines(invocation, verdict, { shownPath, file })) output.line(line);
  return 0;
};

function goodLines(
  invocation: Invocation<JsonFlag>,
  { warnings }: Verdict,
  { shownPath, file }: { shownPath: string; file: ConfigFile },
): string[] {
  const say = configCommandMessages.in(invocation.language);
  const told = warnings.map((issue) => `Warning: ${issueText(issue)}`);
  return [
    say(isForRemote(file) ? 'validForRemote' : 'valid', { file: shownPath }),
    ...told.flatMap((text) => toldLines(text, invocation)),
  ];
}

function refuse(invocation: Invocation<JsonFlag>, verdict: Verdict, shownPath: string): number {
  const lines = verdict.exists
    ? ['OpenClaw config is invalid', `File: ${shownPath}`, 'Problem:', ...verdict.issues.flatMap(listItem)]
    : [
        `There is no configuration file at ${shownPath}.`,
        `Fix: ${commandName(invocation)} config set gateway.mode local`,
      ];
  const { issues, warnings } = verdict;
  const failure = describeFailure(new RpcError('CONFIG_INVALID', lines.join('\n'), { issues, warnings }));
  return reportFailure(invocation, { ...failure, document: { ...failure.document, ...verdict } });
}

const issueText = ({ path, message }: ConfigIssue): string => `${path || '<root>'}: ${message}`;

const listItem = (issue: StartProblem): string[] =>
  issue.fix === undefined ? [`  - ${issueText(issue)}`] : problemLines(issue);
