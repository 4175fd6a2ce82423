import { RpcError } from '../../core/protocol/errors.ts';
import { parseWith } from '../../core/protocol/parse.ts';
import { type BridgeMethod, type BridgeParams, type BridgeResult, bridgeContract } from './contract.ts';

export type BridgeHandlers = {
  [M in BridgeMethod]: (params: BridgeParams<M>) => Promise<BridgeResult<M>> | BridgeResult<M>;
};

/**
 * Answers one call of a window: is the caller ours, is the method known, are the params well formed, is the result.
 * Throws BAD_ARGUMENT for the first two and for params, and INTERNAL without details for all else.
 */
export async function serveCall(
  handlers: BridgeHandlers,
  caller: { isTrusted: boolean },
  method: unknown,
  params: unknown,
): Promise<unknown> {
  if (!caller.isTrusted) throw new RpcError('BAD_ARGUMENT', 'This page may not ask anything.');
  if (typeof method !== 'string' || !Object.hasOwn(bridgeContract, method)) {
    throw new RpcError('BAD_ARGUMENT', 'Unknown method.');
  }
  const name = method as BridgeMethod;
  const spec = bridgeContract[name];
  const parsed = parseWith(spec.params, params);
  if (!parsed.ok) throw new RpcError('BAD_ARGUMENT', `Invalid ${name} params.`);
  const result = await handlers[name](parsed.value as never);
  if (!spec.result.safeParse(result).success) throw new RpcError('INTERNAL', `Bad ${name} result.`);
  return result;
}
