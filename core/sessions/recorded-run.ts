import { asNumber, asText, type Json } from '../lib/json.ts';
import { scanJournalBackward } from '../store/journal.ts';
import type { HotTails } from './hot-tails.ts';
import type { Held } from './session-catalog.ts';
import { readHistory } from './session-history.ts';
import { storedMessage } from './session-state.ts';
import type { RunStatus, StoredMessage } from './session-types.ts';

/** A run as the transcript tells it. Times are epoch ms. */
export interface RecordedRun {
  question: StoredMessage;
  /** What was said in answer, oldest first. */
  answers: StoredMessage[];
  startedAt: number;
  endedAt: number;
  /** Undefined when no end was noted: the gateway went away, and could not write when it came back. */
  status: RunStatus | undefined;
  /** Why it ended badly, where that is known. */
  error: string | undefined;
}

/** Messages at the newest end of a session among which the question of a run is looked for. */
const RECENT = { limit: 100, maxBytes: 1024 * 1024 };

export const questionKey = (runId: string): string => `${runId}:user`;

/** The run, if its question is one of the newest messages of the session. `isCurrent` as for `readHistory`. */
export async function findRecordedRun(
  held: Held,
  tails: HotTails,
  runId: string,
  isCurrent: () => boolean,
): Promise<RecordedRun | undefined> {
  const { messages } = await readHistory(held, tails, RECENT, isCurrent);
  const key = questionKey(runId);
  const question = messages.find(({ idempotencyKey }) => idempotencyKey === key);
  return question && readRun(held, runId, question);
}

async function readRun({ path, size }: Held, runId: string, question: StoredMessage): Promise<RecordedRun> {
  const newestFirst: Json[] = [];
  for await (const piece of scanJournalBackward(path, size)) {
    if ('damaged' in piece || piece.record.runId !== runId) continue;
    if (piece.record.id === question.id) break;
    if (piece.record.phase !== 'partial') newestFirst.push(piece.record);
  }
  const end = newestFirst.find(({ phase }) => phase === 'end');
  const startedAt = question.message.timestamp;
  return {
    question,
    answers: newestFirst
      .filter(({ type }) => type === 'message')
      .map(storedMessage)
      .reverse(),
    startedAt,
    endedAt: asNumber(newestFirst[0]?.at) ?? startedAt,
    status: asText(end?.status) as RunStatus | undefined,
    error: asText(end?.error),
  };
}
