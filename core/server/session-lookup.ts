import { asObject } from '../lib/json.ts';
import { invalidRequest } from '../protocol/errors.ts';
import { textOf, wholeCharacters } from '../sessions/message-text.ts';
import { kindOfKey } from '../sessions/session-key.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry, StoredMessage } from '../sessions/session-types.ts';

export interface LookupDeps {
  sessions: SessionStore;
  /** The key that is meant; throws for what can be none. */
  keyOf(given: string, agentId: string | undefined): string;
}

export interface ResolveQuery {
  key?: string;
  sessionId?: string;
  label?: string;
  /** The beginning of a session id. */
  shortId?: string;
  /** Any of the others. */
  reference?: string;
  agentId?: string;
  spawnedBy?: string;
  includeGlobal?: boolean;
  includeUnknown?: boolean;
  allowMissing?: boolean;
}

interface MessageQuery {
  query: string;
  limit?: number;
  agentId?: string;
  sessionKeys?: string[];
}

const SEARCH_LIMIT = 25;
const SPEAKERS = ['user', 'assistant'];

interface Candidate {
  key: string;
  agentId: string;
  displayName?: string;
}

export type Resolved = ({ ok: true } & Candidate) | { ok: false; candidates?: Candidate[] };

const WAYS = ['key', 'sessionId', 'label', 'shortId', 'reference'] as const;
const MAX_CANDIDATES = 10;
const MIN_SHORT_ID = 4;

/** The one session that a request means. Throws INVALID_REQUEST when there is none or it is not clear which. */
export function resolveSession(deps: LookupDeps, query: ResolveQuery): Resolved {
  const ways = WAYS.filter((way) => query[way] !== undefined);
  const [way] = ways;
  const given = way && query[way]?.trim();
  if (!way || !given) {
    throw invalidRequest('Either key, sessionId, label, shortId, or reference is required');
  }
  if (ways.length > 1) throw invalidRequest(`Provide only one of ${ways.join(', ')}`);
  const found = FINDERS[way](deps, given, query).filter((entry) => isMeant(entry, query, way));
  const [only] = found;
  if (only && found.length === 1) return { ok: true, ...candidate(only) };
  if (found.length > 1) return { ok: false, candidates: found.slice(0, MAX_CANDIDATES).map(candidate) };
  if (query.allowMissing) return { ok: false };
  throw invalidRequest(`No session found${way === 'label' ? ' with label' : ''}: ${given}`);
}

type Finder = (deps: LookupDeps, given: string, query: ResolveQuery) => SessionEntry[];

const present = (entry: SessionEntry | undefined): SessionEntry[] => (entry ? [entry] : []);

const FINDERS: Record<(typeof WAYS)[number], Finder> = {
  key: ({ sessions, keyOf }, given, { agentId }) => {
    const key = attempt(() => keyOf(given, agentId));
    return present(key === undefined ? undefined : sessions.get(key));
  },
  sessionId: ({ sessions }, given) => present(sessions.byId(given)),
  label: ({ sessions }, label) => everySession(sessions, { label }),
  shortId: ({ sessions }, given) => {
    if (given.length < MIN_SHORT_ID) return present(sessions.byId(given));
    const start = given.toLowerCase();
    return everySession(sessions, {}).filter(({ sessionId }) => sessionId.startsWith(start));
  },
  reference: (deps, given, query) => {
    for (const way of ['key', 'sessionId', 'label', 'shortId'] as const) {
      const found = FINDERS[way](deps, given, query);
      if (found.length > 0) return found;
    }
    return [];
  },
};

const everySession = (sessions: SessionStore, query: { label?: string }): SessionEntry[] =>
  sessions.list({ ...query, archived: 'all', includeGlobal: true, includeUnknown: true }).rows;

function isMeant({ key, agentId, spawnedBy }: SessionEntry, query: ResolveQuery, way: string): boolean {
  const kind = kindOfKey(key);
  if (way !== 'key' && kind === 'global' && !query.includeGlobal) return false;
  if (way !== 'key' && kind === 'unknown' && !query.includeUnknown) return false;
  if (query.agentId !== undefined && agentId !== query.agentId.toLowerCase()) return false;
  return query.spawnedBy === undefined || spawnedBy === query.spawnedBy;
}

const candidate = ({ key, agentId, displayName }: SessionEntry): Candidate => ({
  key,
  agentId,
  ...(displayName === undefined ? {} : { displayName }),
});

function attempt<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch {
    return undefined;
  }
}

export interface Preview {
  key: string;
  status: 'ok' | 'empty' | 'missing' | 'error';
  items: { role: string; text: string }[];
}

const MAX_PREVIEWS = 64;
const MAX_LINES = 50;
const PREVIEW_LINES = 12;
const PREVIEW_CHARS = 240;
const MAX_CHARS = 2_000;

/** The newest messages that say something, oldest first; `key` is spelled as it was given. */
export function previews(
  deps: LookupDeps,
  query: { keys: readonly string[]; limit?: number; maxChars?: number },
): Promise<Preview[]> {
  const limit = Math.min(query.limit ?? PREVIEW_LINES, MAX_LINES);
  const maxChars = Math.min(query.maxChars ?? PREVIEW_CHARS, MAX_CHARS);
  return Promise.all(query.keys.slice(0, MAX_PREVIEWS).map((key) => preview(deps, key, limit, maxChars)));
}

async function preview(deps: LookupDeps, given: string, limit: number, maxChars: number): Promise<Preview> {
  const key = attempt(() => deps.keyOf(given, undefined));
  if (key === undefined || !deps.sessions.get(key)) return { key: given, status: 'missing', items: [] };
  try {
    const { messages } = await deps.sessions.history(key, { limit });
    const items = messages.flatMap((stored) => previewLine(stored, maxChars));
    return { key: given, status: items.length > 0 ? 'ok' : 'empty', items };
  } catch {
    return { key: given, status: 'error', items: [] };
  }
}

function previewLine({ message }: StoredMessage, maxChars: number): { role: string; text: string }[] {
  const text = textOf(message).trim() || calledTools(message.content);
  if (text === '') return [];
  const role = message.role === 'toolResult' ? 'tool' : message.role;
  const short = text.length > maxChars ? `${wholeCharacters(text.slice(0, maxChars - 3))}...` : text;
  return [{ role, text: short }];
}

function calledTools(content: unknown): string {
  const parts = Array.isArray(content) ? content.map(asObject) : [];
  const names = parts.flatMap(({ type, name }) => (type === 'toolCall' ? [String(name)] : []));
  return names.length > 0 ? `call ${names.join(', ')}` : '';
}

/** The newest messages of the newest sessions first; all words are in each, so its place is its score. */
export async function searchMessages(
  { sessions, keyOf }: LookupDeps,
  { query, limit = SEARCH_LIMIT, agentId, sessionKeys }: MessageQuery,
  signal: AbortSignal,
) {
  const keys = sessionKeys?.map((key) => keyOf(key, agentId));
  const found = await sessions.search(query, { limit, agentId, keys, roles: SPEAKERS, signal });
  const results = found.hits.map((hit, place) => ({
    sessionKey: hit.key,
    sessionId: hit.sessionId,
    messageId: hit.messageId ?? hit.sessionId,
    role: hit.role === 'user' ? ('user' as const) : ('assistant' as const),
    timestamp: hit.timestamp,
    snippet: hit.snippet,
    score: 1 / (place + 1),
  }));
  return { results, ...(found.truncated ? { truncated: true } : {}) };
}
