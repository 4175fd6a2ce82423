import { homedir } from 'node:os';
import { asObject, asText, type Json } from '../lib/json.ts';

export interface AgentIdentity {
  name?: string;
  theme?: string;
  emoji?: string;
  avatar?: string;
}

export interface HeartbeatPlan {
  enabled: boolean;
  /** As configured, such as `30m`; `disabled` when off. */
  every: string;
  everyMs: number | null;
  prompt: string;
  target: string;
  ackMaxChars: number;
}

export interface Agent {
  id: string;
  name?: string;
  identity?: AgentIdentity;
  workspace: string;
  model?: { primary?: string; fallbacks?: string[] };
  /** How much its model is told to think where neither message nor session say so. */
  thinkingDefault?: string;
  heartbeat: HeartbeatPlan;
}

export interface Roster {
  defaultId: string;
  mainKey: string;
  scope: 'per-sender' | 'global';
  agents: Agent[];
}

const DEFAULT_PROMPT =
  'Look at the heartbeat notes of the workspace, if there are any, and do what is due. When nothing is, reply HEARTBEAT_OK.';

/**
 * The agents of a configuration, of either era: `agents.list` (2026.3) and `agents.entries` (2026.9).
 * There is always at least the agent `main`.
 */
export function agentRoster(config: Json, defaultWorkspace: string): Roster {
  const agents = asObject(config.agents);
  const defaults = asObject(agents.defaults);
  const rows = agentRows(agents);
  const marked = rows.find((row) => row.default === true) ?? rows[0];
  const session = asObject(config.session);
  return {
    defaultId: String(marked?.id ?? 'main'),
    mainKey: asText(session.mainKey) ?? 'main',
    scope: session.scope === 'global' ? 'global' : 'per-sender',
    agents: rows.map((row) => agentOf(row, defaults, defaultWorkspace)),
  };
}

function agentRows(agents: Json): Json[] {
  const listed = Array.isArray(agents.list) ? agents.list.map(asObject) : [];
  const entries = Object.entries(asObject(agents.entries)).map(([id, row]) => ({ ...asObject(row), id }));
  const seen = new Set<string>();
  const rows = [...entries, ...listed].filter((row) => {
    const id = asText(row.id);
    if (id === undefined || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
  return rows.length > 0 ? rows : [{ id: 'main' }];
}

function agentOf(row: Json, defaults: Json, defaultWorkspace: string): Agent {
  const model = modelOf(row.model) ?? modelOf(defaults.model);
  const identity = row.identity === undefined ? undefined : (asObject(row.identity) as AgentIdentity);
  const name = asText(row.name);
  const thinkingDefault = asText(row.thinkingDefault) ?? asText(defaults.thinkingDefault);
  return {
    id: String(row.id),
    ...(name === undefined ? {} : { name }),
    ...(identity === undefined ? {} : { identity }),
    workspace: fromHome(asText(row.workspace) ?? asText(defaults.workspace)) ?? defaultWorkspace,
    ...(model === undefined ? {} : { model }),
    ...(thinkingDefault === undefined ? {} : { thinkingDefault }),
    heartbeat: heartbeatOf({ ...asObject(defaults.heartbeat), ...asObject(row.heartbeat) }),
  };
}

const fromHome = (path: string | undefined): string | undefined =>
  path?.replace(/^~(?=$|[\\/])/, () => homedir());

function modelOf(value: unknown): Agent['model'] {
  if (typeof value === 'string' && value !== '') return { primary: value };
  const { primary, fallbacks } = asObject(value);
  if (typeof primary !== 'string') return undefined;
  return Array.isArray(fallbacks) ? { primary, fallbacks: fallbacks.map(String) } : { primary };
}

function heartbeatOf(heartbeat: Json): HeartbeatPlan {
  const every = asText(heartbeat.every) ?? '30m';
  const everyMs = durationMs(every);
  const enabled = everyMs !== undefined && everyMs > 0;
  return {
    enabled,
    every: enabled ? every : 'disabled',
    everyMs: enabled ? everyMs : null,
    prompt: asText(heartbeat.prompt) ?? DEFAULT_PROMPT,
    target: asText(heartbeat.target) ?? 'owner',
    ackMaxChars: typeof heartbeat.ackMaxChars === 'number' ? heartbeat.ackMaxChars : 300,
  };
}

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `1h30m`, `45s`; a bare number means minutes. Undefined when it is none of these. */
export function durationMs(value: string): number | undefined {
  const trimmed = value.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 60_000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  }
  return total;
}
