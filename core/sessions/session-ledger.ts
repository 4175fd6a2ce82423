import { randomUUID } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import type { Logger } from '../lib/log.ts';
import { invalidRequest } from '../protocol/errors.ts';
import type { AppendSync } from '../store/journal.ts';
import { createHotTails, type HotTails } from './hot-tails.ts';
import { createOpenJournals, type OpenJournals } from './open-journals.ts';
import { type Held, SessionCatalog } from './session-catalog.ts';
import { createSessionGate, type SessionGate } from './session-gate.ts';
import { type IndexKeeper, keepIndex } from './session-index.ts';
import type { LoadedSessions } from './session-load.ts';
import { applyRecord, blankState, type SessionState, storedMessage } from './session-state.ts';
import { patchRecord, type SessionEntry, type SessionPatch } from './session-types.ts';
import { transcriptPath } from './transcript-files.ts';

/** What happened to a session; `entry` is undefined once it is deleted. */
export interface SessionChange {
  key: string;
  reason: 'create' | 'message' | 'patch' | 'run' | 'new' | 'reset' | 'daily' | 'idle' | 'compact' | 'delete';
  entry: SessionEntry | undefined;
}

const OPEN_FILES = 64;
const TAIL_BOUNDS = { sessions: 48, messages: 600, bytes: 1024 * 1024 };

/** The sessions in memory, and the one way by which something new gets into them: through their transcript. */
export class SessionLedger {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly catalog = new SessionCatalog();
  readonly tails: HotTails = createHotTails(TAIL_BOUNDS);
  readonly journals: OpenJournals = createOpenJournals(OPEN_FILES);
  readonly index: IndexKeeper;
  readonly damaged: Map<string, number>;
  readonly #gates = new Map<string, SessionGate>();
  readonly #promisedSeqs = new Map<string, number>();
  /** By session id, what could not be written at the start: it goes ahead of what is written next. */
  readonly #owed = new Map<string, readonly Json[]>();
  readonly #listeners = new Set<(change: SessionChange) => void>();

  constructor(dir: string, clock: Clock, log: Logger, loaded: LoadedSessions) {
    this.dir = dir;
    this.clock = clock;
    this.log = log;
    this.damaged = loaded.damaged;
    for (const held of loaded.held) this.catalog.set(held);
    this.index = keepIndex({
      dir,
      clock,
      log,
      held: () => this.#whole(),
      damagedIn: (path) => this.damaged.get(path) ?? 0,
      stamps: loaded.stamps,
    });
    if (loaded.scanned > 0) this.index.note('');
  }

  gate(key: string): SessionGate {
    const gate = this.#gates.get(key) ?? createSessionGate();
    this.#gates.set(key, gate);
    return gate;
  }

  /** With a revision: refuses a session that has started over since. */
  need(key: string, lifecycleRevision?: string): Held {
    const held = this.catalog.get(key);
    if (!held) throw invalidRequest('session not found');
    if (lifecycleRevision !== undefined && lifecycleRevision !== held.state.entry.lifecycleRevision)
      throw invalidRequest('the session started over in the meantime', { code: 'SESSION_CHANGED' });
    return held;
  }

