import type { Json } from '../lib/json.ts';
import type { HelloOk } from '../protocol/connect.ts';
import { EVENTS, type EventName } from '../protocol/events.ts';
import type { ErrorShape } from '../protocol/frames.ts';
import type { Era } from '../protocol/issues.ts';
import type { Scope } from '../protocol/scopes.ts';
import { APPROVAL_RESULTS_V3, approvalErrorV3, approvalEventV3 } from './dialect-approvals-v3.ts';
import { SESSION_MESSAGES_V3, SESSION_RESULTS_V3 } from './dialect-sessions-v3.ts';

/**
 * How one protocol era says things. The rest of the server thinks in its own terms (which are v4's) and
 * never asks which version is on the line. Source: wire protocol, the columns v4 and v3.
 */
export interface Dialect {
  era: Era;
  /** Where event numbers count: over what one socket is sent, or over everything that is broadcast. */
  numbering: 'connection' | 'global';
  hello(hello: HelloOk): Json;
  error(error: ErrorShape): ErrorShape;
  result(method: string, result: unknown): unknown;
  /** Whether this era says anything of it. */
  tells(event: EventName, payload: unknown): boolean;
  /** Undefined when this era says nothing here. */
  event(event: EventName, payload: unknown): unknown;
  /** Undefined when this era never had the event. */
  eventScope(event: EventName): Scope | 'any' | undefined;
  methodScope(method: string, scope: Scope | 'any'): Scope | 'any';
  /** May a client that has no device identity, but a valid shared secret, keep the scopes it asked for? */
  keepsScopesWithoutDevice: boolean;
  /** May a session be given a model that nobody has, and any level of thinking? Its next run says what is wrong. */
  takesAnyModel: boolean;
}

export const v4: Dialect = {
  era: 4,
  numbering: 'connection',
  hello: ({ snapshot, ...hello }) => ({
    ...hello,
    snapshot: { ...snapshot, health: broadcastHealthV4(snapshot.health) },
  }),
  error: (error) => error,
  result: (method, result) => own(RESULTS_V4, method)?.(result as Json) ?? result,
  tells: () => true,
  event: eventV4,
  eventScope: (event) => EVENTS[event].scope,
  methodScope: (_method, scope) => scope,
  keepsScopesWithoutDevice: true,
  takesAnyModel: false,
};

export const v3: Dialect = {
  era: 3,
  numbering: 'global',
  hello: helloV3,
  error: errorV3,
  result: (method, result) => own(RESULTS_V3, method)?.(result as Json) ?? result,
  tells: (event, payload) => !isRunEvent(event) || (payload as Json).v3 !== undefined,
  event: eventV3,
  eventScope: (event) => (EVENTS[event].v4Only ? undefined : (EVENTS[event].v3Scope ?? EVENTS[event].scope)),
  methodScope: (method, scope) => own(V3_SCOPES, method) ?? scope,
  keepsScopesWithoutDevice: false,
  takesAnyModel: true,
};

const V3_SCOPES: Record<string, Scope> = {
  agent: 'operator.write',
  'config.schema': 'operator.admin',
  'sessions.patch': 'operator.admin',
};

/** Names come from clients, and every object has a `constructor`. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function omit(value: Json, ...keys: string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function helloV3(hello: HelloOk): Json {
  const { snapshot, auth } = hello;
  return {
    type: hello.type,
    protocol: 3,
    server: { version: hello.server.version, connId: hello.server.connId },
    features: { methods: hello.features.methods, events: hello.features.events },
    snapshot: {
      presence: snapshot.presence.map(presenceV3),
      health: healthV3(snapshot.health),
      stateVersion: snapshot.stateVersion,
      uptimeMs: snapshot.uptimeMs,
      configPath: snapshot.configPath,
      stateDir: snapshot.stateDir,
      sessionDefaults: omit(snapshot.sessionDefaults, 'modelConfigured', 'ownership', 'selectionRequired'),
      authMode: snapshot.authMode,
    },
    ...(auth.deviceToken === undefined
      ? {}
      : { auth: { ...omit(auth, 'method'), scopes: [...auth.scopes].sort() } }),
    policy: omit(hello.policy, 'attachments'),
  };
}

/** `modelRuntime` is in the answer to `health` only, not in the hello and not in the event. */
function broadcastHealthV4(health: Json): Json {
  return omit(health, 'modelRuntime');
}

