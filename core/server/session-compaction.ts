import type { Compactor } from '../runs/compactor.ts';
import type { RunDesk } from '../runs/run-desk.ts';
import type { SessionStore } from '../sessions/session-store.ts';

export interface CompactionDeps {
  sessions: SessionStore;
  desk: RunDesk;
  compactor: Compactor;
}

/** `sessions.compact`. With `maxLines` it is cut without asking a model. What is being answered is not cut off for it. */
export async function compactSession(
  { sessions, desk, compactor }: CompactionDeps,
  key: string,
  maxLines: number | undefined,
  signal: AbortSignal,
) {
  const entry = sessions.get(key);
  if (!entry || entry.messageCount === 0) return { ok: true, key, compacted: false, reason: 'no transcript' };
  const runs = desk.active().filter(({ sessionKey }) => sessionKey === key).length;
  if (runs > 0) {
    const reason = `session is busy: ${runs} of its runs have not ended; wait for the answer, or abort it`;
    return { ok: false, key, compacted: false, kept: entry.messageCount, reason };
  }
  const done = await (maxLines === undefined
    ? compactor.compact(key, { signal })
    : sessions.compact(key, maxLines));
  const isRefused = 'reason' in done && !done.compacted;
  return { ok: !isRefused, key, ...done };
}
