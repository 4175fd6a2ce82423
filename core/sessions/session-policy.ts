import { asNumber, asObject, asText, asTexts, type Json } from '../lib/json.ts';
import type { DmScope } from './session-key.ts';
import type { SessionEntry } from './session-types.ts';

export interface ResetRule {
  mode: 'none' | 'daily' | 'idle';
  /** Local hour of the gateway's host at which a day begins. */
  atHour: number;
  /** Counts in `daily` mode too: whichever comes first. */
  idleMinutes?: number;
}

export interface SendRule {
  action: 'allow' | 'deny';
  channel?: string;
  chatType?: string;
  keyPrefix?: string;
}

/** The `session` section of the configuration as far as it decides about sessions. */
export interface SessionPolicy {
  dmScope: DmScope;
  identityLinks: Record<string, string[]>;
  /** Messages that mean "start over", in lower case. */
  resetTriggers: string[];
  reset: ResetRule;
  resetByType: Record<string, ResetRule>;
  resetByChannel: Record<string, ResetRule>;
  sendDefault: 'allow' | 'deny';
  sendRules: SendRule[];
}

const DAY_STARTS_AT = 4;
const DM_SCOPES: readonly string[] = ['main', 'per-peer', 'per-channel-peer', 'per-account-channel-peer'];

export function sessionPolicy(config: Json): SessionPolicy {
  const session = asObject(config.session);
  const send = asObject(session.sendPolicy);
  const dmScope = asText(session.dmScope) ?? 'main';
  const reset = ruleOf(session.reset, asNumber(session.idleMinutes));
  const rulesIn = (section: unknown): Record<string, ResetRule> =>
    Object.fromEntries(
      Object.entries(asObject(section)).map(([name, rule]) => [name.toLowerCase(), ruleOf(rule)]),
    );
  return {
    dmScope: DM_SCOPES.includes(dmScope) ? (dmScope as DmScope) : 'main',
    identityLinks: Object.fromEntries(
      Object.entries(asObject(session.identityLinks)).map(([name, ids]) => [name, asTexts(ids)]),
    ),
    resetTriggers: (Array.isArray(session.resetTriggers)
      ? asTexts(session.resetTriggers)
      : ['/new', '/reset']
    ).map((word) => word.trim().toLowerCase()),
    reset,
    resetByType: rulesIn(session.resetByType),
    resetByChannel: rulesIn(session.resetByChannel),
    sendDefault: send.default === 'deny' ? 'deny' : 'allow',
    sendRules: Array.isArray(send.rules) ? send.rules.map((rule) => sendRuleOf(asObject(rule))) : [],
  };
}

/** An `idleMinutes` of its own, without a mode, means the idle mode, as older configurations have it. */
function ruleOf(value: unknown, legacyIdle?: number): ResetRule {
  const { mode, atHour, idleMinutes } = asObject(value);
  const idle = asNumber(idleMinutes) ?? legacyIdle;
  const isNamed = mode === 'none' || mode === 'daily' || mode === 'idle';
  const hour = asNumber(atHour) ?? DAY_STARTS_AT;
  const implied = idle !== undefined && atHour === undefined ? 'idle' : 'daily';
  return {
    mode: isNamed ? mode : implied,
    atHour: hour,
    ...(idle === undefined ? {} : { idleMinutes: idle }),
  };
}

function sendRuleOf(rule: Json): SendRule {
  const match = asObject(rule.match);
  return {
    action: rule.action === 'deny' ? 'deny' : 'allow',
    channel: asText(match.channel)?.toLowerCase(),
    chatType: asText(match.chatType),
    keyPrefix: asText(match.keyPrefix) ?? asText(match.rawKeyPrefix),
  };
}

const IDLE_DEFAULT_MINUTES = 60;

/**
 * Why a session has to start over before its next message, or undefined when it goes on. The daily reset
 * counts from when the session started, the idle reset from the last message of a user. Local time.
 */
export function dueReset(
  entry: SessionEntry,
  policy: SessionPolicy,
  now: number,
): 'daily' | 'idle' | undefined {
  const rule = ruleFor(entry, policy);
  if (rule.mode === 'none') return undefined;
  if (rule.mode === 'daily' && entry.sessionStartedAt < dayStart(now, rule.atHour)) return 'daily';
  const idle = rule.idleMinutes ?? (rule.mode === 'idle' ? IDLE_DEFAULT_MINUTES : undefined);
  const since = entry.lastInteractionAt ?? entry.sessionStartedAt;
  return idle !== undefined && now - since >= idle * 60_000 ? 'idle' : undefined;
}

function ruleFor(entry: SessionEntry, policy: SessionPolicy): ResetRule {
  const isThread = /:(thread|topic):/.test(entry.key);
  const type = isThread ? 'thread' : entry.chatType;
  const byChannel = entry.lastChannel && policy.resetByChannel[entry.lastChannel.toLowerCase()];
  const byType = policy.resetByType[type] ?? (type === 'direct' ? policy.resetByType.dm : undefined);
  return byChannel || byType || policy.reset;
}

function dayStart(now: number, atHour: number): number {
  const today = new Date(now);
  const startOn = (day: number): number =>
    new Date(today.getFullYear(), today.getMonth(), day, atHour).getTime();
  const start = startOn(today.getDate());
  return start > now ? startOn(today.getDate() - 1) : start;
}

/** Whether replies of this session may be delivered to a channel; the session's own setting comes first. */
export function maySend(entry: SessionEntry, policy: SessionPolicy): boolean {
  if (entry.sendPolicy) return entry.sendPolicy === 'allow';
  const action = policy.sendRules.find((rule) => matches(rule, entry))?.action ?? policy.sendDefault;
  return action === 'allow';
}

function matches(rule: SendRule, entry: SessionEntry): boolean {
  const types = entry.chatType === 'direct' ? ['direct', 'dm'] : ['group', 'channel'];
  const name = entry.key.replace(/^agent:[^:]*:/, '');
  return (
    (rule.channel === undefined || rule.channel === entry.lastChannel?.toLowerCase()) &&
    (rule.chatType === undefined || types.includes(rule.chatType)) &&
    (rule.keyPrefix === undefined || entry.key.startsWith(rule.keyPrefix) || name.startsWith(rule.keyPrefix))
  );
}