function errorV3(error: ErrorShape): ErrorShape {
  const details = error.details;
  if (error.code === 'FORBIDDEN') return { code: 'INVALID_REQUEST', message: error.message };
  if (details?.code === 'PAIRING_REQUIRED') {
    const { code, requestId, reason } = details;
    return { code: error.code, message: 'pairing required', details: { code, requestId, reason } };
  }
  if (details?.code === 'AUTH_SCOPE_MISMATCH') return { ...error, ...DEVICE_TOKEN_MISMATCH_V3 };
  if (details?.code === 'AUTH_RATE_LIMITED')
    return omit({ ...error }, 'retryable', 'retryAfterMs') as unknown as ErrorShape;
  const reworded = own(MESSAGES_V3, error.message);
  return reworded === undefined ? (approvalErrorV3(error) ?? error) : { ...error, message: reworded };
}

const DEVICE_TOKEN_MISMATCH_V3 = {
  message: 'unauthorized: device token mismatch (rotate/reissue device token)',
  details: {
    code: 'AUTH_DEVICE_TOKEN_MISMATCH',
    authReason: 'device_token_mismatch',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'update_auth_credentials',
  },
};

const MESSAGES_V3: Record<string, string> = {
  "unauthorized: gateway token mismatch (use this gateway's gateway.auth.token or pair the device)":
    'unauthorized: gateway token mismatch (set gateway.remote.token to match gateway.auth.token)',
  "unauthorized: gateway token missing (use this gateway's gateway.auth.token or pair the device)":
    'unauthorized: gateway token missing (set gateway.remote.token to match gateway.auth.token)',
  "unauthorized: gateway password mismatch (use this gateway's gateway.auth.password)":
    'unauthorized: gateway password mismatch (set gateway.remote.password to match gateway.auth.password)',
  "unauthorized: gateway password missing (use this gateway's gateway.auth.password)":
    'unauthorized: gateway password missing (set gateway.remote.password to match gateway.auth.password)',
  'unauthorized: setup code invalid, expired, revoked, or already used (create a new code; review `openclaw devices list`)':
    'unauthorized: bootstrap token invalid or expired (scan a fresh setup code)',
  'device token rotation denied': 'unknown deviceId/role',
  ...SESSION_MESSAGES_V3,
};

const isRunEvent = (event: EventName): boolean => event === 'agent' || event === 'chat';

function eventV4(event: EventName, payload: unknown): unknown {
  if (event === 'health') return broadcastHealthV4(payload as Json);
  if (!isRunEvent(event)) return payload;
  const { v3: _, ...told } = payload as Json;
  return told;
}

/** v3 told less of a run, and numbered what it told by itself; its numbers ride along under `v3`. */
function runEventV3({ v3: numbers, ...payload }: Json): Json | undefined {
  if (numbers === undefined) return undefined;
  const { data, ...told } = omit(payload, 'agentId', 'deltaText', 'errorDetail', 'sessionId');
  const rest = told.state === 'final' ? omit(told, 'stopReason') : told;
  return { ...rest, ...(data === undefined ? {} : { data: runDataV3(data as Json) }), ...(numbers as Json) };
}

function runDataV3(data: Json): Json {
  const { phase, startedAt, endedAt, error, text, delta } = data;
  if (phase === 'start' && startedAt !== undefined) return { phase, startedAt };
  if (phase === 'end') return { phase, endedAt };
  if (phase === 'error') return { phase, endedAt, error };
  return text === undefined ? omit(data, 'result') : { text, delta };
}

function eventV3(event: EventName, payload: unknown): unknown {
  if (isRunEvent(event)) return runEventV3(payload as Json);
  if (event === 'shutdown') return { restartExpectedMs: null, ...(payload as Json) };
  if (event === 'health') return healthV3(payload as Json);
  if (event.startsWith('exec.approval.')) return approvalEventV3(payload as Json);
  if (event === 'presence') {
    return { presence: (payload as { presence: Json[] }).presence.map(presenceV3) };
  }
  return payload;
}

/** The gateway's own row has no instance in v3. */
function presenceV3(entry: Json): Json {
  const row = omit(entry, 'timeZone', 'onlineSince', 'lastActivityAt');
  return row.reason === 'self' ? omit(row, 'instanceId') : row;
}

