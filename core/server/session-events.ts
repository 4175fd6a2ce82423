import type { Json } from '../lib/json.ts';
import type { OperationNotice } from '../runs/compactor.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';
import type { Broadcaster } from './broadcast.ts';

/** What a client subscribes to by `sessions.subscribe`. */
export const SESSIONS_TOPIC = 'sessions';

/** What a client subscribes to by `sessions.messages.subscribe`. */
export const messagesTopic = (key: string): string => `messages:${key}`;

/** Tells those who asked for it what becomes of sessions. Returns the function that ends it. */
export function announceSessions(
  sessions: SessionStore,
  broadcaster: Broadcaster,
  now: () => number,
  row: (entry: SessionEntry) => Json,
): () => void {
  const isFollowed = (topics: readonly string[]): boolean => {
    for (const connection of broadcaster.all())
      if (topics.some((topic) => connection.topics?.has(topic))) return true;
    return false;
  };
  return sessions.onChanged(({ key, reason, entry }) => {
    const topic = messagesTopic(key);
    if (!isFollowed([SESSIONS_TOPIC, topic])) return;
    const payload = {
      sessionKey: key,
      reason,
      ts: now(),
      ...(entry ? { agentId: entry.agentId, session: row(entry) } : {}),
    };
    broadcaster.emit('sessions.changed', payload, {
      to: (connection) => connection.topics?.has(SESSIONS_TOPIC) ?? false,
    });
    if (reason !== 'message' || !entry) return;
    broadcaster.emit('session.message', payload, {
      to: (connection) => connection.topics?.has(topic) ?? false,
    });
  });
}

/** Tells those who follow sessions, or the messages of this one, of work on it that takes a while. */
export function announceOperation(broadcaster: Broadcaster, notice: OperationNotice): void {
  const wanted = [SESSIONS_TOPIC, messagesTopic(notice.sessionKey)];
  const to = (connection: { topics?: ReadonlySet<string> }): boolean =>
    wanted.some((topic) => connection.topics?.has(topic) ?? false);
  broadcaster.emit('session.operation', { ...notice }, { to });
}
