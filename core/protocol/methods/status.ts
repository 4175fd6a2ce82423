import * as z from 'zod';
import { presenceEntry } from '../connect.ts';
import { defineMethods } from '../define.ts';

const anything = z.unknown();
const ms = z.number().min(0);

const agentHealth = z.looseObject({
  agentId: z.string(),
  isDefault: z.boolean(),
  heartbeat: z.looseObject({ enabled: z.boolean(), every: z.string(), everyMs: z.number().nullable() }),
  sessions: z.looseObject({ path: z.string(), count: z.int(), recent: z.array(anything) }),
});

/** What `health` and the `health` event carry; `ts` is epoch milliseconds of the snapshot. */
export const healthSummary = z.looseObject({
  ok: z.literal(true),
  ts: z.int(),
  durationMs: ms,
  channels: z.record(z.string(), anything),
  channelOrder: z.array(z.string()),
  channelLabels: z.record(z.string(), z.string()),
  heartbeatSeconds: ms,
  defaultAgentId: z.string(),
  agents: z.array(agentHealth),
  sessions: z.looseObject({ path: z.string(), count: z.int(), recent: z.array(anything) }),
});

export type HealthSummary = z.infer<typeof healthSummary>;

const systemEventParams = z.looseObject({
  text: z.unknown().optional(),
  deviceId: z.string().optional(),
  instanceId: z.string().optional(),
  host: z.string().optional(),
  ip: z.string().optional(),
  mode: z.string().optional(),
  version: z.string().optional(),
  platform: z.string().optional(),
  deviceFamily: z.string().optional(),
  modelIdentifier: z.string().optional(),
  lastInputSeconds: z.number().optional(),
  reason: z.string().optional(),
  tags: z.array(z.string()).optional(),
  roles: z.array(z.string()).optional(),
  scopes: z.array(z.string()).optional(),
});

const setting = z.strictObject({ value: z.string(), origin: z.enum(['flag', 'env', 'config', 'default']) });

/** Who can reach the gateway, and where that was said; gateways of others do not tell. */
const listening = z.strictObject({
  addresses: z.array(z.string()),
  port: z.int(),
  tls: z.boolean(),
  /** The farthest of its addresses. */
  reach: z.enum(['loopback', 'tailnet', 'network']),
  bind: setting.optional(),
  tailscale: setting.optional(),
  /** The name under which Tailscale passes requests on, while it does. */
  tailscaleHost: z.string().optional(),
});

const eventLoopNow = z.looseObject({
  intervalMs: ms,
  delayP99Ms: ms,
  delayMaxMs: ms,
  utilization: z.number(),
});

export const statusMethods = defineMethods({
  health: {
    summary: 'Health summary of the gateway, its agents and channels',
    scope: 'any',
    params: z.looseObject({ probe: z.boolean().optional() }).optional(),
    result: healthSummary,
  },
  status: {
    summary:
      'Version, heartbeat, sessions, memory, connections and process of the gateway, and who can reach it',
    scope: 'operator.read',
    params: anything,
    result: z.looseObject({
      runtimeVersion: z.string(),
      heartbeat: z.looseObject({ defaultAgentId: z.string() }),
      processMemory: z.looseObject({ rssBytes: z.number(), heapUsedBytes: z.number() }).optional(),
      uptimeMs: ms.optional(),
      connections: z.int().optional(),
      eventLoopNow: eventLoopNow.optional(),
      listening: listening.optional(),
    }),
  },
  'system-presence': {
    summary: 'Who is connected, the gateway itself first',
    scope: 'operator.read',
    params: anything,
    result: z.array(presenceEntry),
  },
  'system-event': {
    summary: 'Announce a presence row and tell every client',
    scope: 'operator.admin',
    idempotent: true,
    params: systemEventParams.optional(),
    result: z.strictObject({ ok: z.literal(true) }),
  },
  'last-heartbeat': {
    summary: 'The last heartbeat event, or null',
    scope: 'operator.read',
    params: anything,
    result: z.looseObject({ ts: z.int() }).nullable(),
  },
  'set-heartbeats': {
    summary: 'Turn heartbeats on or off until the gateway restarts',
    scope: 'operator.admin',
    params: anything,
    result: z.strictObject({ ok: z.literal(true), enabled: z.boolean() }),
  },
});