  /** The sequence number for the next message of this session. */
  takeSeq({ entry, lastSeq }: SessionState): number {
    const seq = Math.max(lastSeq, this.#promisedSeqs.get(entry.sessionId) ?? 0) + 1;
    this.#promisedSeqs.set(entry.sessionId, seq);
    return seq;
  }

  /** Starts a transcript for a session that is new or starts over. Call it from an exclusive task. */
  async begin(key: string, agentId: string, init: SessionPatch): Promise<Held> {
    const at = this.clock.now();
    const name = { sessionId: randomUUID(), agentId };
    const path = transcriptPath(this.dir, agentId, name.sessionId);
    const { entry } = blankState(name, key, at);
    const { lifecycleRevision } = entry;
    const records = openingRecords(entry, { ...init, createdAt: init.createdAt ?? at, lifecycleRevision });
    const ranges = await this.journals.append(path, records).catch(async (error) => {
      await this.journals.release(path);
      await unlink(path).catch(() => {});
      throw error;
    });
    const held = { path, state: replayed(name, key, at, records), size: endOf(ranges) };
    this.catalog.set(held);
    this.tails.put(name.sessionId, { messages: [], reachedStart: true, damaged: 0 });
    this.index.note(name.sessionId);
    return held;
  }

  /** Stores the records and resolves with the session as it is with them. Call it from a shared task. */
  async write(key: string, given: readonly Json[], options?: AppendSync): Promise<SessionEntry> {
    const { path, state: before } = this.need(key);
    const { sessionId } = before.entry;
    const owed = this.#owed.get(sessionId) ?? [];
    this.#owed.delete(sessionId);
    const records = [...owed, ...given];
    const ranges = await this.journals.append(path, records, options).catch((error) => {
      if (owed.length > 0) this.owe(sessionId, owed);
      throw error;
    });
    const { state, size } = this.need(key);
    const next = { path, state: records.reduce(applyRecord, state), size: Math.max(size, endOf(ranges)) };
    this.catalog.set(next);
    const messages = records.flatMap((record, at) =>
      record.type === 'message' ? [{ stored: storedMessage(record), bytes: ranges[at]?.length ?? 0 }] : [],
    );
    this.tails.extend(sessionId, messages);
    if (this.#promisedSeqs.get(sessionId) === next.state.lastSeq) this.#promisedSeqs.delete(sessionId);
    this.index.note(sessionId);
    return next.state.entry;
  }

  /** Writes the records when something can be written to the session again; until then a restart finds it unsettled. */
  owe(sessionId: string, records: readonly Json[]): void {
    this.#owed.set(sessionId, records);
  }

  /** The sessions whose state is what their transcript says. */
  *#whole(): Generator<Held> {
    for (const held of this.catalog.held()) {
      if (!this.#owed.has(held.state.entry.sessionId)) yield held;
    }
  }

  /** The session has a new transcript, or none any more. */
  forget(sessionId: string): void {
    this.tails.drop(sessionId);
    this.#promisedSeqs.delete(sessionId);
    this.index.note(sessionId);
  }

  /** Damage that was met while reading; what was not known yet is told, and the next start tells it again. */
  noteDamage(path: string, records: number): void {
    if (records <= (this.damaged.get(path) ?? 0)) return;
    this.damaged.set(path, records);
    this.log.warn('A transcript has damaged records; the others are fine.', { path, damaged: records });
    this.index.note('');
  }

  onChanged(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(key: string, reason: SessionChange['reason']): void {
    const entry = this.catalog.get(key)?.state.entry;
    for (const listener of this.#listeners) {
      try {
        listener({ key, reason, entry });
      } catch (error) {
        this.log.error('A listener to session changes failed.', { error: String(error) });
      }
    }
  }

  async close(): Promise<void> {
    await this.journals.close();
    await this.index.close();
  }
}

const endOf = (ranges: readonly { offset: number; length: number }[]): number => {
  const last = ranges.at(-1);
  return last ? last.offset + last.length + 1 : 0;
};

/** The first two records of a transcript. Both name the key, so that damage to one does not lose it. */
export function openingRecords(entry: SessionEntry, patch: SessionPatch): Json[] {
  const { sessionId: id, key, agentId, createdAt } = entry;
  const { lifecycleRevision = entry.lifecycleRevision, createdAt: since = createdAt } = patch;
  const identity = { key, agentId, createdAt: since, lifecycleRevision };
  return [
    { type: 'session', version: 1, id, key, agentId, createdAt },
    { type: 'entry', at: createdAt, patch: { ...patchRecord(patch), ...identity } },
  ];
}

export function replayed(
  name: { sessionId: string; agentId: string },
  key: string,
  at: number,
  records: readonly Json[],
): SessionState {
  return records.reduce(applyRecord, blankState(name, key, at));
}