function healthV3(health: Json): Json {
  const agents = (health.agents as Json[]).map((agent) => ({
    ...agent,
    heartbeat: heartbeatV3(agent.heartbeat as Json),
  }));
  return { ...omit(health, 'plugins', 'configReload', 'modelRuntime', 'eventLoop'), agents };
}

function heartbeatV3(heartbeat: Json): Json {
  const { every, target } = heartbeat;
  return {
    ...heartbeat,
    ...(every === 'disabled' ? { every: '0m' } : {}),
    ...(target === 'owner' ? { target: 'none' } : {}),
  };
}

function statusV3(result: Json): Json {
  const heartbeat = result.heartbeat as Json;
  const agents = (heartbeat.agents as Json[]).map(heartbeatV3);
  return { ...omit(result, ...STATUS_V4_ONLY), heartbeat: { ...heartbeat, agents } };
}

function configWriteV3(result: Json): Json {
  const { sentinel, ...rest } = omit(result, 'hash', 'changedPaths');
  if (sentinel === undefined) return rest;
  const payload = (sentinel as Json).payload as Json;
  return {
    ...rest,
    sentinel: { payload: { ...payload, stats: omit(payload.stats as Json, 'requiresRestart') } },
  };
}

/** The v3 forms of hash and text ride along under `v3`, because only the configuration room can make them. */
function configGetV3(result: Json): Json {
  const kept = omit(
    result,
    'v3',
    'includedPaths',
    'includeProvenance',
    'agentRosterIncludeOwned',
    'bindingsIncludeOwned',
    'sourceConfig',
    'runtimeConfig',
    'configRevisionHash',
    'appliedConfigHash',
  );
  return { ...kept, ...(result.v3 as Json | undefined) };
}

const STATUS_V4_ONLY = [
  'hostDesktop degradedSecretOwners degradedPlugins tasks taskAudit modelRuntime eventLoop processMemory',
  'workerPools pid shutdownBudget uptimeMs connections eventLoopNow listening',
].flatMap((line) => line.split(' '));

function devicesV3(result: Json): Json {
  const paired = (result.paired as Json[]).map((row) =>
    omit(row, 'approvedVia', 'lastSeenAtMs', 'lastSeenReason', 'connected'),
  );
  const pending = (result.pending as Json[]).map((row) => omit(row, 'pairingCode'));
  return { ...result, pending, paired };
}

function agentsV3(result: Json): Json {
  const agents = (result.agents as Json[]).map(({ id, name, identity }) => ({
    id,
    ...(name === undefined ? {} : { name }),
    ...(identity === undefined ? {} : { identity }),
  }));
  return { ...omit(result, 'ownership', 'selectionRequired'), agents };
}

const RESULTS_V4: Record<string, (result: Json) => unknown> = {
  'config.get': (result) => omit(result, 'v3'),
  'config.patch': (result) => omit(result, 'restart'),
  'config.apply': (result) => omit(result, 'restart'),
  'device.token.rotate': (result) => (result.tokenDelivery === 'in-band' ? result : omit(result, 'token')),
};

const RESULTS_V3: Record<string, (result: Json) => unknown> = {
  ...APPROVAL_RESULTS_V3,
  health: healthV3,
  status: statusV3,
  'system-presence': (result) => (result as unknown as Json[]).map(presenceV3),
  'config.get': configGetV3,
  'config.set': configWriteV3,
  'config.patch': configWriteV3,
  'config.apply': configWriteV3,
  'config.schema.lookup': (result) => ({
    ...omit(result, 'reloadKind'),
    children: (result.children as Json[]).map((child) => omit(child, 'reloadKind')),
  }),
  'device.pair.list': devicesV3,
  'device.pair.approve': (result) => ({
    ...result,
    device: omit(result.device as Json, 'approvedVia', 'lastSeenAtMs', 'lastSeenReason'),
  }),
  'device.token.rotate': (result) => omit(result, 'tokenDelivery'),
  'agents.list': agentsV3,
  'agent.identity.get': (result) => omit(result, 'nameSource'),
  'channels.status': (result) => omit(result, 'eventLoop', 'statusIssues'),
  ...SESSION_RESULTS_V3,
};
