import { randomUUID } from 'node:crypto';
import type { Roster } from '../agents/roster.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type InterruptedRun, settleInterruptedRuns } from './interrupted-runs.ts';
import { LabelClaims } from './label-claims.ts';
import { findRecordedRun, type RecordedRun } from './recorded-run.ts';
import type { Held, SessionQuery } from './session-catalog.ts';
import { type HistoryPage, type HistoryQuery, readHistory } from './session-history.ts';
import { canonicalKey } from './session-key.ts';
import { type SessionChange, SessionLedger } from './session-ledger.ts';
import { loadSessions } from './session-load.ts';
import { dueReset, type SessionPolicy } from './session-policy.ts';
import { type Compaction, compactSession, type Keep, removeSession, startOver } from './session-rewrite.ts';
import { type SearchQuery, type SearchResult, searchSessions } from './session-search.ts';
import type { ChatMessage, RunNote, SessionEntry, SessionPatch, StoredMessage } from './session-types.ts';
import { archiveTranscript } from './transcript-files.ts';
import { transcriptRecords } from './transcript-records.ts';
import { openSessionUsage, type SessionUsage } from './usage.ts';

export type NewMessage = Omit<StoredMessage, 'id' | 'seq'>;

interface SameSession {
  /** Refuses with INVALID_REQUEST and `details.code` SESSION_CHANGED when the session was reset or deleted since. */
  lifecycleRevision?: string;
}

export interface AppendOptions extends SameSession {
  /** Kept in the same write: a run that starts with this message, or ends with it. One that only starts is found as interrupted. */
  run?: RunNote;
}

export interface CompactOptions extends SameSession {
  /** Goes before what is kept. */
  summary?: ChatMessage;
}

/**
 * The sessions of a gateway and their transcripts. A promise resolves when the change is on the disk, and
 * rejects with UNAVAILABLE (`details.code` STORE_FULL or STORE_UNWRITABLE) when it cannot be stored; then
 * nothing has changed. Keys are canonical ones (see `canonicalKey`); one that does not exist is refused with
 * INVALID_REQUEST `session not found`.
 */
export interface SessionStore {
  readonly dir: string;
  readonly size: number;
  /** Creates the session when there is none, and starts it over when its reset is due. Aliases such as `main` are fine. */
  ensure(key: string, init?: SessionPatch): Promise<SessionEntry>;
  get(key: string): SessionEntry | undefined;
  byId(sessionId: string): SessionEntry | undefined;
  byLabel(label: string, agentId?: string): SessionEntry | undefined;
  /** Most recently changed first. */
  list(query: SessionQuery): { rows: SessionEntry[]; total: number };
  update(key: string, patch: SessionPatch): Promise<SessionEntry>;
  append(
    key: string,
    messages: readonly NewMessage[],
    entryPatch?: SessionPatch,
    options?: AppendOptions,
  ): Promise<StoredMessage[]>;
  /** Keeps more of a reply, whose first `from` characters are kept already, for the case that the gateway is killed. Not synced. */
  keepPartial(key: string, runId: string, from: number, text: string): Promise<void>;
  /** A run whose question is among the newest messages of the session, if there is such a session. */
  recordedRun(key: string, runId: string): Promise<RecordedRun | undefined>;
  /** The newest `limit` messages, oldest first. Messages are shared with other readers: not to be changed. */
  history(key: string, query: HistoryQuery): Promise<HistoryPage>;
  search(text: string, query?: SearchQuery): Promise<SearchResult>;
  /** A new session id and an empty transcript under the same key and settings; the old transcript becomes `*.jsonl.reset.<time>`. */
  reset(key: string, reason: 'new' | 'reset'): Promise<{ entry: SessionEntry; archived: string[] }>;
  /** The transcript becomes `*.jsonl.deleted.<time>`; with `transcript: false` it stays as `*.jsonl.detached.<time>` and is not reported. */
  delete(key: string, options: { transcript: boolean }): Promise<{ deleted: boolean; archived: string[] }>;
  /** Keeps the newest messages (so many, or all from a sequence number on); the whole transcript becomes `*.jsonl.bak.<time>`. */
  compact(key: string, keep: Keep, options?: CompactOptions): Promise<Compaction>;
  readonly usage: SessionUsage;
  /** The runs that were open when the store was opened; they are marked and settled already. */
  interruptedRuns(): readonly InterruptedRun[];
  onChanged(listener: (change: SessionChange) => void): () => void;
  problems(): { path: string; damagedRecords: number }[];
  close(): Promise<void>;
}

