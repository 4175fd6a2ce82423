import { asObject, asText } from '../core/lib/json.ts';
import { invalidRequest, RpcError } from '../core/protocol/errors.ts';
import { commandHint } from './command-hint.ts';
import type { OpenGateway } from './gateway.ts';
import type { Invocation } from './invocation.ts';
import type { QueryOptions } from './options.ts';

/** The whole key of a session that is there. */
export async function existingKey(
  invocation: Invocation<QueryOptions>,
  { connection, timeLeft }: OpenGateway,
  given: string,
): Promise<string> {
  try {
    const found = await connection.call('sessions.resolve', { key: given }, { timeoutMs: timeLeft() });
    return asText(asObject(found).key) ?? given;
  } catch (error) {
    const isMissing = error instanceof RpcError && error.message.startsWith('No session found');
    throw isMissing ? noSession(invocation, given) : error;
  }
}

/** In the words of gateways, with the next step. */
export const noSession = (invocation: Invocation<QueryOptions>, given: string): RpcError =>
  invalidRequest(`No session found: ${given}\nSee them: ${commandHint(invocation, 'sessions list')}`);
