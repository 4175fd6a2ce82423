import type {
  Bridge,
  BridgeEvent,
  BridgeEvents,
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

/** Milliseconds before the app is asked again for what it did not answer. */
const ASK_AGAIN_MS = 1_000;

/**
 * Shows what the app tells with `event`, and until it does, what it answers to `first`: an answer can be older than
 * what was told since the question, and nothing newer would come to correct it. Returns what ends that.
 */
export function follow<E extends BridgeEvent>(
  event: E,
  first: () => Promise<BridgeEvents[E]>,
  show: (payload: BridgeEvents[E]) => void,
): () => void {
  let isAnswerWanted = true;
  const end = onEvent(event, (payload) => {
    isAnswerWanted = false;
    show(payload);
  });
  const askFirst = (): void => {
    if (!isAnswerWanted) return;
    first().then(
      (answer) => isAnswerWanted && show(answer),
      () => setTimeout(askFirst, ASK_AGAIN_MS),
    );
  };
  askFirst();
  return () => {
    isAnswerWanted = false;
    end();
  };
}
