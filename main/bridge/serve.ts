import { RpcError } from '../../core/protocol/errors.ts';
import { parseWith } from '../../core/protocol/parse.ts';
import {
  type BridgeAnswer,
  type BridgeMethod,
  type BridgeParams,
  type BridgeResult,
  bridgeContract,
} from './contract.ts';

export type BridgeHandlers = {
  [M in BridgeMethod]: (params: BridgeParams<M>) => Promise<BridgeResult<M>> | BridgeResult<M>;
};

/** Answers one call of a window. What a handler throws that is not made for people becomes INTERNAL without details. */
export async function answerCall(
  handlers: BridgeHandlers,
  caller: { isTrusted: boolean },
  method: unknown,
  params: unknown,
): Promise<BridgeAnswer<unknown>> {
  try {
    return { ok: true, result: await serveCall(handlers, caller, method, params) };
  } catch (error) {
    const { code, message, details } =
      error instanceof RpcError ? error : new RpcError('INTERNAL', 'The app could not do that.');
    return { ok: false, error: { code, message, details } };
  }
}

/** Is the caller ours, is the method known, are the params well formed, is the result. */
async function serveCall(
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
