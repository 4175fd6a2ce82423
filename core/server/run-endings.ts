import type { Json } from '../lib/json.ts';
import type { RunEnd, RunIdentity } from '../runs/run-event.ts';

export type AbortedEnd = Extract<RunEnd, { type: 'aborted' }>;
export type UncutEnd = Exclude<RunEnd, AbortedEnd>;

export function finishingData(end: UncutEnd): Json {
  const { endedAt } = end;
  if (end.type === 'error') {
    return { phase: 'finishing', error: end.message, ...blockedBy(end), endedAt };
  }
  const { stopReason } = end;
  return { phase: 'finishing', stopReason, aborted: false, livenessState: 'working', endedAt };
}

const blockedBy = ({ detail }: Extract<RunEnd, { type: 'error' }>): Json => ({
  errorObservation: errorDetail(detail),
  aborted: false,
  livenessState: 'blocked',
});

export function endData(run: RunIdentity, end: UncutEnd): Json {
  const { startedAt, endedAt } = end;
  const times = { startedAt, endedAt };
  if (end.type === 'error')
    return { phase: 'error', ...times, error: end.message, ...blockedBy(end), executionSettled: true };
  const { text, stopReason } = end;
  return {
    phase: 'end',
    ...times,
    stopReason,
    aborted: false,
    livenessState: 'working',
    terminalReply: { disposition: text === '' ? 'empty' : 'visible', text },
    terminalReceipt: receiptOf(run, end),
    executionSettled: true,
  };
}

export function abortedData({ origin, startedAt, endedAt }: AbortedEnd): Json {
  return { phase: 'end', status: 'cancelled', aborted: true, stopReason: origin, startedAt, endedAt };
}

/** What `agent.wait` and the end of a run say of the models that were asked and that answered. */
export function receiptOf(
  run: RunIdentity,
  { provider, model, text }: Extract<RunEnd, { type: 'end' }>,
): Json {
  const ref = { provider, model };
  return {
    runId: run.runId,
    sessionId: run.sessionId,
    turnId: run.runId,
    requested: ref,
    effective: { ...ref, responseModel: model },
    successfulToolNames: [],
    rerouted: false,
    terminalDisposition: text === '' ? 'empty' : 'visible',
  };
}

export function chatEnd(end: RunEnd, timestamp: number): Json {
  if (end.type === 'error')
    return { state: 'error', errorMessage: end.message, errorDetail: errorDetail(end.detail) };
  const message = { role: 'assistant', content: [{ type: 'text', text: end.text }], timestamp };
  if (end.type === 'aborted') {
    const stopReason = end.origin;
    return end.text === '' ? { state: 'aborted', stopReason } : { state: 'aborted', stopReason, message };
  }
  return { state: 'final', stopReason: end.stopReason, ...(end.text === '' ? {} : { message }) };
}

function errorDetail({
  kind,
  provider,
  model,
  httpStatus,
}: Extract<RunEnd, { type: 'error' }>['detail']): Json {
  return {
    ...(provider ? { provider } : {}),
    ...(model ? { model } : {}),
    failoverReason: kind,
    ...(httpStatus === undefined ? {} : { httpStatus }),
  };
}
