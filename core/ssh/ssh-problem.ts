import type { KeyRecord } from './known-hosts.ts';

/** Who can change what is wrong: the person at this machine, whoever runs the far host, or the network between. */
export type Fixer = 'user' | 'host' | 'network';

/** What stands in the sentence about a problem; text of others is made harmless where it is shown. */
export type ProblemValues = Readonly<Record<string, string | number>>;

/** Why there is no connection, as something a person acts on. Each code has a sentence and a fix in two languages. */
export interface SshProblem {
  code: SshProblemCode;
  who: Fixer;
  /** The next attempt may succeed although nobody does anything. */
  isTransient: boolean;
  values: ProblemValues;
  /** For HOST_KEY_UNKNOWN: what to compare. For HOST_KEY_CHANGED and HOST_KEY_REVOKED: also what was known. */
  hostKey?: HostKeyQuestion;
}

/** A key that a host shows and that nobody has vouched for. */
export interface HostKeyQuestion {
  host: string;
  port: number;
  type: string;
  fingerprint: string;
  randomart: string[];
  /** The key itself, base64: what is written down when it is accepted. */
  key: string;
  known: KeyRecord[];
  authorities: KeyRecord[];
}

const TABLE = {
  SSH_TARGET_INVALID: ['user', false],
  SSH_CONFIG_UNUSABLE: ['user', false],
  SSH_CONFIG_UNSAFE: ['user', false],
  SSH_PROXY_COMMAND: ['user', false],
  SSH_JUMP_LOOP: ['user', false],
  SSH_JUMP_REFUSED: ['host', true],
  HOST_KEY_UNKNOWN: ['user', false],
  HOST_KEY_CHANGED: ['host', false],
  HOST_KEY_REVOKED: ['host', false],
  SSH_DNS: ['user', true],
  SSH_REFUSED: ['host', true],
  SSH_UNREACHABLE: ['network', true],
  SSH_TIMEOUT: ['network', true],
  SSH_NOT_SSH: ['user', false],
  SSH_NO_COMMON_ALGORITHM: ['host', false],
  SSH_AUTH_FAILED: ['user', false],
  SSH_AUTH_TOO_MANY: ['user', false],
  SSH_SECOND_FACTOR: ['host', false],
  SSH_NO_KEY: ['user', false],
  SSH_KEY_MISSING: ['user', false],
  SSH_KEY_UNSAFE: ['user', false],
  SSH_KEY_UNUSABLE: ['user', false],
  SSH_PASSPHRASE_NEEDED: ['user', false],
  SSH_PASSPHRASE_WRONG: ['user', false],
  SSH_LOST: ['network', true],
  FORWARDING_FORBIDDEN: ['host', false],
  REMOTE_PORT_CLOSED: ['host', true],
  LOCAL_PORT_TAKEN: ['user', false],
  LOCAL_PORT_UNUSABLE: ['user', false],
} as const satisfies Record<string, readonly [Fixer, boolean]>;

export type SshProblemCode = keyof typeof TABLE;
export const SSH_PROBLEM_CODES = Object.keys(TABLE) as SshProblemCode[];

export function sshProblem(
  code: SshProblemCode,
  values: ProblemValues = {},
  hostKey?: HostKeyQuestion,
): SshProblem {
  const [who, isTransient] = TABLE[code];
  return { code, who, isTransient, values, ...(hostKey && { hostKey }) };
}

/** Unwinds to the one place that answers with a problem; it never leaves this room. */
export class SshFailure extends Error {
  readonly problem: SshProblem;

  constructor(problem: SshProblem) {
    super(problem.code);
    this.problem = problem;
  }
}

export const sshFailure = (code: SshProblemCode, values?: ProblemValues): SshFailure =>
  new SshFailure(sshProblem(code, values));

/** Something worth knowing that stops nothing, such as a part of a file that is not understood. */
export interface SshNote {
  note:
    | 'match-ignored'
    | 'key-missing'
    | 'key-unsafe'
    | 'key-unusable'
    | 'key-locked'
    | 'certificate-ignored'
    | 'agent-silent'
    | 'authority-ignored';
  values: ProblemValues;
}
