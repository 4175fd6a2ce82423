import { randomUUID } from 'node:crypto';
import type { Json } from '../lib/json.ts';
import { RpcError } from '../protocol/errors.ts';
import { readJournalTail, storeError } from '../store/journal.ts';
import { sealedLine } from '../store/journal-line.ts';
import type { Held } from './session-catalog.ts';
import { openingRecords, replayed, type SessionChange, type SessionLedger } from './session-ledger.ts';
import { type ChatMessage, keptOnReset, type SessionEntry } from './session-types.ts';
import { archiveTranscript, replaceTranscript } from './transcript-files.ts';

/** Runs file work whose failure is the disk's and not the caller's. */
async function stored<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof RpcError ? error : storeError(path, error);
  }
}

/**
 * The session goes on with its settings, a new session id and an empty transcript. The new transcript is
 * stored before the old one is put away, and of two the younger counts, so a crash in between loses neither.
 */
export async function startOver(
  ledger: SessionLedger,
  held: Held,
  reason: SessionChange['reason'],
): Promise<{ entry: SessionEntry; archived: string[] }> {
  const { entry } = held.state;
  const next = await ledger.begin(entry.key, entry.agentId, {
    ...keptOnReset(entry),
    createdAt: entry.createdAt,
  });
  await ledger.journals.release(held.path);
  const archive = await archiveTranscript(held.path, 'reset', ledger.clock.now()).catch((error) => {
    ledger.log.warn('The transcript of a reset session stays where it is.', {
      path: held.path,
      error: String(error),
    });
  });
  ledger.forget(entry.sessionId);
  ledger.tell(entry.key, reason);
  return { entry: next.state.entry, archived: archive ? [archive] : [] };
}

export async function removeSession(
  ledger: SessionLedger,
  held: Held,
  keepTranscript: boolean,
): Promise<string[]> {
  const { key, sessionId } = held.state.entry;
  await ledger.journals.release(held.path);
  const reason = keepTranscript ? 'detached' : 'deleted';
  const archive = await stored(held.path, archiveTranscript(held.path, reason, ledger.clock.now()));
  ledger.catalog.delete(key);
  ledger.forget(sessionId);
  ledger.tell(key, 'delete');
  return archive && !keepTranscript ? [archive] : [];
}

export interface Compaction {
  compacted: boolean;
  /** Messages that are left. */
  kept: number;
  archived?: string;
}

/** How many of the newest messages are kept, or from which sequence number on they all are. */
export type Keep = number | { fromSeq: number };

/** Keeps the newest messages, after a `summary` of the others if there is one. The old transcript is archived. */
export async function compactSession(
  ledger: SessionLedger,
  held: Held,
  keep: Keep,
  summary?: ChatMessage,
): Promise<Compaction> {
  const { entry, firstSeq, lastSeq } = held.state;
  const { messageCount } = entry;
  const isCounted = typeof keep === 'number';
  const fromSeq = isCounted ? 0 : keep.fromSeq;
  const limit = isCounted ? keep : lastSeq - fromSeq + 1;
  if (isCounted ? messageCount <= keep : fromSeq <= firstSeq) return { compacted: false, kept: messageCount };
  const tail = await readJournalTail(held.path, limit, {
    before: held.size,
    where: (record) => record.type === 'message' && Number(record.seq) >= fromSeq,
  });
  const at = ledger.clock.now();
  const records = compactedRecords(
    held,
    tail.records.map(({ record }) => record),
    at,
    summary,
  );
  const content = Buffer.concat(records.map(sealedLine));
  await ledger.journals.release(held.path);
  const archived = await stored(held.path, replaceTranscript(held.path, content, 'bak', at));
  const state = replayed(entry, entry.key, at, records);
  ledger.catalog.set({ path: held.path, state, size: content.length });
  ledger.damaged.delete(held.path);
  ledger.forget(entry.sessionId);
  ledger.tell(entry.key, 'compact');
  return { compacted: true, kept: tail.records.length, archived };
}

function compactedRecords(held: Held, kept: Json[], at: number, summary: ChatMessage | undefined): Json[] {
  const { entry, openRuns, lastSeq } = held.state;
  const firstSeq = Number(kept[0]?.seq ?? lastSeq + 1);
  const patch = {
    ...entry,
    compactionCount: entry.compactionCount + 1,
    totalTokens: 0,
    totalTokensFresh: false,
    updatedAt: at,
  };
  const summaryRecord = {
    type: 'message',
    at,
    id: randomUUID(),
    seq: firstSeq - 1,
    isSummary: true,
    message: summary,
  };
  return [
    ...openingRecords({ ...entry, createdAt: at }, patch),
    ...(summary ? [summaryRecord] : []),
    ...kept,
    ...openRuns.map(({ runId, startedAt, text }) => ({
      type: 'run',
      at: startedAt,
      runId,
      phase: 'start',
      text,
    })),
  ];
}
