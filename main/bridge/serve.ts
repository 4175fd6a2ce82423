import type { Language } from '../../core/messages/language.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { parseWith } from '../../core/protocol/parse.ts';
import { AppError, messageIn } from '../app-error.ts';
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

interface Caller {
  isTrusted: boolean;
  /** In which refusals are said. */
  language: Language;
}

/** Answers one call of a window. What a handler throws that is not made for people becomes INTERNAL without details. */
export async function answerCall(
  handlers: BridgeHandlers,
  caller: Caller,
  method: unknown,
  params: unknown,
): Promise<BridgeAnswer<unknown>> {
  try {
    return { ok: true, result: await serveCall(handlers, caller, method, params) };
  } catch (caught) {
    const error = caught instanceof RpcError ? caught : new AppError('INTERNAL', (say) => say('notDone'));
    const { code, details } = error;
    return { ok: false, error: { code, message: messageIn(error, caller.language), details } };
  }
}

/** Is the caller ours, is the method known, are the params well formed, is the result. */
async function serveCall(
  handlers: BridgeHandlers,
  caller: Caller,
  method: unknown,
  params: unknown,
): Promise<unknown> {
  if (!caller.isTrusted) throw new AppError('BAD_ARGUMENT', (say) => say('notAsked'));
  if (typeof method !== 'string' || !Object.hasOwn(bridgeContract, method)) {
    throw new AppError('BAD_ARGUMENT', (say) => say('unknownMethod'));
  }
  const name = method as BridgeMethod;
  const spec = bridgeContract[name];
  const parsed = parseWith(spec.params, params);
  if (!parsed.ok) throw new AppError('BAD_ARGUMENT', (say) => say('badParams', { method: name }));
  const result = await handlers[name](parsed.value as never);
  if (!spec.result.safeParse(result).success)
    throw new AppError('INTERNAL', (say) => say('badResult', { method: name }));
  return result;
}
