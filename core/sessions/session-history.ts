import { asNumber } from '../lib/json.ts';
import { readJournalTail } from '../store/journal.ts';
import type { HotTails, SizedMessage, Tail } from './hot-tails.ts';
import type { Held } from './session-catalog.ts';
import { storedMessage } from './session-state.ts';
import type { StoredMessage } from './session-types.ts';

export interface HistoryQuery {
  limit: number;
  /** Messages to leave out at the newest end: the `nextOffset` of the page before. */
  offset?: number;
  /** Of the transcript lines; the newest message of the page is given whatever its size. */
  maxBytes?: number;
}

export interface HistoryPage {
  /** Oldest first. They are shared with others: not to be changed. */
  messages: StoredMessage[];
  /** Messages of the session, on all pages. */
  total: number;
  hasMore: boolean;
  nextOffset: number | null;
  /** Damaged stretches of the transcript met while reading this page. */
  damaged: number;
}

/** `isCurrent` says whether the session still is what `held` says: only then may what was read be remembered. */
export async function readHistory(
  held: Held,
  tails: HotTails,
  query: HistoryQuery,
  isCurrent: () => boolean,
): Promise<HistoryPage> {
  const { entry, firstSeq, lastSeq } = held.state;
  const offset = query.offset ?? 0;
  const top = lastSeq - offset;
  const hot = tails.get(entry.sessionId);
  const isEnough = hot && (hot.reachedStart || hot.messages.length >= query.limit + offset);
  const tail = isEnough ? hot : await readTail(held, tails, query.limit, offset);
  if (!isEnough && offset === 0 && isCurrent()) tails.put(entry.sessionId, tail);
  const upTo = tail.messages.filter(({ stored }) => stored.seq <= top);
  const page = withinBytes(upTo.slice(-query.limit), query.maxBytes);
  const oldest = page[0]?.stored.seq;
  const hasMore =
    oldest !== undefined && oldest > firstSeq && (!tail.reachedStart || page.length < upTo.length);
  return {
    messages: page.map(({ stored }) => stored),
    total: entry.messageCount,
    hasMore,
    nextOffset: hasMore ? lastSeq - oldest + 1 : null,
    damaged: tail.damaged,
  };
}

/** The newest `limit` messages below the `offset` newest ones. */
async function readTail(
  { state, path, size }: Held,
  tails: HotTails,
  limit: number,
  offset: number,
): Promise<Tail> {
  const { sessionId } = state.entry;
  const top = state.lastSeq - offset;
  const newer = tails.pageStart(sessionId);
  const { records, reachedStart, damaged } = await readJournalTail(path, limit, {
    before: newer && newer.seq > top ? newer.offset : size,
    where: (record) => record.type === 'message' && (asNumber(record.seq) ?? 0) <= top,
  });
  const messages = records.map(({ record, length }) => ({ stored: storedMessage(record), bytes: length }));
  const [first] = records;
  if (first) tails.notePage(sessionId, { seq: storedMessage(first.record).seq, offset: first.offset });
  return { messages, reachedStart, damaged };
}

function withinBytes(messages: SizedMessage[], maxBytes: number | undefined): SizedMessage[] {
  if (maxBytes === undefined) return messages;
  let room = maxBytes;
  let start = messages.length;
  while (start > 0) {
    room -= messages[start - 1]?.bytes ?? 0;
    if (room < 0 && start < messages.length) break;
    start -= 1;
  }
  return messages.slice(start);
}
