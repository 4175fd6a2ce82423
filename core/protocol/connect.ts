import * as z from 'zod';

const filled = z.string().min(1);

/** Clients of both eras; source: wire protocol, connect params. */
export const CLIENT_IDS = [
  'webchat-ui',
  'openclaw-control-ui',
  'openclaw-browser-copilot',
  'openclaw-tui',
  'webchat',
  'cli',
  'gateway-client',
  'openclaw-macos',
  'openclaw-linux',
  'openclaw-ios',
  'openclaw-watchos',
  'openclaw-android',
  'node-host',
  'openclaw-worker',
  'test',
  'fingerprint',
  'openclaw-probe',
] as const;

export const CLIENT_MODES = ['webchat', 'cli', 'ui', 'backend', 'node', 'worker', 'probe', 'test'] as const;

const clientInfo = z.strictObject({
  id: z.enum(CLIENT_IDS),
  displayName: filled.optional(),
  version: filled,
  buildId: filled.max(96).optional(),
  platform: filled,
  deviceFamily: filled.optional(),
  modelIdentifier: filled.optional(),
  timeZone: filled.max(64).optional(),
  mode: z.enum(CLIENT_MODES),
  instanceId: filled.optional(),
});

const device = z.strictObject({
  id: filled,
  publicKey: filled,
  signature: filled,
  signedAt: z.int().min(0),
  nonce: filled,
});

const auth = z.strictObject({
  token: z.string().optional(),
  bootstrapToken: z.string().optional(),
  deviceToken: z.string().optional(),
  password: z.string().optional(),
  approvalRuntimeToken: z.string().optional(),
  agentRuntimeIdentityToken: z.string().optional(),
});

/** `connect` params of both eras; a v3 client simply never sends the v4 fields. */
export const connectParams = z.strictObject({
  minProtocol: z.int().min(1),
  maxProtocol: z.int().min(1),
  client: clientInfo,
  caps: z.array(filled).optional(),
  commands: z.array(filled).optional(),
  computerUse: z.unknown().optional(),
  workerRuns: z.unknown().optional(),
  modelCatalog: z.unknown().optional(),
  permissions: z.record(filled, z.boolean()).optional(),
  pathEnv: z.string().optional(),
  role: filled.optional(),
  scopes: z.array(filled).optional(),
  device: device.optional(),
  auth: auth.optional(),
  locale: z.string().optional(),
  userAgent: z.string().optional(),
});

export type ConnectParams = z.infer<typeof connectParams>;
export type ClientInfo = ConnectParams['client'];
export type DeviceProof = NonNullable<ConnectParams['device']>;

/** A row of `system-presence` and of the hello snapshot. Times are epoch milliseconds. */
export const presenceEntry = z.strictObject({
  host: filled.optional(),
  ip: filled.optional(),
  version: filled.optional(),
  platform: filled.optional(),
  deviceFamily: filled.optional(),
  modelIdentifier: filled.optional(),
  timeZone: filled.optional(),
  mode: filled.optional(),
  lastInputSeconds: z.int().min(0).optional(),
  reason: filled.optional(),
  tags: z.array(filled).optional(),
  text: z.string().optional(),
  ts: z.int().min(0),
  onlineSince: z.int().min(0).optional(),
  lastActivityAt: z.int().min(0).optional(),
  deviceId: filled.optional(),
  roles: z.array(filled).optional(),
  scopes: z.array(filled).optional(),
  instanceId: filled.optional(),
});

export type PresenceEntry = z.infer<typeof presenceEntry>;

/** `hello-ok` as v4 has it; what a v3 client gets is made from it by the server's dialect. */
export interface HelloOk {
  type: 'hello-ok';
  protocol: number;
  server: { version: string; buildId?: string; bootId: string; connId: string };
  features: { methods: string[]; events: string[]; capabilities: string[] };
  snapshot: {
    suspension?: { phase: 'accepting' };
    presence: PresenceEntry[];
    health: Record<string, unknown>;
    stateVersion: { presence: number; health: number };
    uptimeMs: number;
    appliedConfigHash?: string;
    sessionDefaults: {
      defaultAgentId: string;
      modelConfigured?: boolean;
      ownership?: 'sole' | 'legacy' | 'explicit';
      selectionRequired?: boolean;
      mainKey: string;
      mainSessionKey: string;
      scope?: string;
    };
    configPath?: string;
    stateDir?: string;
    authMode?: 'none' | 'token' | 'password' | 'trusted-proxy';
  };
  auth: {
    method?: string;
    role: string;
    scopes: string[];
    deviceToken?: string;
    issuedAtMs?: number;
  };
  policy: {
    maxPayload: number;
    maxBufferedBytes: number;
    tickIntervalMs: number;
    attachments?: { maxBytes: number; maxImageBytes: number };
  };
}
