import { asTexts } from '../../core/lib/json.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { type OpenGateway, withGateway, withScopes } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { existingKey, noSession } from '../session-lookup.ts';
import { counted } from '../session-text.ts';
import { tellLines } from '../told-lines.ts';

interface Told {
  /** What the gateway answered. */
  result: unknown;
  /** The same for people. */
  lines: string[];
}

type Change = (gateway: OpenGateway, key: string, options: { timeoutMs: number }) => Promise<Told>;

export const sessionsReset: Action<QueryOptions> = (invocation) =>
  change(invocation, 'operator.admin', async ({ connection }, key, options) => {
    const result = await connection.call('sessions.reset', { key, reason: 'reset' }, options);
    return { result, lines: [`Began ${result.key} anew.`, ...archiveLines(result.archived)] };
  });

export const sessionsDelete: Action<QueryOptions> = (invocation) =>
  change(invocation, 'operator.admin', async ({ connection }, key, options) => {
    const result = await connection.call('sessions.delete', { key }, options);
    if (!result.deleted) throw noSession(invocation, key);
    return { result, lines: [`Deleted ${result.key}.`, ...archiveLines(result.archived)] };
  });

export const sessionsRename: Action<QueryOptions> = (invocation) =>
  change(invocation, 'operator.write', async (gateway, given, options) => {
    // A patch would make what is missing, and a key is quickly mistyped.
    const key = await existingKey(invocation, gateway, given);
    const label = invocation.args[1]?.trim() || null;
    const result = await gateway.connection.call('sessions.patch', { key, label }, options);
    const line =
      label === null ? `${result.key} has no label now.` : `${result.key} is called "${label}" now.`;
    return { result, lines: [line] };
  });

export const sessionsAbort: Action<QueryOptions> = (invocation) => {
  invocation.cli.endWhenInterrupted();
  return withGateway(invocation, { scopes: WRITE }, (gateway) =>
    abort(invocation, gateway).catch((error: unknown) => {
      if (!(error instanceof RpcError) || error.details?.code !== 'RUN_OF_ANOTHER_CLIENT') throw error;
      // What another client has started takes an admin to end.
      return withScopes(invocation, gateway, [...WRITE, 'operator.admin'], (able) => abort(invocation, able));
    }),
  );
};

const WRITE = ['operator.write'];

async function abort(
  invocation: Invocation<QueryOptions>,
  { connection, timeLeft }: OpenGateway,
): Promise<number> {
  const [key = ''] = invocation.args;
  const result = await connection.call('chat.abort', { sessionKey: key }, { timeoutMs: timeLeft() });
  const line = result.aborted
    ? `Stopped ${counted(result.runIds.length, 'run')} in ${key}; what was said is kept.`
    : `Nothing is running in ${key}.`;
  return tell(invocation, { result, lines: [line] });
}

function change(invocation: Invocation<QueryOptions>, scope: string, task: Change): Promise<number> {
  const { cli, args } = invocation;
  const [key = ''] = args;
  cli.endWhenInterrupted();
  return withGateway(invocation, { scopes: [scope] }, async (gateway) =>
    tell(invocation, await task(gateway, key, { timeoutMs: gateway.timeLeft() })),
  );
}

function tell(invocation: Invocation<QueryOptions>, { result, lines }: Told): number {
  const { output } = invocation;
  if (output.json) output.value(result);
  else for (const line of lines) tellLines(invocation, line);
  return 0;
}

const archiveLines = (archived: unknown): string[] =>
  asTexts(archived).map((path) => `The old messages are in ${path}`);
