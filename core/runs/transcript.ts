import { asObject, asText, type Json } from '../lib/json.ts';
import type { AssistantPart, ModelMessage, ToolResultPart, UserPart } from '../models/model.ts';
import type { StoredMessage } from '../sessions/session-types.ts';

/** A message as it lies in a transcript: text parts, tool calls, tool results. Shape: files, transcripts. */
export type MessageBody = StoredMessage['message'];

export const userMessage = (
  text: string,
  attachments: readonly UserPart[],
  timestamp: number,
): MessageBody => ({
  role: 'user',
  content: [{ type: 'text', text }, ...attachments],
  timestamp,
});

/**
 * The past as a run sees it: each question together with its answer, its own question last, and nothing of the runs
 * that wait behind it. In a transcript messages stand in the order in which they came, also those that had to wait.
 */
export function pastOf(
  runId: string,
  messages: readonly StoredMessage[],
  isLive: (runId: string) => boolean,
): StoredMessage[] {
  const runs = new Map<string, StoredMessage[]>();
  for (const message of messages) {
    const run = message.runId ?? message.id;
    if (run !== runId && isLive(run)) continue;
    const known = runs.get(run);
    if (known) known.push(message);
    else runs.set(run, [message]);
  }
  const own = runs.get(runId) ?? [];
  runs.delete(runId);
  return [...[...runs.values()].flat(), ...own];
}

/** What a model is told of the past: everything it said and was told, without what only people need. */
export function modelMessages(messages: readonly StoredMessage[]): ModelMessage[] {
  const told: ModelMessage[] = [];
  for (const { message } of messages) {
    const next = modelMessage(message);
    const last = told.at(-1);
    if (next?.role === 'tool' && last?.role === 'tool') last.content.push(...next.content);
    else if (next) told.push(next);
  }
  return withoutOrphans(told);
}

function modelMessage(message: MessageBody): ModelMessage | undefined {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: userParts(message.content) };
    case 'assistant': {
      const content = assistantParts(message.content);
      return content.length > 0 ? { role: 'assistant', content } : undefined;
    }
    case 'toolResult':
      return { role: 'tool', content: [toolResult(message)] };
    case 'system':
      return message.kind === 'compaction' ? { role: 'user', content: summaryParts(message) } : undefined;
    default:
      return undefined;
  }
}

/** Stands for what was said before. It is told to people as what it is, and to models as words of the user. */
export const summaryMessage = (
  text: string,
  timestamp: number,
  by: { provider?: string; model?: string },
): MessageBody => ({
  role: 'system',
  kind: 'compaction',
  content: [{ type: 'text', text }],
  timestamp,
  ...by,
});

const summaryParts = ({ content }: MessageBody): UserPart[] => [
  { type: 'text', text: `What was said before, in short:\n\n${plainText(content)}` },
];

const MAX_MESSAGE_CHARS = 4_000;

/** A conversation as one text, who says what; the newest `maxChars` of it. Long messages are cut, files left out. */
export function conversationText(messages: readonly StoredMessage[], maxChars: number): string {
  const said = messages.map(({ message }) => {
    const text = plainText(message.content);
    const calls = assistantParts(message.content).flatMap((part) =>
      part.type === 'tool-call' ? [`[calls ${part.name} ${JSON.stringify(part.args)}]`] : [],
    );
    const whole = [text, ...calls].filter(Boolean).join('\n');
    const who = message.role === 'toolResult' ? `result of ${message.toolName}` : message.role;
    return `${who}: ${whole.slice(0, MAX_MESSAGE_CHARS)}`;
  });
  return said.join('\n\n').slice(-maxChars);
}

function parts(content: unknown): Json[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.map(asObject) : [];
}

export function plainText(content: unknown): string {
  return parts(content)
    .flatMap((part) => (part.type === 'text' ? [asText(part.text) ?? ''] : []))
    .join('');
}

function userParts(content: unknown): UserPart[] {
  return parts(content).flatMap((part): UserPart[] => {
    if (part.type === 'text') return [{ type: 'text', text: asText(part.text) ?? '' }];
    const { mimeType, data, name } = part;
    if (part.type !== 'file' || typeof mimeType !== 'string' || typeof data !== 'string') return [];
    return [{ type: 'file', mimeType, data, ...(typeof name === 'string' ? { name } : {}) }];
  });
}

function assistantParts(content: unknown): AssistantPart[] {
  return parts(content).flatMap((part): AssistantPart[] => {
    if (part.type === 'text') return part.text ? [{ type: 'text', text: String(part.text) }] : [];
    if (part.type !== 'toolCall') return [];
    return [{ type: 'tool-call', id: String(part.id), name: String(part.name), args: part.arguments }];
  });
}

function toolResult(message: MessageBody): ToolResultPart {
  return {
    type: 'tool-result',
    id: String(message.toolCallId),
    name: String(message.toolName),
    text: plainText(message.content),
    ...(message.isError === true ? { isError: true } : {}),
  };
}

/** A run that was cut off may have left a call without its result; providers refuse such a history. */
function withoutOrphans(messages: ModelMessage[]): ModelMessage[] {
  const results = messages.flatMap((message) => (message.role === 'tool' ? message.content : []));
  const answered = new Set(results.map(({ id }) => id));
  const asked = new Set<string>();
  return messages
    .map((message) => paired(message, answered, asked))
    .filter(({ content }) => content.length > 0);
}

function paired(message: ModelMessage, answered: ReadonlySet<string>, asked: Set<string>): ModelMessage {
  if (message.role === 'tool')
    return { role: 'tool', content: message.content.filter(({ id }) => asked.has(id)) };
  if (message.role === 'user' || typeof message.content === 'string') return message;
  const content = message.content.filter((part) => part.type !== 'tool-call' || answered.has(part.id));
  for (const part of content) if (part.type === 'tool-call') asked.add(part.id);
  return { role: 'assistant', content };
}
