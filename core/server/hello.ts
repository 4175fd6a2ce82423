import type { Roster } from '../agents/roster.ts';
import type { HelloOk, PresenceEntry } from '../protocol/connect.ts';
import { contract } from '../protocol/contract.ts';
import { EVENTS } from '../protocol/events.ts';
import { LIMITS, PROTOCOL, type StateVersion } from '../protocol/frames.ts';
import { holds } from '../protocol/scopes.ts';
import type { AuthMode } from './auth.ts';
import type { Admission } from './handshake.ts';

export interface HelloFacts {
  version: string;
  bootId: string;
  connId: string;
  uptimeMs: number;
  presence: PresenceEntry[];
  health: Record<string, unknown>;
  stateVersion: StateVersion;
  roster: Roster;
  modelConfigured: boolean;
  configHash: string;
  configPath: string;
  stateDir: string;
  authMode: AuthMode;
}

const METHODS = Object.keys(contract);
const EVENT_NAMES = ['connect.challenge', ...Object.keys(EVENTS)];

/** Paths and the auth mode are for admins only, whom an attacker is not. */
export function helloOk(facts: HelloFacts, admission: Admission): HelloOk {
  const { peer, deviceToken } = admission;
  const { roster } = facts;
  const admin = peer.role === 'operator' && holds(peer.scopes, 'operator.admin');
  return {
    type: 'hello-ok',
    protocol: PROTOCOL.current,
    server: { version: facts.version, bootId: facts.bootId, connId: facts.connId },
    features: { methods: METHODS, events: EVENT_NAMES, capabilities: [] },
    snapshot: {
      suspension: { phase: 'accepting' },
      presence: facts.presence,
      health: facts.health,
      stateVersion: facts.stateVersion,
      uptimeMs: facts.uptimeMs,
      appliedConfigHash: facts.configHash,
      sessionDefaults: {
        defaultAgentId: roster.defaultId,
        modelConfigured: facts.modelConfigured,
        ownership: roster.agents.length === 1 ? 'sole' : 'explicit',
        selectionRequired: false,
        mainKey: roster.mainKey,
        mainSessionKey: roster.scope === 'global' ? 'global' : `agent:${roster.defaultId}:${roster.mainKey}`,
        scope: roster.scope,
      },
      ...(admin ? { configPath: facts.configPath, stateDir: facts.stateDir, authMode: facts.authMode } : {}),
    },
    auth: {
      method: peer.method,
      role: peer.role,
      scopes: [...peer.scopes],
      ...(deviceToken ? { deviceToken: deviceToken.token, issuedAtMs: deviceToken.issuedAtMs } : {}),
    },
    policy: {
      maxPayload: LIMITS.frameBytes,
      maxBufferedBytes: LIMITS.bufferedBytes,
      tickIntervalMs: LIMITS.tickIntervalMs,
      attachments: { ...LIMITS.attachments },
    },
  };
}