export interface SessionStoreOptions {
  /** `<state dir>/tray/sessions` */
  dir: string;
  clock: Clock;
  log: Logger;
  roster(): Roster;
  policy(): SessionPolicy;
}

/** Opens the store. Damaged, unreadable and half-written files cost what is in them and are logged; they never prevent the start. */
export async function openSessionStore(options: SessionStoreOptions): Promise<SessionStore> {
  const { dir, clock, log } = options;
  const loaded = await loadSessions(dir, log);
  const ledger = new SessionLedger(dir, clock, log, loaded);
  for (const path of loaded.outdated) {
    await archiveTranscript(path, 'reset', clock.now()).catch((error) => {
      log.warn('A transcript of before a reset could not be put away.', { path, error: String(error) });
    });
  }
  return new FileSessionStore(ledger, options, await settleInterruptedRuns(ledger));
}

class FileSessionStore implements SessionStore {
  readonly usage: SessionUsage;
  readonly #ledger: SessionLedger;
  readonly #labels = new LabelClaims();
  readonly #options: SessionStoreOptions;
  readonly #interrupted: readonly InterruptedRun[];

  constructor(ledger: SessionLedger, options: SessionStoreOptions, interrupted: readonly InterruptedRun[]) {
    this.#ledger = ledger;
    this.#options = options;
    this.#interrupted = interrupted;
    this.usage = openSessionUsage(ledger.dir, ledger.catalog, options.clock);
  }

  get dir(): string {
    return this.#ledger.dir;
  }

  get size(): number {
    return this.#ledger.catalog.size;
  }

  async ensure(given: string, init: SessionPatch = {}): Promise<SessionEntry> {
    const ledger = this.#ledger;
    const { key, agentId, kind } = canonicalKey(given, this.#options.roster());
    const known = ledger.catalog.get(key);
    if (known && !this.#dueReset(known)) return known.state.entry;
    const chatType = kind === 'group' ? 'group' : 'direct';
    const make = async () => {
      const held = ledger.catalog.get(key);
      if (held) return this.#goOn(held, known ? {} : init);
      const { state } = await ledger.begin(key, agentId, { chatType, ...init });
      ledger.tell(key, 'create');
      return state.entry;
    };
    return this.#claiming(init.label, key, () => ledger.gate(key).exclusive(make));
  }

  /** A session that is there, or came while another caller wanted to make it: what this one asked for counts too. */
  async #goOn(held: Held, asked: SessionPatch): Promise<SessionEntry> {
    const due = this.#dueReset(held);
    const { entry } = due ? await startOver(this.#ledger, held, due) : held.state;
    const fields = Object.keys(asked) as (keyof SessionPatch)[];
    if (fields.every((field) => asked[field] === entry[field])) return entry;
    const changed = await this.#ledger.write(
      entry.key,
      transcriptRecords([], this.#options.clock.now(), asked),
    );
    this.#ledger.tell(entry.key, 'patch');
    return changed;
  }

  #claiming<T>(label: string | null | undefined, key: string, task: () => Promise<T>): Promise<T> {
    return this.#labels.during(label, key, label ? this.byLabel(label)?.key : undefined, task);
  }

  #dueReset({ state }: Held): 'daily' | 'idle' | undefined {
    const { policy, clock } = this.#options;
    return state.openRuns.length > 0 ? undefined : dueReset(state.entry, policy(), clock.now());
  }

  get(key: string): SessionEntry | undefined {
    return this.#ledger.catalog.get(key)?.state.entry;
  }

  byId(sessionId: string): SessionEntry | undefined {
    return this.#ledger.catalog.byId(sessionId)?.state.entry;
  }

  byLabel(label: string, agentId?: string): SessionEntry | undefined {
    const everywhere = { archived: 'all', includeGlobal: true, includeUnknown: true } as const;
    return this.list({ label, agentId, ...everywhere }).rows[0];
  }

  list(query: SessionQuery): { rows: SessionEntry[]; total: number } {
    return this.#ledger.catalog.list(query, this.#options.clock.now());
  }

