import { randomUUID } from 'node:crypto';
import { asNumber, asObject, asText, type Json } from '../lib/json.ts';
import { clipped, textOf } from './message-text.ts';
import type { ChatMessage, RunStatus, SessionEntry, StoredMessage } from './session-types.ts';

export interface OpenRun {
  runId: string;
  startedAt: number;
  /** The reply as far as it was kept. */
  text?: string;
}

/** A session as its transcript tells it. Made by `applyRecord` alone, live and after a restart alike. */
export interface SessionState {
  entry: SessionEntry;
  /** Sequence numbers of the oldest and newest message; 1 and 0 while there is none. */
  firstSeq: number;
  lastSeq: number;
  openRuns: readonly OpenRun[];
}

export interface TranscriptName {
  sessionId: string;
  agentId: string;
}

const PREVIEW_CHARS = 160;
const TITLE_CHARS = 60;

/** What clearing leaves of the fields that every entry has. */
const CLEARED = {
  chatType: 'direct',
  systemSent: false,
  abortedLastRun: false,
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  totalTokensFresh: true,
  compactionCount: 0,
} as const;

export function blankState(name: TranscriptName, key: string, at: number): SessionState {
  return {
    entry: {
      sessionId: name.sessionId,
      key,
      agentId: name.agentId,
      createdAt: at,
      updatedAt: at,
      sessionStartedAt: at,
      ...CLEARED,
      lifecycleRevision: randomUUID(),
      messageCount: 0,
    },
    firstSeq: 1,
    lastSeq: 0,
    openRuns: [],
  };
}

/** The state after one more record of the transcript. Records it does not know change nothing. */
export function applyRecord(state: SessionState, record: Json): SessionState {
  const at = asNumber(record.at) ?? asNumber(record.createdAt) ?? state.entry.updatedAt;
  if (record.type === 'message') return withMessage(state, record, at);
  if (record.type === 'entry') return withEntry(state, asObject(record.patch), at);
  if (record.type === 'run') return withRun(state, record, at);
  return state;
}

function withEntry(state: SessionState, patch: Json, at: number): SessionState {
  const cleared = Object.keys(patch).filter((field) => patch[field] === null);
  const entry: Json = { ...state.entry, updatedAt: at, ...patch };
  for (const field of cleared) delete entry[field];
  const { sessionId, agentId } = state.entry;
  const whole = cleared.length > 0 ? { ...CLEARED, ...entry } : entry;
  return { ...state, entry: { ...(whole as unknown as SessionEntry), sessionId, agentId } };
}

function withMessage(state: SessionState, record: Json, at: number): SessionState {
  const seq = asNumber(record.seq) ?? state.lastSeq + 1;
  const message = asObject(record.message);
  const text = clipped(textOf(message), PREVIEW_CHARS);
  const isUser = message.role === 'user';
  const entry: SessionEntry = {
    ...state.entry,
    updatedAt: Math.max(at, state.entry.updatedAt),
    messageCount: state.entry.messageCount + 1,
  };
  if (text !== '' && (isUser || message.role === 'assistant')) entry.lastMessagePreview = text;
  if (isUser) {
    entry.lastInteractionAt = at;
    if (text !== '') entry.derivedTitle ??= clipped(text, TITLE_CHARS);
  }
  const firstSeq = state.entry.messageCount === 0 ? seq : state.firstSeq;
  const openRuns =
    message.role === 'assistant' ? withoutPartial(state.openRuns, record.runId) : state.openRuns;
  return { ...state, entry, firstSeq, lastSeq: Math.max(seq, state.lastSeq), openRuns };
}

/** What was kept of a reply is of no use once the reply itself is there. */
function withoutPartial(runs: readonly OpenRun[], runId: unknown): readonly OpenRun[] {
  if (!runs.some((run) => run.runId === runId && run.text !== undefined)) return runs;
  return runs.map((run) => (run.runId === runId ? { runId: run.runId, startedAt: run.startedAt } : run));
}

const STATUS_AFTER: Record<RunStatus, Partial<SessionEntry>> = {
  ok: { status: 'done' },
  error: { status: 'error' },
  aborted: { status: 'done', abortedLastRun: true },
  timeout: { status: 'timeout', abortedLastRun: true },
  interrupted: { status: 'interrupted', abortedLastRun: true },
};

function withRun(state: SessionState, record: Json, at: number): SessionState {
  const runId = asText(record.runId);
  if (runId === undefined) return state;
  const others = state.openRuns.filter((run) => run.runId !== runId);
  const known = state.openRuns.find((run) => run.runId === runId);
  if (record.phase === 'end') return withoutRun(state, record, at, known, others);
  const text = record.phase === 'partial' ? partialText(record, known) : (asText(record.text) ?? known?.text);
  const run: OpenRun = { runId, startedAt: known?.startedAt ?? at, ...(text === undefined ? {} : { text }) };
  const entry: SessionEntry = { ...state.entry, status: 'running', abortedLastRun: false };
  // Behind another one it waits for its turn.
  const told = others.length > 0 || known ? entry : { ...entry, ...begun(run) };
  return { ...state, openRuns: [...others, run], entry: told };
}

const begun = ({ runId, startedAt }: OpenRun): Partial<SessionEntry> => ({
  lastRunId: runId,
  startedAt,
  endedAt: undefined,
  runtimeMs: undefined,
});

/** A session runs one thing after another: with the end of a run the next one begins. */
function withoutRun(
  state: SessionState,
  record: Json,
  at: number,
  ended: OpenRun | undefined,
  others: readonly OpenRun[],
): SessionState {
  const change = STATUS_AFTER[record.status as RunStatus] ?? STATUS_AFTER.ok;
  const [next] = others;
  const startedAt = asNumber(record.startedAt) ?? ended?.startedAt ?? at;
  const times = next
    ? begun({ ...next, startedAt: at })
    : { lastRunId: String(record.runId), startedAt, endedAt: at, runtimeMs: Math.max(0, at - startedAt) };
  const status = next ? 'running' : change.status;
  const entry = { ...state.entry, ...change, ...times, systemSent: true, status };
  return { ...state, openRuns: others, entry };
}

/** The reply so far, of which a `partial` record holds what comes after the first `from` characters. */
function partialText(record: Json, known: OpenRun | undefined): string {
  const kept = known?.text ?? '';
  const from = asNumber(record.from) ?? 0;
  return (from < kept.length ? kept.slice(0, from) : kept) + (asText(record.text) ?? '');
}

/** The message of a `message` record. */
export function storedMessage(record: Json): StoredMessage {
  const runId = asText(record.runId);
  const idempotencyKey = asText(record.idempotencyKey);
  return {
    id: String(record.id),
    seq: asNumber(record.seq) ?? 0,
    ...(runId === undefined ? {} : { runId }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    message: asObject(record.message) as ChatMessage,
  };
}
