import type { Fixer, ProblemValues, SshProblem } from '../ssh/ssh-problem.ts';

/** What is wrong with the gateway behind a connection that works. */
export interface GatewayProblem {
  code: GatewayProblemCode;
  who: Fixer;
  isTransient: boolean;
  values: ProblemValues;
}

/** Why there is no tunnel, or no longer one. Each code has a sentence and a fix in core/messages/ssh-messages.ts. */
export type TunnelProblem = SshProblem | GatewayProblem;

const TABLE = {
  /** Nobody has vouched for it yet. */
  GATEWAY_UNKNOWN: ['user', false],
  /** Another one than before; or one that cannot prove itself any more. */
  GATEWAY_CHANGED: ['host', false],
  /** Of a kind that cannot prove itself. */
  GATEWAY_UNPROVEN: ['user', false],
  /** What it offers as a proof is none: somebody stands in between. */
  GATEWAY_PROOF_INVALID: ['host', false],
  GATEWAY_SILENT: ['host', true],
} as const satisfies Record<string, readonly [Fixer, boolean]>;

export type GatewayProblemCode = keyof typeof TABLE;
export const GATEWAY_PROBLEM_CODES = Object.keys(TABLE) as GatewayProblemCode[];

export function gatewayProblem(code: GatewayProblemCode, values: ProblemValues): GatewayProblem {
  const [who, isTransient] = TABLE[code];
  return { code, who, isTransient, values };
}
