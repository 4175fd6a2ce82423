export const EXEC_SECURITY = ['deny', 'allowlist', 'full'] as const;
export const EXEC_ASK = ['always', 'on-miss', 'off'] as const;
/** What may run at all: nothing, what a rule allows, or everything. */
export type ExecSecurity = (typeof EXEC_SECURITY)[number];
/** When a person is asked: for each command, for those no rule allows, or never. */
export type ExecAsk = (typeof EXEC_ASK)[number];

export interface ExecPolicy {
  security: ExecSecurity;
  ask: ExecAsk;
}

export type ExecVerdict = 'allow' | 'ask' | 'deny';

/** What holds where nobody has said anything: a person decides about each command that no rule allows. */
export const DEFAULT_EXEC_POLICY: ExecPolicy = { security: 'allowlist', ask: 'on-miss' };

/** The known values among what a file or configuration says. */
export function execPolicyFrom(value: { security?: unknown; ask?: unknown }): Partial<ExecPolicy> {
  const security = EXEC_SECURITY.find((known) => known === value.security);
  const ask = EXEC_ASK.find((known) => known === value.ask);
  return { ...(security && { security }), ...(ask && { ask }) };
}

/** The strictest of all that was said; a layer that is silent does not loosen or tighten anything. */
export function strictestPolicy(layers: readonly Partial<ExecPolicy>[]): ExecPolicy {
  return {
    security:
      strictest(
        EXEC_SECURITY,
        layers.map((layer) => layer.security),
      ) ?? DEFAULT_EXEC_POLICY.security,
    ask:
      strictest(
        EXEC_ASK,
        layers.map((layer) => layer.ask),
      ) ?? DEFAULT_EXEC_POLICY.ask,
  };
}

const strictest = <T>(order: readonly T[], said: readonly (T | undefined)[]): T | undefined =>
  order.find((value) => said.includes(value));

export function execVerdict(policy: ExecPolicy, ruleMatches: boolean): ExecVerdict {
  if (policy.security === 'deny') return 'deny';
  if (policy.ask === 'always') return 'ask';
  if (policy.security === 'full' || ruleMatches) return 'allow';
  return policy.ask === 'off' ? 'deny' : 'ask';
}
