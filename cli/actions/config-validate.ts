import type { ConfigIssue } from '../../core/config/read.ts';
import { readConfigSchema } from '../../core/config/schema.ts';
import { inspectConfig } from '../../core/config/snapshot.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { describeFailure, reportFailure } from '../failure.ts';
import type { Action, Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { displayPath, pathsOf } from '../settings.ts';
import type { JsonFlag } from './config-read.ts';

interface Verdict {
  path: string;
  exists: boolean;
  valid: boolean;
  issues: ConfigIssue[];
  /** What the gateway would start with all the same. */
  warnings: ConfigIssue[];
}

/** The very check that decides whether a gateway takes the file over; no secret is resolved for it. */
export const configValidate: Action<JsonFlag> = async (invocation) => {
  const { cli, output } = invocation;
  cli.endWhenInterrupted();
  const { configPath: path, stateDir, home } = pathsOf(invocation);
  const source = { path, stateDir, env: cli.env, schema: readConfigSchema() };
  const { file, issues, warnings } = await inspectConfig(source);
  const verdict = { path, exists: file.exists, valid: issues.length === 0 && file.exists, issues, warnings };
  const shownPath = displayPath(path, home);
  if (!verdict.valid) return refuse(invocation, verdict, shownPath);
  if (output.json) output.value({ ok: true, ...verdict });
  else {
    output.line(`${shownPath} is valid.`);
    for (const line of issueLines(warnings)) output.line(safeText(`Warning:${line}`));
  }
  return 0;
};

function refuse({ output }: Pick<Invocation, 'output'>, verdict: Verdict, shownPath: string): number {
  const lines = verdict.exists
    ? ['OpenClaw config is invalid', `File: ${shownPath}`, 'Problem:', ...issueLines(verdict.issues)]
    : [`There is no configuration file at ${shownPath}.`, 'Fix: openclaw config set gateway.mode local'];
  const { issues, warnings } = verdict;
  const failure = describeFailure(new RpcError('CONFIG_INVALID', lines.join('\n'), { issues, warnings }));
  return reportFailure(output, { ...failure, document: { ...failure.document, ...verdict } });
}

const issueLines = (issues: readonly ConfigIssue[]): string[] =>
  issues.map(({ path, message }) => `  - ${path || '<root>'}: ${message}`);
