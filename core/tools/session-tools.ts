import { asNumber, asObject, asText, asTexts, type Json } from '../lib/json.ts';
import { errorResult, type Tool, type ToolContext, ToolRefusal, textResult } from './tool.ts';

/** A session as other sessions may see it. */
export interface SessionRow {
  key: string;
  agentId: string;
  label?: string;
  displayName?: string;
  updatedAt?: number;
  spawnedBy?: string;
  status?: string;
  messageCount?: number;
}

/** What the tools need of the sessions; what one session may see of another is decided here, not there. */
export interface SessionAccess {
  list(query: {
    agentId?: string;
    spawnedBy?: string;
    search?: string;
    activeMinutes?: number;
    limit: number;
  }): Promise<SessionRow[]>;
  /** By key or alias, as the agent would mean it. */
  find(key: string, agentId: string): Promise<SessionRow | undefined>;
  /** The newest messages, oldest first: `{role, content, timestamp}`. */
  history(key: string, limit: number): Promise<unknown[]>;
  send(request: {
    sessionKey: string;
    message: string;
    fromSessionKey: string;
    fromAgentId: string;
    fromRunId: string;
    /** 0: do not wait for the answer. */
    timeoutMs: number;
    signal: AbortSignal;
  }): Promise<{
    status: 'ok' | 'accepted' | 'timeout' | 'error';
    runId?: string;
    reply?: string;
    error?: string;
  }>;
}

export interface SessionToolDeps {
  config(): Json;
  sessions: SessionAccess;
}

const MAX_HISTORY_CHARS = 80_000;
const KEY = { type: 'string', minLength: 1, maxLength: 512, description: 'Key of a session' } as const;

export function createSessionTools(deps: SessionToolDeps): Tool[] {
  return [listTool(deps), historyTool(deps), sendTool(deps)];
}

type Visibility = 'self' | 'tree' | 'agent' | 'all';

/** `tools.sessions.visibility`; by default a session sees itself and those it started. */
function visibilityOf(config: Json): Visibility {
  const said = asObject(asObject(config.tools).sessions).visibility;
  return (['self', 'tree', 'agent', 'all'] as const).find((known) => known === said) ?? 'tree';
}

function maySee(config: Json, ctx: ToolContext, row: SessionRow): boolean {
  if (row.key === ctx.sessionKey) return true;
  const visibility = visibilityOf(config);
  if (visibility === 'self') return false;
  if (visibility === 'tree') return row.spawnedBy === ctx.sessionKey;
  if (row.agentId === ctx.agentId) return true;
  return visibility === 'all' && agentsMayTalk(config, ctx.agentId, row.agentId);
}

/** `tools.agentToAgent`: off unless enabled, and then between the agents it names. */
function agentsMayTalk(config: Json, one: string, other: string): boolean {
  const { enabled, allow } = asObject(asObject(config.tools).agentToAgent);
  if (enabled !== true) return false;
  const named = asTexts(allow);
  return allow === undefined || [one, other].every((id) => named.includes('*') || named.includes(id));
}

async function visibleSession(deps: SessionToolDeps, ctx: ToolContext, key: string): Promise<SessionRow> {
  const row = await deps.sessions.find(key, ctx.agentId);
  if (row !== undefined && maySee(deps.config(), ctx, row)) return row;
  // The same words for both, so that nobody can find out which sessions exist.
  throw new ToolRefusal(
    'There is no such session, or this one may not see it (tools.sessions.visibility). Use sessions_list.',
  );
}

const listTool = (deps: SessionToolDeps): Tool => ({
  name: 'sessions_list',
  label: 'List sessions',
  description: 'List the sessions this one may see',
  group: 'sessions',
  parameters: {
    type: 'object',
    properties: {
      limit: { type: 'integer', minimum: 1, maximum: 200 },
      search: { type: 'string', minLength: 1, maxLength: 200 },
      activeMinutes: { type: 'integer', minimum: 1 },
    },
  },
  run: async (args, ctx) => {
    const { limit, search, activeMinutes } = args as Json;
    const count = asNumber(limit) ?? 50;
    const visibility = visibilityOf(deps.config());
    const rows = await deps.sessions.list({
      limit: visibility === 'all' ? 1000 : count,
      ...(asText(search) && { search: asText(search) }),
      ...(asNumber(activeMinutes) && { activeMinutes: asNumber(activeMinutes) }),
      ...(visibility !== 'all' && { agentId: ctx.agentId }),
      ...(visibility === 'tree' && { spawnedBy: ctx.sessionKey }),
    });
    const own = await deps.sessions.find(ctx.sessionKey, ctx.agentId);
    const seen = rows.filter((row) => row.key !== ctx.sessionKey && maySee(deps.config(), ctx, row));
    const sessions = [...(own ? [own] : []), ...seen].slice(0, count).map(shownRow);
    return textResult(JSON.stringify({ count: sessions.length, sessions }, null, 1), {
      count: sessions.length,
    });
  },
});