  async update(key: string, patch: SessionPatch): Promise<SessionEntry> {
    const write = async () => {
      const entry = await this.#ledger.write(key, transcriptRecords([], this.#options.clock.now(), patch));
      this.#ledger.tell(key, 'patch');
      return entry;
    };
    return this.#claiming(patch.label, key, () => this.#shared(key, write));
  }

  async append(
    key: string,
    messages: readonly NewMessage[],
    entryPatch?: SessionPatch,
    options: AppendOptions = {},
  ): Promise<StoredMessage[]> {
    return this.#shared(key, async ({ state }) => {
      this.#ledger.need(key, options.lifecycleRevision);
      const { run } = options;
      const numbered = (message: NewMessage): StoredMessage => ({
        id: randomUUID(),
        seq: this.#ledger.takeSeq(state),
        ...message,
      });
      const stored = messages.map(numbered);
      const records = transcriptRecords(stored, this.#options.clock.now(), entryPatch, run);
      if (records.length > 0) await this.#ledger.write(key, records);
      this.#ledger.tell(key, stored.length > 0 ? 'message' : 'run');
      return stored;
    });
  }

  /** Work beside other work on the session; a reset, deletion or compaction waits for it. */
  async #shared<T>(key: string, task: (held: Held) => Promise<T>): Promise<T> {
    this.#ledger.need(key);
    return this.#ledger.gate(key).shared(async () => task(this.#ledger.need(key)));
  }

  async keepPartial(key: string, runId: string, from: number, text: string): Promise<void> {
    const at = this.#options.clock.now();
    const note = { type: 'run', at, runId, phase: 'partial', from, text };
    await this.#shared(key, () => this.#ledger.write(key, [note], { sync: false }));
  }

  async history(key: string, query: HistoryQuery): Promise<HistoryPage> {
    return this.#shared(key, async (held) => {
      const isCurrent = (): boolean => this.#ledger.catalog.get(key) === held;
      const page = await readHistory(held, this.#ledger.tails, query, isCurrent);
      this.#ledger.noteDamage(held.path, page.damaged);
      return page;
    });
  }

  async recordedRun(key: string, runId: string): Promise<RecordedRun | undefined> {
    if (!this.get(key)) return undefined;
    const { catalog, tails } = this.#ledger;
    return this.#shared(key, (held) => findRecordedRun(held, tails, runId, () => catalog.get(key) === held));
  }

  async search(text: string, query: SearchQuery = {}): Promise<SearchResult> {
    return searchSessions(text, this.#ledger.catalog.heldNewestFirst(), query);
  }

  async reset(given: string, reason: 'new' | 'reset'): Promise<{ entry: SessionEntry; archived: string[] }> {
    const ledger = this.#ledger;
    const { key, agentId } = canonicalKey(given, this.#options.roster());
    return ledger.gate(key).exclusive(async () => {
      const held = ledger.catalog.get(key);
      if (held) return startOver(ledger, held, reason);
      const { state } = await ledger.begin(key, agentId, {});
      ledger.tell(key, 'create');
      return { entry: state.entry, archived: [] };
    });
  }

  async delete(
    key: string,
    options: { transcript: boolean },
  ): Promise<{ deleted: boolean; archived: string[] }> {
    if (!this.get(key)) return { deleted: false, archived: [] };
    return this.#ledger.gate(key).exclusive(async () => {
      const held = this.#ledger.catalog.get(key);
      if (!held) return { deleted: false, archived: [] };
      return { deleted: true, archived: await removeSession(this.#ledger, held, !options.transcript) };
    });
  }

  async compact(key: string, keep: Keep, options: CompactOptions = {}): Promise<Compaction> {
    const ledger = this.#ledger;
    ledger.need(key);
    return ledger.gate(key).exclusive(async () => {
      const held = ledger.need(key, options.lifecycleRevision);
      return compactSession(ledger, held, keep, options.summary);
    });
  }

  interruptedRuns(): readonly InterruptedRun[] {
    return this.#interrupted;
  }

  onChanged(listener: (change: SessionChange) => void): () => void {
    return this.#ledger.onChanged(listener);
  }

  problems(): { path: string; damagedRecords: number }[] {
    return [...this.#ledger.damaged].map(([path, damagedRecords]) => ({ path, damagedRecords }));
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }
}
