import type { Contract } from './define.ts';

/** Operator scopes; source: wire protocol, roles and scopes. */
export const SCOPES = [
  'operator.read',
  'operator.write',
  'operator.admin',
  'operator.approvals',
  'operator.pairing',
  'operator.questions',
  'operator.talk',
  'operator.talk.secrets',
  'operator.sessions.read',
  'operator.sessions.write',
] as const;

export type Scope = (typeof SCOPES)[number];
export type Role = 'operator' | 'node';

/** What a client gets that names no scopes. */
export const DEFAULT_SCOPES: readonly Scope[] = [
  'operator.admin',
  'operator.approvals',
  'operator.pairing',
  'operator.read',
  'operator.write',
];

/** `admin` is not listed: it satisfies every scope. */
const IMPLIED_BY: Partial<Record<Scope, readonly Scope[]>> = {
  'operator.read': ['operator.write'],
  'operator.talk': ['operator.write'],
  'operator.sessions.read': ['operator.write', 'operator.read', 'operator.sessions.write'],
  'operator.sessions.write': ['operator.write'],
};

/** True when `held` satisfies `needed`, directly or by implication. */
export function holds(held: readonly string[], needed: string): boolean {
  if (held.includes('operator.admin') || held.includes(needed)) return true;
  const implying = Object.hasOwn(IMPLIED_BY, needed) ? IMPLIED_BY[needed as Scope] : undefined;
  return implying?.some((scope) => held.includes(scope)) ?? false;
}

/** The first scope of `wanted` that `held` does not cover, or undefined when all are covered. */
export function firstMissing(held: readonly string[], wanted: readonly string[]): string | undefined {
  return wanted.find((scope) => !holds(held, scope));
}

/**
 * What a caller must hold, for some params less than in general. Methods a contract does not list need admin, so
 * that probing for names tells nobody anything.
 */
export function scopeOf(contract: Contract, method: string, params?: unknown): Scope | 'any' {
  const spec = Object.hasOwn(contract, method) ? contract[method] : undefined;
  return spec?.scopeFor?.(params) ?? spec?.scope ?? 'operator.admin';
}

/** Who may call a method; a method that a contract does not list is an operator's. */
export function roleOf(contract: Contract, method: string): Role {
  return Object.hasOwn(contract, method) ? (contract[method]?.role ?? 'operator') : 'operator';
}
