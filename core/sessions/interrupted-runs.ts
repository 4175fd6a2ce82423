import { randomUUID } from 'node:crypto';
import type { Json } from '../lib/json.ts';
import type { Held } from './session-catalog.ts';
import type { SessionLedger } from './session-ledger.ts';
import { applyRecord, type OpenRun } from './session-state.ts';

/** A run that had not ended when the gateway went away. Times are epoch ms. */
export interface InterruptedRun {
  key: string;
  sessionId: string;
  agentId: string;
  runId: string;
  startedAt: number;
  /** The reply as far as it was kept. */
  partialText?: string;
}

/** What stands behind a reply that a stop or a crash of the gateway cut off. */
export const INTERRUPTED_NOTE =
  '⚠️ The gateway stopped before this reply was complete. Send a message to go on.';

/** Ends the runs that a crash or a kill left open: each gets a message that says so, with its text so far. */
export async function settleInterruptedRuns(ledger: SessionLedger): Promise<InterruptedRun[]> {
  const found = [...ledger.catalog.held()].filter(({ state }) => state.openRuns.length > 0);
  await Promise.all(found.map((held) => settle(ledger, held)));
  return found.flatMap(({ state }) => {
    const { key, sessionId, agentId } = state.entry;
    return state.openRuns.map(({ runId, startedAt, text }) => ({
      key,
      sessionId,
      agentId,
      runId,
      startedAt,
      ...(text === undefined ? {} : { partialText: text }),
    }));
  });
}

async function settle(ledger: SessionLedger, held: Held): Promise<void> {
  const { state } = held;
  const at = ledger.clock.now();
  const ends = state.openRuns.map(({ runId }) => ({
    type: 'run',
    at,
    runId,
    phase: 'end',
    status: 'interrupted',
  }));
  const messages = state.openRuns.map((run) => interruptedMessage(run, at, ledger.takeSeq(state)));
  try {
    await ledger.write(state.entry.key, [...messages, ...ends]);
  } catch (error) {
    ledger.log.warn('An interrupted run could not be noted in its transcript yet; it is marked in memory.', {
      path: held.path,
      error: String(error),
    });
    ledger.owe(state.entry.sessionId, [...messages, ...ends]);
    ledger.catalog.set({ ...held, state: ends.reduce(applyRecord, state) });
  }
}

function interruptedMessage({ runId, text }: OpenRun, at: number, seq: number): Json {
  const parts = text === undefined ? [INTERRUPTED_NOTE] : [text, INTERRUPTED_NOTE];
  return {
    type: 'message',
    at,
    id: randomUUID(),
    seq,
    runId,
    idempotencyKey: `${runId}:interrupted`,
    message: {
      role: 'assistant',
      content: parts.map((part) => ({ type: 'text', text: part })),
      timestamp: at,
      stopReason: 'error',
      provider: 'openclaw',
      model: 'gateway-injected',
      openclawAbort: { aborted: true, origin: 'restart', runId },
    },
  };
}