const shownRow = (row: SessionRow): SessionRow => ({
  key: row.key,
  agentId: row.agentId,
  label: row.label,
  displayName: row.displayName,
  updatedAt: row.updatedAt,
  spawnedBy: row.spawnedBy,
  status: row.status,
  messageCount: row.messageCount,
});

const historyTool = (deps: SessionToolDeps): Tool => ({
  name: 'sessions_history',
  label: 'Session history',
  description: 'Read the newest messages of a session this one may see',
  group: 'sessions',
  parameters: {
    type: 'object',
    required: ['sessionKey'],
    properties: {
      sessionKey: KEY,
      limit: { type: 'integer', minimum: 1, maximum: 200 },
      includeTools: { type: 'boolean', description: 'Also what tools answered' },
    },
  },
  run: async (args, ctx) => {
    const { sessionKey, limit, includeTools } = args as Json;
    const row = await visibleSession(deps, ctx, String(sessionKey));
    const stored = await deps.sessions.history(row.key, asNumber(limit) ?? 50);
    const readable = stored.map(asObject).filter((message) => includeTools === true || isTalk(message));
    const { lines, left } = newestWithin(readable.map(messageText).filter(Boolean), MAX_HISTORY_CHARS);
    const note = left > 0 ? [`[${left} older messages left out]`] : [];
    return textResult([...note, ...lines].join('\n\n') || '(no messages)', {
      sessionKey: row.key,
      messages: lines.length,
      leftOut: left,
    });
  },
});

const isTalk = (message: Json): boolean => message.role === 'user' || message.role === 'assistant';

/** The words of a message; reasoning, calls and attachments stay where they are. */
function messageText(message: Json): string {
  const { role, content } = message;
  const parts = Array.isArray(content) ? content.map(asObject) : [{ type: 'text', text: content }];
  const text = parts.flatMap((part) => (part.type === 'text' ? (asText(part.text) ?? []) : [])).join('\n');
  return text === '' ? '' : `${asText(role) ?? 'message'}: ${text}`;
}

function newestWithin(lines: readonly string[], maxChars: number): { lines: string[]; left: number } {
  let room = maxChars;
  let from = lines.length;
  while (from > 0 && (lines[from - 1]?.length ?? 0) <= room) {
    from -= 1;
    room -= lines[from]?.length ?? 0;
  }
  return { lines: lines.slice(from), left: from };
}

const sendTool = (deps: SessionToolDeps): Tool => ({
  name: 'sessions_send',
  label: 'Send to session',
  description: 'Send a message to another session this one may see, and wait for its answer',
  group: 'sessions',
  parameters: {
    type: 'object',
    required: ['sessionKey', 'message'],
    properties: {
      sessionKey: KEY,
      message: { type: 'string', minLength: 1, maxLength: 100_000 },
      timeoutSeconds: { type: 'integer', minimum: 0, maximum: 600, description: '0: do not wait' },
    },
  },
  run: async (args, ctx) => {
    const { sessionKey, message, timeoutSeconds } = args as Json;
    const row = await visibleSession(deps, ctx, String(sessionKey));
    if (row.key === ctx.sessionKey)
      throw new ToolRefusal('A session cannot send to itself: it would wait for ever.');
    const { status, runId, reply, error } = await deps.sessions.send({
      sessionKey: row.key,
      message: String(message),
      fromSessionKey: ctx.sessionKey,
      fromAgentId: ctx.agentId,
      fromRunId: ctx.runId,
      timeoutMs: (asNumber(timeoutSeconds) ?? 120) * 1000,
      signal: ctx.signal,
    });
    const details = { status, ...(runId !== undefined && { runId }), sessionKey: row.key };
    if (status === 'error') return errorResult(error ?? 'The session could not answer.', details);
    if (status === 'timeout') return textResult('[no answer yet; the session goes on with it]', details);
    return textResult(reply ?? '[sent]', details);
  },
});
