import { asNumber, asObject, asText } from '../lib/json.ts';
import { INTERRUPTED_NOTE } from '../sessions/interrupted-runs.ts';
import type { RecordedRun } from '../sessions/recorded-run.ts';
import type { RunEnd, RunOutcome, RunUsage } from './run-event.ts';
import { type MessageBody, plainText } from './transcript.ts';

/** How a run ended, of which only the transcript knows any more. */
export function recordedOutcome(runId: string, run: RecordedRun): RunOutcome {
  const { startedAt, endedAt } = run;
  const last = run.answers.findLast(({ message }) => message.role === 'assistant')?.message;
  const end = recordedEnd(run, last);
  const status = end.type === 'end' ? 'ok' : end.type;
  return { runId, status, startedAt, endedAt, end, usage: last && recordedUsage(last) };
}

function recordedEnd(
  { status, error, startedAt, endedAt }: RecordedRun,
  last: MessageBody | undefined,
): RunEnd {
  const times = { startedAt, endedAt };
  if (status === 'error') {
    const message = error ?? 'the run failed before the gateway was restarted';
    return { type: 'error', ...times, message, detail: { kind: 'recorded' } };
  }
  const text = last ? plainText(last.content) : '';
  if (status !== 'ok') return { type: 'aborted', ...times, origin: originOf(last), text: withoutNote(text) };
  const { provider, model, stopReason } = asObject(last);
  return {
    type: 'end',
    ...times,
    text,
    stopReason: asText(stopReason) ?? 'stop',
    provider: asText(provider) ?? '',
    model: asText(model) ?? '',
  };
}

function originOf(last: MessageBody | undefined): 'rpc' | 'timeout' | 'shutdown' {
  const { origin } = asObject(last?.openclawAbort);
  return origin === 'timeout' || origin === 'rpc' ? origin : 'shutdown';
}

const withoutNote = (text: string): string =>
  text.endsWith(INTERRUPTED_NOTE) ? text.slice(0, -INTERRUPTED_NOTE.length) : text;

function recordedUsage({ usage }: MessageBody): RunUsage | undefined {
  const told = asObject(usage);
  if (asNumber(told.totalTokens) === undefined) return undefined;
  const count = (field: string): number => asNumber(told[field]) ?? 0;
  return {
    input: count('input'),
    output: count('output'),
    cacheRead: count('cacheRead'),
    cacheWrite: count('cacheWrite'),
    totalTokens: count('totalTokens'),
    cost: asNumber(asObject(told.cost).total),
  };
}
