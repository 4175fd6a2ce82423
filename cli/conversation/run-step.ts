import { asObject, asText, type Json } from '../../core/lib/json.ts';
import { textOf } from '../../core/sessions/message-text.ts';

/** One thing that an agent's run tells while it goes. */
export interface RunStep {
  runId: string;
  /** As the gateway spells it. */
  sessionKey: string | undefined;
  what: RunNews;
}

export type RunNews =
  | { type: 'text' /** All of this piece of the answer so far. */; text: string; itemId: string | undefined }
  | { type: 'tool-start'; id: string; name: string; args: unknown }
  | { type: 'tool-result'; id: string; name: string; isError: boolean; text: string }
  | { type: 'end'; state: 'final' | 'aborted'; text: string | undefined }
  | { type: 'end'; state: 'error'; message: string };

/** Reads an event of either era; undefined for what says nothing to a reader. Source: methods page, chat and agent. */
export function runStep(event: string, payload: unknown): RunStep | undefined {
  const told = asObject(payload);
  const runId = asText(told.runId);
  if (runId === undefined) return undefined;
  const what = event === 'agent' ? agentNews(told) : event === 'chat' ? chatNews(told) : undefined;
  return what && { runId, sessionKey: asText(told.sessionKey), what };
}

function agentNews({ stream, data: given }: Json): RunNews | undefined {
  const data = asObject(given);
  if (stream === 'assistant' && typeof data.text === 'string') {
    return { type: 'text', text: data.text, itemId: asText(data.itemId) };
  }
  if (stream !== 'tool') return undefined;
  const tool = { id: asText(data.toolCallId) ?? '', name: asText(data.name) ?? 'tool' };
  if (data.phase === 'start') return { type: 'tool-start', ...tool, args: data.args };
  if (data.phase !== 'result') return undefined;
  const text = textOf(asObject(data.result));
  return { type: 'tool-result', ...tool, isError: data.isError === true, text };
}

/** Deltas are told by the `agent` event already, and sooner. */
function chatNews({ state, message, errorMessage }: Json): RunNews | undefined {
  if (state === 'error') return { type: 'end', state, message: asText(errorMessage) ?? 'The run failed.' };
  if (state !== 'final' && state !== 'aborted') return undefined;
  return { type: 'end', state, text: message === undefined ? undefined : textOf(asObject(message)) };
}
