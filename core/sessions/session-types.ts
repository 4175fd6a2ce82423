import type { Json } from '../lib/json.ts';

export type RunStatus = 'ok' | 'error' | 'aborted' | 'timeout' | 'interrupted';

/** One session as it is now. Entries are never changed in place: a change makes a new one. Times are epoch ms. */
export interface SessionEntry {
  sessionId: string;
  key: string;
  agentId: string;
  createdAt: number;
  updatedAt: number;
  /** When this transcript began: creation or the last reset. */
  sessionStartedAt: number;
  /** The last message of a user; what the idle reset counts from. */
  lastInteractionAt?: number;
  label?: string;
  displayName?: string;
  /** The beginning of the first message of a user. */
  derivedTitle?: string;
  chatType: 'direct' | 'group';
  thinkingLevel?: string;
  verboseLevel?: string;
  traceLevel?: string;
  reasoningLevel?: string;
  fastMode?: boolean | string;
  responseUsage?: string;
  elevatedLevel?: string;
  execHost?: string;
  execSecurity?: string;
  execAsk?: string;
  execNode?: string;
  sendPolicy?: 'allow' | 'deny';
  groupActivation?: string;
  spawnedBy?: string;
  spawnDepth?: number;
  modelProvider?: string;
  model?: string;
  modelOverride?: string;
  providerOverride?: string;
  /** Provider of a command line backend → its own session id, to resume there. */
  cliSessions?: Record<string, string>;
  systemSent: boolean;
  abortedLastRun: boolean;
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  totalTokensFresh: boolean;
  cacheRead?: number;
  cacheWrite?: number;
  contextTokens?: number;
  costUsd?: number;
  compactionCount: number;
  /** A new one with every reset: what was started before it no longer belongs to the session. */
  lifecycleRevision: string;
  archived?: boolean;
  pinned?: boolean;
  unread?: boolean;
  lastChannel?: string;
  origin?: Json;
  deliveryContext?: Json;
  icon?: string;
  color?: string;
  category?: string;
  statusNote?: string;
  status?: 'idle' | 'running' | 'done' | 'error' | 'timeout' | 'interrupted';
  /** The run that is on now, else the last one. `endedAt` and `runtimeMs` are there once it has ended. */
  lastRunId?: string;
  startedAt?: number;
  endedAt?: number;
  runtimeMs?: number;
  lastMessagePreview?: string;
  messageCount: number;
}

/** Fields to set; null clears one, undefined leaves it as it is. */
export type SessionPatch = { [Field in keyof SessionEntry]?: SessionEntry[Field] | null };

export interface ChatMessage {
  role: 'user' | 'assistant' | 'toolResult' | 'system';
  content: unknown;
  timestamp: number;
  [key: string]: unknown;
}

export interface StoredMessage {
  id: string;
  /** Rises by one with each message of a session, from 1; it may skip where a write failed. */
  seq: number;
  runId?: string;
  idempotencyKey?: string;
  message: ChatMessage;
}

/** What the transcript keeps about a run, so that one that never ended is found after a crash. */
export interface RunNote {
  runId: string;
  phase: 'start' | 'end';
  status?: RunStatus;
  /** Why it ended badly. */
  error?: string;
  /** With `end`: when it got its turn, which may be long after its message came. Epoch ms. */
  startedAt?: number;
}

/** What people and programs have set for a session: rows tell it as it is, and it outlives a reset. */
const SETTINGS = [
  'label',
  'icon',
  'color',
  'category',
  'thinkingLevel',
  'verboseLevel',
  'traceLevel',
  'reasoningLevel',
  'fastMode',
  'responseUsage',
  'elevatedLevel',
  'execHost',
  'execSecurity',
  'execAsk',
  'execNode',
  'sendPolicy',
  'groupActivation',
  'spawnedBy',
  'spawnDepth',
  'lastChannel',
  'origin',
  'deliveryContext',
] as const satisfies readonly (keyof SessionEntry)[];

/** Fields that a row tells as they are when they are set. */
export const TOLD_FIELDS = [
  ...SETTINGS,
  'derivedTitle',
  'lastMessagePreview',
  'statusNote',
  'lastInteractionAt',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'totalTokensFresh',
  'lastRunId',
  'startedAt',
  'endedAt',
  'runtimeMs',
] as const satisfies readonly (keyof SessionEntry)[];

/** What a session keeps when it starts over: its settings and its model, but nothing it has counted. */
const KEPT_ON_RESET = [
  ...SETTINGS,
  'displayName',
  'chatType',
  'modelProvider',
  'model',
  'modelOverride',
  'providerOverride',
  'contextTokens',
  'archived',
  'pinned',
] as const satisfies readonly (keyof SessionEntry)[];

export function keptOnReset(entry: SessionEntry): Partial<SessionEntry> {
  return Object.fromEntries(
    KEPT_ON_RESET.filter((field) => entry[field] !== undefined).map((field) => [field, entry[field]]),
  );
}

/** Fields that say which session it is; only the store sets them. */
const IDENTITY = ['sessionId', 'key', 'agentId', 'createdAt', 'lifecycleRevision', 'messageCount'];

/** The patch as a transcript keeps it, without identity. */
export function patchRecord(patch: SessionPatch): Json {
  return Object.fromEntries(
    Object.entries(patch).filter(([field, value]) => value !== undefined && !IDENTITY.includes(field)),
  );
}
