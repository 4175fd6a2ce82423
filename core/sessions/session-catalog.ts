import { RecencyList } from './recency-list.ts';
import { kindOfKey } from './session-key.ts';
import type { SessionState } from './session-state.ts';
import type { SessionEntry } from './session-types.ts';

export interface SessionQuery {
  /** All unless given. */
  limit?: number;
  offset?: number;
  /** Words of key, label, names, titles and the last message; letters of either case. */
  search?: string;
  label?: string;
  agentId?: string;
  /** Only these agents. */
  agentIds?: readonly string[];
  /** Changed within this many minutes. */
  activeMinutes?: number;
  spawnedBy?: string;
  status?: SessionEntry['status'];
  /** Archived sessions are left out unless asked for. */
  archived?: boolean | 'all';
  includeGlobal?: boolean;
  includeUnknown?: boolean;
}

/** A session as the store holds it. `size` is how much of the transcript the state is made of. */
export interface Held {
  state: SessionState;
  path: string;
  size: number;
}

type Test = (entry: SessionEntry) => boolean;

/** The sessions in memory, by key, by id and by last change. */
export class SessionCatalog {
  readonly #byKey = new Map<string, Held>();
  readonly #keyById = new Map<string, string>();
  readonly #recent = new RecencyList();
  readonly #hidden = new Set<string>();
  /** Entries never change in place, so what was made of one holds as long as it does. */
  readonly #searchTexts = new WeakMap<SessionEntry, string>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Held | undefined {
    return this.#byKey.get(key);
  }

  byId(sessionId: string): Held | undefined {
    const key = this.#keyById.get(sessionId);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  set(held: Held): void {
    const { entry } = held.state;
    const before = this.#byKey.get(entry.key)?.state.entry;
    if (before && before.sessionId !== entry.sessionId) this.#keyById.delete(before.sessionId);
    this.#byKey.set(entry.key, held);
    this.#keyById.set(entry.sessionId, entry.key);
    this.#recent.set(entry.key, entry.updatedAt);
    if (isHidden(entry)) this.#hidden.add(entry.key);
    else this.#hidden.delete(entry.key);
  }

  delete(key: string): void {
    const held = this.#byKey.get(key);
    if (held) this.#keyById.delete(held.state.entry.sessionId);
    this.#byKey.delete(key);
    this.#recent.delete(key);
    this.#hidden.delete(key);
  }

  *held(): Generator<Held> {
    yield* this.#byKey.values();
  }

  *heldNewestFirst(): Generator<Held> {
    for (const key of this.#recent) {
      const held = this.#byKey.get(key);
      if (held) yield held;
    }
  }

  /** Costs what it returns when nothing is asked for but the newest sessions, else a look at each. */
  list(query: SessionQuery, now: number): { rows: SessionEntry[]; total: number } {
    const tests = testsFor(query, (entry) => this.#searchText(entry));
    const isPlain = tests.length === 0 && query.activeMinutes === undefined;
    const start = query.offset ?? 0;
    const end = query.limit === undefined ? undefined : start + query.limit;
    const found = taken(this.#matching(query, tests, now), isPlain ? end : undefined);
    return { rows: found.slice(start, end), total: isPlain ? this.#shown(query) : found.length };
  }

  *#matching(query: SessionQuery, tests: readonly Test[], now: number): Generator<SessionEntry> {
    const { activeMinutes } = query;
    const since = activeMinutes === undefined ? undefined : now - activeMinutes * 60_000;
    for (const { state } of this.heldNewestFirst()) {
      const { entry } = state;
      if (since !== undefined && entry.updatedAt < since) return;
      if (isShown(entry, query) && tests.every((test) => test(entry))) yield entry;
    }
  }

  #searchText(entry: SessionEntry): string {
    const known = this.#searchTexts.get(entry);
    if (known !== undefined) return known;
    const { key, sessionId, label, displayName, derivedTitle, lastMessagePreview } = entry;
    const parts = [key, sessionId, label, displayName, derivedTitle, lastMessagePreview];
    const text = parts.join('\n').toLowerCase();
    this.#searchTexts.set(entry, text);
    return text;
  }

  #shown(query: SessionQuery): number {
    let hidden = 0;
    let shownHidden = 0;
    for (const key of this.#hidden) {
      const held = this.#byKey.get(key);
      if (!held) continue;
      hidden += 1;
      if (isShown(held.state.entry, query)) shownHidden += 1;
    }
    const plain = query.archived === true ? 0 : this.#byKey.size - hidden;
    return plain + shownHidden;
  }
}

function taken<T>(items: Iterable<T>, count = Number.POSITIVE_INFINITY): T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.length >= count) break;
    found.push(item);
  }
  return found;
}

/** Left out of a list that asks for nothing special. */
function isHidden(entry: SessionEntry): boolean {
  return entry.archived === true || ['global', 'unknown'].includes(kindOfKey(entry.key));
}

function isShown(entry: SessionEntry, query: SessionQuery): boolean {
  if (entry.key === 'global' && !query.includeGlobal) return false;
  if (entry.key === 'unknown' && !query.includeUnknown) return false;
  return query.archived === 'all' || (entry.archived ?? false) === (query.archived ?? false);
}

function testsFor(query: SessionQuery, textOf: (entry: SessionEntry) => string): Test[] {
  const { label, agentId, agentIds, spawnedBy, status } = query;
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const tests: (Test | undefined)[] = [
    label === undefined ? undefined : (entry) => entry.label === label,
    agentId === undefined ? undefined : (entry) => entry.agentId === agentId.toLowerCase(),
    agentIds === undefined ? undefined : (entry) => agentIds.includes(entry.agentId),
    spawnedBy === undefined ? undefined : (entry) => entry.spawnedBy === spawnedBy,
    status === undefined ? undefined : (entry) => entry.status === status,
    words.length === 0 ? undefined : (entry) => words.every((word) => textOf(entry).includes(word)),
  ];
  return tests.filter((test) => test !== undefined);
}
