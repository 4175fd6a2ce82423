import { asObject, type Json } from '../lib/json.ts';

/** How v3 words what a session's methods refuse. */
export const SESSION_MESSAGES_V3: Readonly<Record<string, string>> = {
  'Either key, sessionId, label, shortId, or reference is required':
    'Either key, sessionId, or label is required',
};

/** What v3 answered where that differs: about sessions, what they have used, and talking to them. */
export const SESSION_RESULTS_V3: Readonly<Record<string, (result: Json) => unknown>> = {
  'sessions.list': ({ ts, path, count, defaults, sessions }) => ({
    ts,
    path,
    count,
    defaults: only(asObject(defaults), MODEL),
    sessions: rowsOf(sessions).map((row) => only(row, ROW)),
  }),
  'sessions.resolve': ({ ok, key }) => ({ ok, ...(key === undefined ? {} : { key }) }),
  'sessions.patch': ({ ok, path, key, entry, resolved }) => ({
    ok,
    path,
    key,
    entry: entryV3(asObject(entry)),
    resolved: only(asObject(resolved), MODEL),
  }),
  'sessions.reset': ({ ok, key, entry }) => ({ ok, key, entry: entryV3(asObject(entry)) }),
  'sessions.usage': usageV3,
  'usage.cost': costV3,
  'chat.history': historyV3,
  'sessions.get': ({ messages }) => ({ messages: rowsOf(messages).map(messageV3) }),
  agent: agentV3,
  'agent.wait': (result) => without(result, ['stopReason', 'terminalReply', 'terminalReceipt']),
};

const MODEL = ['modelProvider', 'model', 'contextTokens'];

const ROW = [
  'key',
  'spawnedBy',
  'kind',
  'label',
  'displayName',
  'derivedTitle',
  'lastMessagePreview',
  'channel',
  'chatType',
  'origin',
  'updatedAt',
  'sessionId',
  'systemSent',
  'abortedLastRun',
  'thinkingLevel',
  'fastMode',
  'verboseLevel',
  'reasoningLevel',
  'elevatedLevel',
  'sendPolicy',
  'responseUsage',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'totalTokensFresh',
  'modelProvider',
  'model',
  'contextTokens',
  'deliveryContext',
  'lastChannel',
];

/** What the entries of v3 did not hold. */
const ENTRY_V4_ONLY = [
  'key',
  'agentId',
  'createdAt',
  'sessionStartedAt',
  'lastInteractionAt',
  'derivedTitle',
  'lastMessagePreview',
  'messageCount',
  'lifecycleRevision',
  'traceLevel',
  'costUsd',
  'archived',
  'pinned',
  'unread',
  'icon',
  'color',
  'category',
  'statusNote',
  'status',
];

const rowsOf = (value: unknown): Json[] => (Array.isArray(value) ? value.map(asObject) : []);

const only = (value: Json, names: readonly string[]): Json =>
  Object.fromEntries(names.filter((name) => value[name] !== undefined).map((name) => [name, value[name]]));

const without = (value: Json, names: readonly string[]): Json =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));

const entryV3 = (entry: Json): Json => ({ ...without(entry, ENTRY_V4_ONLY), ...overrideV3(entry) });

/** v3 kept the two halves of a model apart. */
function overrideV3({ modelOverride }: Json): Json {
  const [, providerOverride, model] = /^([^/]+)\/(.+)$/s.exec(String(modelOverride ?? '')) ?? [];
  return model === undefined ? {} : { providerOverride, modelOverride: model };
}

function usageV3(result: Json): Json {
  const sessions = rowsOf(result.sessions).map((row) => ({
    ...without(row, ['scope', 'hasContextWeight']),
    ...overrideV3(row),
  }));
  const aggregates = without(asObject(result.aggregates), ['sessionCount', 'byCreator', 'costDaily']);
  return { ...without(result, ['creatorOptions', 'cacheStatus']), sessions, aggregates };
}

/** v3 counted the day on which the range begins besides, and named only days on which something was used. */
function costV3(result: Json): Json {
  const isUsed = ({ totalTokens, totalCost }: Json): boolean => totalTokens !== 0 || totalCost !== 0;
  const daily = rowsOf(result.daily).filter(isUsed);
  return { ...without(result, ['cacheStatus']), days: Number(result.days) + 1, daily };
}

function historyV3({ sessionKey, sessionId, messages, thinkingLevel }: Json): Json {
  return {
    sessionKey,
    ...(sessionId === undefined ? {} : { sessionId }),
    messages: rowsOf(messages).map(messageV3),
    thinkingLevel,
  };
}

function messageV3(message: Json): Json {
  const { content } = message;
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return { ...without(message, ['__openclaw', 'idempotencyKey', 'responseId']), content: parts };
}

function agentV3(given: Json): Json {
  const answer = without(given, ['sessionKey', 'agentId']);
  if (answer.result === undefined) return answer;
  const result = asObject(answer.result);
  return { ...answer, result: { ...result, meta: without(asObject(result.meta), ['terminalReceipt']) } };
}
