import { invalidRequest } from '../protocol/errors.ts';

export interface KeyRules {
  defaultId: string;
  mainKey: string;
  scope: 'per-sender' | 'global';
}

export interface SessionKey {
  key: string;
  agentId: string;
  kind: 'direct' | 'group' | 'global' | 'unknown';
}

export const MAX_KEY_CHARS = 512;

/** Control characters, line separators, direction overrides and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;
const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/**
 * The one spelling of a session key. `main` (or the main key) stands for the main session; a key without
 * `agent:<id>:` belongs to the default agent. Throws INVALID_REQUEST for what cannot be a key. Whether the
 * agent exists is not looked at.
 */
export function canonicalKey(given: string, rules: KeyRules): SessionKey {
  const text = given.trim();
  if (text === '') throw invalidRequest('session key required');
  if (text.length > MAX_KEY_CHARS) {
    throw invalidRequest(`session key too long: ${text.length} characters, ${MAX_KEY_CHARS} are allowed`);
  }
  if (UNPRINTABLE.test(text)) {
    throw invalidRequest('session key has a control character in it; use printable characters only');
  }
  const defaultId = rules.defaultId.toLowerCase();
  if (text === 'global' || text === 'unknown') return { key: text, agentId: defaultId, kind: text };
  if (!/^agent:/i.test(text)) return inAgent(defaultId, text, rules);
  const [, id = '', rest = ''] = /^agent:([^:]*):?(.*)$/is.exec(text) ?? [];
  const agentId = id.trim().toLowerCase();
  if (!AGENT_ID.test(agentId) || rest.trim() === '') {
    throw invalidRequest(`not a session key: "${text}". A full key is agent:<agent id>:<name>.`);
  }
  return inAgent(agentId, rest, rules);
}

function inAgent(agentId: string, rest: string, rules: KeyRules): SessionKey {
  const lower = rest.toLowerCase();
  const isMain = lower === 'main' || lower === rules.mainKey.toLowerCase();
  if (isMain && rules.scope === 'global') return { key: 'global', agentId, kind: 'global' };
  const name = isMain ? rules.mainKey : rest;
  return { key: `agent:${agentId}:${name}`, agentId, kind: kindOfName(name) };
}

/** The key of an agent's main session. */
export function mainSessionKey(rules: KeyRules, agentId: string = rules.defaultId): string {
  return canonicalKey(`agent:${agentId}:main`, rules).key;
}

/** The kind of a canonical key. */
export function kindOfKey(key: string): SessionKey['kind'] {
  if (key === 'global' || key === 'unknown') return key;
  return kindOfName(key.replace(/^agent:[^:]*:/, ''));
}

function kindOfName(name: string): 'direct' | 'group' {
  return /^(?:[^:]+:){0,2}(?:group|channel):/i.test(name) ? 'group' : 'direct';
}

export type DmScope = 'main' | 'per-peer' | 'per-channel-peer' | 'per-account-channel-peer';

export interface Peer {
  channel: string;
  accountId?: string;
  kind: 'direct' | 'group' | 'channel';
  id: string;
  threadId?: string;
}

export interface PeerRules extends KeyRules {
  dmScope: DmScope;
  /** Canonical name → `channel:id` or plain ids of the same person. */
  identityLinks: Readonly<Record<string, readonly string[]>>;
}

/** The session that a message from `peer` belongs to, by `session.scope`, `session.dmScope` and `session.identityLinks`. */
export function peerSessionKey(agentId: string, peer: Peer, rules: PeerRules): SessionKey {
  const channel = segment(peer.channel.toLowerCase());
  const thread = peer.threadId === undefined ? [] : ['thread', segment(peer.threadId)];
  if (rules.scope === 'global') return canonicalKey('global', rules);
  if (peer.kind !== 'direct') {
    const name = [channel, peer.kind, segment(peer.id), ...thread].join(':');
    return canonicalKey(`agent:${agentId}:${name}`, rules);
  }
  const person = ['direct', segment(linkedName(peer, rules) ?? peer.id)];
  const account = segment(peer.accountId?.toLowerCase() ?? 'default');
  const names: Record<DmScope, string[]> = {
    main: ['main'],
    'per-peer': person,
    'per-channel-peer': [channel, ...person],
    'per-account-channel-peer': [channel, account, ...person],
  };
  const name = rules.dmScope === 'main' && thread.length > 0 ? [rules.mainKey] : names[rules.dmScope];
  return canonicalKey(`agent:${agentId}:${[...name, ...thread].join(':')}`, rules);
}

function linkedName(peer: Peer, rules: PeerRules): string | undefined {
  const id = peer.id.toLowerCase();
  const wanted = [id, `${peer.channel.toLowerCase()}:${id}`];
  const isLinked = (alias: string): boolean => wanted.includes(alias.trim().toLowerCase());
  return Object.entries(rules.identityLinks).find(([, aliases]) => aliases.some(isLinked))?.[0];
}

/** Colons separate the parts of a key, so within a part they and unprintable characters are written as %XX. */
function segment(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw invalidRequest('a channel, peer and thread need an id that is not empty');
  return trimmed.replace(/[%:]/g, encodeURIComponent);
}
