import type { Clock } from '../lib/clock.ts';
import type { RunWork } from './run-desk.ts';
import type { MessageBody } from './transcript.ts';

export interface SessionReset {
  reason: 'new' | 'reset';
  /** What stands behind the trigger: the first message of the new conversation, or nothing. */
  rest: string;
}

const NOTICE = 'The session has started over.';

/** Whether a message asks to start over: one of the triggers (in lower case), alone or with a message behind it. */
export function resetIn(text: string, triggers: readonly string[]): SessionReset | undefined {
  const said = text.trim();
  const trigger = triggers.find((word) => {
    const isSaid = word !== '' && said.slice(0, word.length).toLowerCase() === word;
    return isSaid && /^(\s|$)/.test(said.slice(word.length));
  });
  if (trigger === undefined) return undefined;
  return { reason: trigger === '/new' ? 'new' : 'reset', rest: said.slice(trigger.length).trim() };
}

/** Stands at the beginning of a session that was asked to start over with nothing to go on with. For people only. */
export const resetMessage = (timestamp: number): MessageBody => ({
  role: 'system',
  kind: 'reset',
  content: [{ type: 'text', text: NOTICE }],
  timestamp,
});

/** The run that answers such a request: it says what was done, and asks no model. */
export const resetRun =
  (clock: Clock): RunWork =>
  async (_run, emit) => {
    const startedAt = clock.now();
    emit({ type: 'start', startedAt });
    const from = { provider: 'openclaw', model: 'gateway-injected' };
    const times = { startedAt, endedAt: clock.now() };
    return { end: { type: 'end', ...times, stopReason: 'stop', text: NOTICE, ...from }, usage: undefined };
  };
