import { randomUUID } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { AgentService } from '../runs/agent-service.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionAccess } from '../tools/session-tools.ts';

export interface SessionAccessDeps {
  sessions: SessionStore;
  clock: Clock;
  /** Asked for late: the tools are part of what it runs. */
  service(): AgentService;
}

/** The sessions as agents may use them, by way of their tools. */
export function sessionAccess({ sessions, clock, service }: SessionAccessDeps): SessionAccess {
  return {
    list: async ({ limit, ...query }) => sessions.list({ ...query, limit }).rows,
    find: async (key, agentId) => {
      const given = key.trim();
      try {
        return sessions.get(service().keyOf(given, /^agent:/i.test(given) ? undefined : agentId));
      } catch {
        // What can be no key, or names an agent that there is not, is not there; why is not theirs to know.
        return undefined;
      }
    },
    history: async (key, limit) =>
      (await sessions.history(key, { limit })).messages.map(({ message }) => message),
    send: async ({ sessionKey, message, fromSessionKey, timeoutMs, signal }) => {
      const runId = randomUUID();
      const text = `[from session ${fromSessionKey}]\n${message}`;
      const { outcome } = await service().submit({ runId, sessionKey, text });
      if (timeoutMs === 0) return { status: 'accepted', runId };
      const ended = await Promise.race([outcome, clock.sleep(timeoutMs, signal).then(() => undefined)]);
      if (!ended) return { status: 'timeout', runId };
      const { end } = ended;
      return end.type === 'error'
        ? { status: 'error', runId, error: end.message }
        : { status: 'ok', runId, reply: end.text };
    },
  };
}
