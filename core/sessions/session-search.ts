import { asNumber } from '../lib/json.ts';
import { scanJournalBackward } from '../store/journal.ts';
import { clipped, textOf, wholeCharacters } from './message-text.ts';
import type { Held } from './session-catalog.ts';
import { storedMessage } from './session-state.ts';

export interface SearchQuery {
  /** Hits at most; 50 unless given. */
  limit?: number;
  agentId?: string;
  /** Transcript bytes to look through at most; 64 MiB unless given. */
  maxBytes?: number;
  /** Message hits of one session at most; 5 unless given. */
  perSession?: number;
  /** Only these sessions. */
  keys?: readonly string[];
  /** Only messages of these roles, and no titles. */
  roles?: readonly string[];
  signal?: AbortSignal;
}

export interface SearchHit {
  key: string;
  sessionId: string;
  /** `title`: the key and the title that is shown; `message`: the text of a message. */
  where: 'title' | 'message';
  messageId?: string;
  seq?: number;
  role?: string;
  /** Epoch ms of the message, or of the last change of the session. */
  timestamp: number;
  /** Some words around the hit, on one line. */
  snippet: string;
}

export interface SearchResult {
  /** Titles first, then messages; the most recently changed session first, its newest message first. */
  hits: SearchHit[];
  sessionsScanned: number;
  bytesScanned: number;
  /** True when a limit or the signal ended the search before everything had been looked through. */
  truncated: boolean;
}

const DEFAULT_LIMIT = 50;
const DEFAULT_BYTES = 64 * 1024 * 1024;
const DEFAULT_PER_SESSION = 5;
const AROUND = 60;
/** Small transcripts are read without a wait, so others get their turn in between. */
const SESSIONS_WITHOUT_REST = 32;

/** Looks for all words of `text`, letters of either case. Never holds more than some messages in memory. */
export async function searchSessions(
  text: string,
  sessions: Iterable<Held>,
  query: SearchQuery,
): Promise<SearchResult> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const search = new Search(words, query);
  if (words.length === 0) return search.result;
  const wanted = [...sessions].filter(
    ({ state: { entry } }) =>
      (query.agentId === undefined || entry.agentId === query.agentId) &&
      (query.keys?.includes(entry.key) ?? true),
  );
  if (!query.roles) for (const { state } of wanted) search.lookAtTitle(state.entry);
  for (const held of wanted) {
    if (search.result.truncated) break;
    if (held.state.entry.messageCount > 0) await search.lookInto(held);
  }
  return search.result;
}

class Search {
  readonly result: SearchResult = { hits: [], sessionsScanned: 0, bytesScanned: 0, truncated: false };
  readonly #words: readonly string[];
  readonly #query: Required<Pick<SearchQuery, 'limit' | 'maxBytes' | 'perSession'>> & SearchQuery;

  constructor(words: readonly string[], query: SearchQuery) {
    this.#words = words;
    this.#query = {
      ...query,
      limit: query.limit ?? DEFAULT_LIMIT,
      maxBytes: query.maxBytes ?? DEFAULT_BYTES,
      perSession: query.perSession ?? DEFAULT_PER_SESSION,
    };
  }

  lookAtTitle(entry: Entry): void {
    const named = `${entry.key}\n${titleOf(entry)}`.toLowerCase();
    if (this.#words.every((word) => named.includes(word))) this.#add(titleHit(entry));
  }

  async lookInto({ path, size, state }: Held): Promise<void> {
    let left = this.#query.perSession;
    this.result.sessionsScanned += 1;
    if (this.result.sessionsScanned % SESSIONS_WITHOUT_REST === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    for await (const piece of scanJournalBackward(path, size)) {
      if (this.#isOver() || left === 0) return;
      this.result.bytesScanned += piece.length;
      const hit = 'damaged' in piece ? undefined : this.#hitIn(piece.record, state.entry);
      if (!hit) continue;
      this.#add(hit);
      left -= 1;
    }
  }

  #hitIn(record: Record<string, unknown>, entry: Entry): SearchHit | undefined {
    const { roles } = this.#query;
    const hit = messageHit(record, entry, this.#words);
    return hit && (roles === undefined || roles.includes(hit.role ?? '')) ? hit : undefined;
  }

  #isOver(): boolean {
    const { maxBytes, signal } = this.#query;
    this.result.truncated ||= this.result.bytesScanned >= maxBytes || (signal?.aborted ?? false);
    return this.result.truncated;
  }

  #add(hit: SearchHit): void {
    if (this.result.hits.length < this.#query.limit) this.result.hits.push(hit);
    else this.result.truncated = true;
  }
}

type Entry = Held['state']['entry'];

const titleOf = (entry: Entry): string => entry.label ?? entry.displayName ?? entry.derivedTitle ?? entry.key;

function titleHit(entry: Entry): SearchHit {
  const { key, sessionId, updatedAt } = entry;
  return {
    key,
    sessionId,
    where: 'title',
    timestamp: updatedAt,
    snippet: clipped(titleOf(entry), AROUND * 2),
  };
}

function messageHit(
  record: Record<string, unknown>,
  entry: Entry,
  words: readonly string[],
): SearchHit | undefined {
  if (record.type !== 'message') return undefined;
  const { id, seq, message } = storedMessage(record);
  const text = textOf(message);
  const lower = text.toLowerCase();
  if (!words.every((word) => lower.includes(word))) return undefined;
  const at = Math.max(0, lower.indexOf(words[0] ?? '') - AROUND);
  const snippet = wholeCharacters(text.slice(at, at + AROUND * 4)).replace(/^[\udc00-\udfff]/, '');
  return {
    key: entry.key,
    sessionId: entry.sessionId,
    where: 'message',
    messageId: id,
    seq,
    role: message.role,
    timestamp: asNumber(message.timestamp) ?? asNumber(record.at) ?? entry.updatedAt,
    snippet: `${at > 0 ? '…' : ''}${clipped(snippet, AROUND * 2)}`,
  };
}
