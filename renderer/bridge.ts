import type {
  Bridge,
  BridgeMethod,
  BridgeParams,
  BridgeResult,
  WindowCall,
  WindowMethod,
} from '../main/bridge/contract.ts';

declare const openclaw: Bridge;

/** What the app or the gateway refused; `code` is stable, `message` is for people. */
export class CallError extends Error {
  readonly code: string;
  readonly details: unknown;

  constructor({ code, message, details }: { code: string; message: string; details?: unknown }) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Asks the app; rejects with CallError. */
export async function ask<M extends BridgeMethod>(
  method: M,
  params: BridgeParams<M>,
): Promise<BridgeResult<M>> {
  const answer = await openclaw.call(method, params);
  if (!answer.ok) throw new CallError(answer.error);
  return answer.result;
}

/** Asks the gateway that is connected; rejects with CallError, UNAVAILABLE while there is none. */
export async function askGateway<M extends WindowMethod>(
  method: M,
  params: WindowCall<M>['params'],
): Promise<WindowCall<M>['result']> {
  const { result } = await ask('gateway.call', { method, params });
  return result as WindowCall<M>['result'];
}

export const onEvent: Bridge['on'] = (event, listener) => openclaw.on(event, listener);
