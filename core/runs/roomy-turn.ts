import type { ModelMessage, ModelRef } from '../models/model.ts';
import { ModelError } from '../models/model-error.ts';
import type { Compacted } from './compactor.ts';
import { type Progress, type Reply, type TurnDeps, takeTurn } from './turn.ts';

export interface RoomyTurn extends TurnDeps {
  /** The conversation as it is now, for the model. */
  past(): Promise<ModelMessage[]>;
  /** Makes the conversation shorter, but for what belongs to this run. */
  compact(): Promise<Compacted>;
}

/** `takeTurn`, which goes on once with a shorter conversation when the model says that it is too long. */
export async function takeRoomyTurn(
  turn: RoomyTurn,
  first: ModelRef,
  signal: AbortSignal,
  progress: Progress,
): Promise<Reply> {
  try {
    return await takeTurn(turn, await turn.past(), first, signal, progress);
  } catch (error) {
    const isTooLong = error instanceof ModelError && error.kind === 'context';
    if (!isTooLong || progress.text !== '' || signal.aborted) throw error;
    if (!(await madeRoom(turn))) throw tooLong(error);
    signal.throwIfAborted();
    return takeTurn(turn, await turn.past(), first, signal, progress);
  }
}

async function madeRoom({ emit, compact }: RoomyTurn): Promise<boolean> {
  emit({ type: 'compaction', phase: 'start' });
  const end = { type: 'compaction', phase: 'end' } as const;
  try {
    const { compacted, reason } = await compact();
    emit({ ...end, completed: compacted, ...(reason === undefined ? {} : { reason }) });
    return compacted;
  } catch (error) {
    emit({ ...end, completed: false, reason: error instanceof Error ? error.message : 'internal error' });
    throw error;
  }
}

function tooLong(error: ModelError): ModelError {
  const said = `${error.message} There is nothing older to leave out: send a shorter message.`;
  const { status, retryAfterMs } = error;
  return new ModelError('context', said, error, { status, retryAfterMs, cause: error });
}
