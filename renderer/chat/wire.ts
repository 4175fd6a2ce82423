/** Reads what a gateway sends of a conversation; gateways of other versions leave things out. Source: methods, chat. */

type Json = Record<string, unknown>;

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export interface AttachedFile {
  name: string;
  mimeType: string;
  /** Base64. */
  data: string;
}

export type Part =
  | { type: 'text'; text: string }
  | { type: 'call'; id: string; name: string; args: unknown }
  | { type: 'file'; file: AttachedFile };

export interface Message {
  id: string;
  /** Rises within a session. */
  seq: number;
  role: string;
  parts: readonly Part[];
  /** Epoch milliseconds. */
  at: number;
  runId: string | undefined;
  /** The run that this message of a user began. */
  sentAs: string | undefined;
  /** Of the result of a tool. */
  callId: string | undefined;
  toolName: string | undefined;
  isError: boolean;
  wasAborted: boolean;
}

export interface HistoryPage {
  messages: Message[];
  hasMore: boolean;
  isRunning: boolean;
  title: string | undefined;
  model: string | undefined;
}

export function historyPage(result: unknown): HistoryPage {
  const { messages, hasMore, sessionInfo, defaults } = asObject(result);
  const row = { ...asObject(defaults), ...asObject(sessionInfo) };
  return {
    messages: asList(messages).map(messageOf),
    hasMore: hasMore === true,
    isRunning: row.status === 'running',
    title: asText(row.label) ?? asText(row.displayName) ?? asText(row.derivedTitle),
    model: [asText(row.modelProvider), asText(row.model)].filter(Boolean).join('/') || undefined,
  };
}

function messageOf(value: unknown, index: number): Message {
  const message = asObject(value);
  const own = asObject(message.__openclaw);
  const at = Number(message.timestamp) || 0;
  const key = asText(message.idempotencyKey);
  return {
    id: asText(own.id) ?? `${at}-${index}`,
    seq: Number(own.seq) || index + 1,
    role: asText(message.role) ?? 'system',
    parts: partsOf(message.content),
    at,
    runId: asText(own.runId) ?? asText(asObject(message.openclawAbort).runId),
    sentAs: key?.endsWith(':user') ? key.slice(0, -5) : undefined,
    callId: asText(message.toolCallId),
    toolName: asText(message.toolName),
    isError: message.isError === true,
    wasAborted: asObject(message.openclawAbort).aborted === true,
  };
}

function partsOf(content: unknown): Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return asList(content)
    .map((part) => partOf(asObject(part)))
    .filter((part) => part !== undefined);
}

function partOf({ type, text, id, name, arguments: args, mimeType, data }: Json): Part | undefined {
  if (type === 'text') return typeof text === 'string' ? { type, text } : undefined;
  if (type === 'toolCall') return { type: 'call', id: asText(id) ?? '', name: asText(name) ?? 'tool', args };
  if (type !== 'file' || typeof mimeType !== 'string') return undefined;
  return { type, file: { name: asText(name) ?? '', mimeType, data: asText(data) ?? '' } };
}

export const textOf = (parts: readonly Part[]): string =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');

/** One thing that a run tells while it goes. */
export interface RunStep {
  runId: string;
  sessionKey: string | undefined;
  news: RunNews;
}

export type RunNews =
  | { type: 'begin' }
  /** All of this piece of the answer so far. */
  | { type: 'text'; text: string; itemId: string }
  | { type: 'tool'; id: string; name: string; args: unknown }
  | { type: 'result'; id: string; name: string; isError: boolean; text: string }
  | { type: 'end'; state: 'final' | 'aborted'; text: string | undefined }
  | { type: 'end'; state: 'error'; message: string; code: string };

/** Undefined for what says nothing to a reader. */
export function runStep(event: string, payload: unknown): RunStep | undefined {
  const told = asObject(payload);
  const runId = asText(told.runId);
  if (runId === undefined) return undefined;
  const news = event === 'agent' ? agentNews(told) : event === 'chat' ? chatNews(told) : undefined;
  return news && { runId, sessionKey: asText(told.sessionKey), news };
}

function agentNews({ stream, data: given }: Json): RunNews | undefined {
  const data = asObject(given);
  if (stream === 'assistant' && typeof data.text === 'string')
    return { type: 'text', text: data.text, itemId: asText(data.itemId) ?? '' };
  return stream === 'tool' ? toolNews(data) : undefined;
}

function toolNews(data: Json): RunNews | undefined {
  const tool = { id: asText(data.toolCallId) ?? '', name: asText(data.name) ?? 'tool' };
  if (data.phase === 'start') return { type: 'tool', ...tool, args: data.args };
  if (data.phase !== 'result') return undefined;
  const text = textOf(partsOf(asObject(data.result).content));
  return { type: 'result', ...tool, isError: data.isError === true, text };
}

/** Deltas are told by the `agent` event already, and sooner. */
function chatNews({ state, message, errorMessage, errorDetail }: Json): RunNews | undefined {
  if (state === 'status') return { type: 'begin' };
  if (state === 'error') {
    const code = asText(asObject(errorDetail).failoverReason)?.toUpperCase();
    return { type: 'end', state, message: asText(errorMessage) ?? '', code: code ?? 'RUN_FAILED' };
  }
  if (state !== 'final' && state !== 'aborted') return undefined;
  return {
    type: 'end',
    state,
    text: message === undefined ? undefined : textOf(partsOf(asObject(message).content)),
  };
}

/** A command that waits for a person's word. */
export interface Approval {
  id: string;
  /** All that would run, to the letter. */
  command: string;
  cwd: string | undefined;
  env: readonly string[];
  host: string | undefined;
  warning: string | undefined;
  sessionKey: string | undefined;
  expiresAtMs: number;
}

/** Undefined when there is no command to judge. */
export function approvalOf(value: unknown): Approval | undefined {
  const { id, request: given, expiresAtMs } = asObject(value);
  const request = asObject(given);
  const argv = asList(request.commandArgv);
  const command = asText(request.command) ?? (argv.length > 0 ? JSON.stringify(argv) : undefined);
  if (typeof id !== 'string' || command === undefined) return undefined;
  return {
    id,
    command,
    cwd: asText(request.cwd),
    env: Object.entries(asObject(request.env)).map(([name, text]) => `${name}=${String(text)}`),
    host: asText(request.host),
    warning: asText(request.warningText),
    sessionKey: asText(request.sessionKey),
    expiresAtMs: Number(expiresAtMs) || 0,
  };
}
