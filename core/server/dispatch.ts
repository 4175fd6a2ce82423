import { createHash } from 'node:crypto';
import { contract, type MethodName } from '../protocol/contract.ts';
import { invalidRequest, RpcError } from '../protocol/errors.ts';
import type { RequestFrame } from '../protocol/frames.ts';
import { describeIssues } from '../protocol/issues.ts';
import { parseWith } from '../protocol/parse.ts';
import { holds, roleOf, scopeOf } from '../protocol/scopes.ts';
import type { Peer } from './connection.ts';
import type { CallContext } from './context.ts';
import type { Handlers } from './handlers/handlers.ts';
import type { IdempotencyCache } from './idempotency.ts';
import type { WriteLimiter } from './write-limit.ts';

export interface DispatchDeps {
  handlers: Handlers;
  idempotency: IdempotencyCache;
  writes: WriteLimiter;
}

export class UnauthorizedRole extends RpcError {}

/** The only code that turns a method name and raw params into a result: authorize, look up, parse, call, check. */
export async function dispatch(
  deps: DispatchDeps,
  peer: Peer,
  context: CallContext,
  request: RequestFrame,
): Promise<unknown> {
  authorize(peer, request);
  const method = lookUp(request.method);
  const spec = contract[method];
  const parsed = parseWith(spec.params, request.params);
  if (!parsed.ok) {
    const said = describeIssues(parsed.issues, request.params, peer.dialect.era);
    throw invalidRequest(`invalid ${method} params: ${said}`);
  }
  const caller = callerOf(context);
  const call = async (): Promise<unknown> => {
    deps.writes.take(method, caller);
    const result = await deps.handlers[method](parsed.value as never, context);
    const checked = spec.result.safeParse(result);
    if (!checked.success)
      throw new RpcError('INTERNAL', `bad ${method} result`, undefined, { cause: checked.error });
    return result;
  };
  const key = 'idempotent' in spec ? idempotencyKey(request) : undefined;
  if (key === undefined) return call();
  return deps.idempotency.run(JSON.stringify([caller, method, key]), digestOf(parsed.value), call);
}

/** Names that are not in the contract need admin, so that only admins learn which exist. */
function authorize(peer: Peer, { method, params }: RequestFrame): void {
  const needed = peer.dialect.methodScope(method, scopeOf(contract, method, params));
  if (needed === 'any') return;
  if (peer.role !== roleOf(contract, method))
    throw new UnauthorizedRole('INVALID_REQUEST', `unauthorized role: ${peer.role}`);
  if (holds(peer.scopes, needed)) return;
  throw new RpcError('FORBIDDEN', `missing scope: ${needed}`, {
    code: 'MISSING_SCOPE',
    missingScope: needed,
    requiredScopes: [needed],
  });
}

function lookUp(method: string): MethodName {
  if (Object.hasOwn(contract, method)) return method as MethodName;
  if (method === 'connect') throw invalidRequest('connect is only valid as the first request');
  throw invalidRequest(`unknown method: ${method}`);
}

/** Only what a caller proved tells it from others; one that proved no device is known by its connection. */
function callerOf({ deviceId, connId }: CallContext): string {
  return deviceId === undefined ? `connection ${connId}` : `device ${deviceId}`;
}

function idempotencyKey({ params }: RequestFrame): string | undefined {
  if (typeof params !== 'object' || params === null || !('idempotencyKey' in params)) return undefined;
  const key = params.idempotencyKey;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** Writing JSON needs stack for every level, reading it does not. */
function digestOf(params: unknown): string {
  try {
    return createHash('sha256')
      .update(JSON.stringify(params) ?? '')
      .digest('base64');
  } catch {
    throw invalidRequest('params are nested too deeply');
  }
}
