import { asObject, asText, type Json } from '../../core/lib/json.ts';
import { textOf } from '../../core/sessions/message-text.ts';

/** Messages of an answer to `chat.history`, oldest first. */
export const messagesOf = (history: unknown): Json[] => {
  const { messages } = asObject(history);
  return Array.isArray(messages) ? messages.map(asObject) : [];
};

/**
 * What became of a message while nobody listened: undefined when the gateway does not have it, else what was answered
 * so far, which may be nothing. Source: methods page, chat.history.
 */
export function answerSince(history: unknown, runId: string): string | undefined {
  const messages = messagesOf(history);
  const asked = messages.findLastIndex(({ idempotencyKey }) => idempotencyKey === `${runId}:user`);
  if (asked === -1) return undefined;
  const answers = messages.slice(asked + 1).filter(({ role }) => role === 'assistant');
  return textOf(answers.at(-1) ?? {});
}

/** What a person sees of the place a session has in its gateway. */
export function headline(history: unknown): { title: string | undefined; model: string | undefined } {
  const { sessionInfo, defaults } = asObject(history);
  const row = { ...asObject(defaults), ...asObject(sessionInfo) };
  const model = [asText(row.modelProvider), asText(row.model)].filter(Boolean).join('/');
  return { title: asText(row.label) ?? asText(row.displayName), model: model || undefined };
}
