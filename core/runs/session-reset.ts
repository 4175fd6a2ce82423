import type { Clock } from '../lib/clock.ts';
import type { UserPart } from '../models/model.ts';
import type { RunWork } from './run-desk.ts';
import { type MessageBody, userMessage } from './transcript.ts';

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

/** A message as it is stored. */
export interface Said {
  message: MessageBody;
  reset: SessionReset | undefined;
  /** It only asks to start over, so that there is nothing to answer. */
  isBare: boolean;
}

/** `triggers` in lower case; `now` in epoch milliseconds. */
export function messageOf(
  { text, attachments = [] }: { text: string; attachments?: readonly UserPart[] },
  triggers: readonly string[],
  now: number,
): Said {
  const reset = resetIn(text, triggers);
  const rest = reset?.rest ?? text;
  const isBare = rest === '' && attachments.length === 0;
  return { message: isBare ? resetMessage(now) : userMessage(rest, attachments, now), reset, isBare };
}
