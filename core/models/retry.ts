import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type ModelEvent, type ModelRef, refText } from './model.ts';
import { abortedError, ModelError } from './model-error.ts';

const MAX_TRIES = 3;
const FIRST_WAIT_MS = 500;

export interface RetryOptions {
  ref: ModelRef;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** The longest wait before another try; a provider that asks for more is given up at once. */
  patienceMs: number;
}

/** Opens a stream again after a passing failure, as long as nothing of it could be seen. */
export async function* streamWithRetries(
  open: () => AsyncIterable<ModelEvent>,
  options: RetryOptions,
): AsyncGenerator<ModelEvent> {
  for (let tries = 1; ; tries += 1) {
    const failure = yield* attempt(open());
    if (failure === undefined) return;
    const waitMs = failure.seen ? undefined : waitBefore(failure.error, tries, options.patienceMs);
    if (waitMs === undefined) throw failure.error;
    const { ref, signal, clock, log } = options;
    log.warn(`model ${refText(ref)}: ${failure.error.message}`, { tries, waitMs });
    await clock.sleep(waitMs, signal);
    if (signal.aborted) throw abortedError(ref);
  }
}

/**
 * One stream to its end, or to the `ModelError` that ended it. `seen`: a part of an answer came before, so no
 * other attempt may begin again from the top.
 */
export async function* attempt(
  stream: AsyncIterable<ModelEvent>,
): AsyncGenerator<ModelEvent, { error: ModelError; seen: boolean } | undefined> {
  let seen = false;
  try {
    for await (const event of stream) {
      seen ||= isVisible(event);
      yield event;
    }
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return { error, seen };
    throw error;
  }
}

const isVisible = (event: ModelEvent): boolean =>
  event.type === 'text' || event.type === 'reasoning' || event.type === 'tool-call';

function waitBefore(error: ModelError, tries: number, patienceMs: number): number | undefined {
  if (error.retryable !== true || tries >= MAX_TRIES) return undefined;
  const waitMs = error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1);
  return waitMs <= patienceMs ? waitMs : undefined;
}
