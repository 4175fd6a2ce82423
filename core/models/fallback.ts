import { type ModelEvent, type ModelRef, type ModelRequest, refText } from './model.ts';
import { ModelError } from './model-error.ts';
import { attempt } from './retry.ts';

const PATIENCE_MS = 30_000;
/** With another model at hand nobody should wait long for the first. */
const PATIENCE_WITH_FALLBACK_MS = 3_000;

/** Streams from one model; `patienceMs` bounds each wait between its tries. */
export type OpenStream = (request: ModelRequest, patienceMs: number) => AsyncIterable<ModelEvent>;

/**
 * Streams from the first model of the chain that answers. A failure before anything visible leads to the next
 * model, announced by a `fallback` event with the reason; after that, on an abort, and when the conversation is
 * too long for the model, it is thrown. When all failed, the error names each model and its reason.
 */
export async function* streamWithFallback(
  open: OpenStream,
  chain: readonly ModelRef[],
  request: Omit<ModelRequest, 'model'>,
): AsyncGenerator<ModelEvent> {
  const failures: ModelError[] = [];
  for (const [index, model] of chain.entries()) {
    const next = chain[index + 1];
    const failure = yield* attempt(
      open({ ...request, model }, next ? PATIENCE_WITH_FALLBACK_MS : PATIENCE_MS),
    );
    if (failure === undefined) return;
    if (failure.seen || isFinal(failure.error)) throw failure.error;
    failures.push(failure.error);
    if (next) yield { type: 'fallback', from: model, to: next, reason: failure.error.message };
  }
  throw exhausted(failures);
}

export const SINGLE_PATIENCE_MS = PATIENCE_MS;

const isFinal = ({ kind }: ModelError): boolean => kind === 'aborted' || kind === 'context';

/** One failure speaks for itself. Of several, the first is the one that the user's choice of model met. */
function exhausted(failures: readonly ModelError[]): ModelError {
  const [first] = failures;
  if (first === undefined || failures.length === 1)
    return first ?? new ModelError('no-model', 'No model is configured.', { provider: '', model: '' });
  const reasons = failures.map((one) => `${refText(one)}: ${one.message}`);
  return new ModelError(first.kind, `All ${failures.length} models failed.\n${reasons.join('\n')}`, first, {
    ...(first.status === undefined ? {} : { status: first.status }),
    ...(first.retryAfterMs === undefined ? {} : { retryAfterMs: first.retryAfterMs }),
    cause: first,
  });
}
