import { RpcError } from '../protocol/errors.ts';
import type { ModelRef } from './model.ts';

export type ModelErrorKind =
  | 'no-model'
  | 'auth'
  | 'rate-limit'
  | 'overloaded'
  | 'timeout'
  | 'network'
  | 'format'
  | 'context'
  | 'aborted'
  | 'server';

export interface ModelErrorOptions {
  /** HTTP status of the provider. */
  status?: number;
  retryAfterMs?: number;
  /** Whether the same request may succeed a moment later; by default it follows from the kind. */
  retryable?: boolean;
  cause?: unknown;
}

const PASSING: readonly ModelErrorKind[] = ['rate-limit', 'overloaded', 'network', 'server'];

/** Why a model gave no whole answer. The message may be shown to a user and sent to a peer. */
export class ModelError extends RpcError {
  readonly kind: ModelErrorKind;
  readonly provider: string;
  readonly model: string;
  readonly status: number | undefined;

  constructor(kind: ModelErrorKind, message: string, ref: ModelRef, options: ModelErrorOptions = {}) {
    const { status, cause, retryAfterMs, retryable = PASSING.includes(kind) } = options;
    super('UNAVAILABLE', message, undefined, { cause, retryable, retryAfterMs });
    this.name = 'ModelError';
    this.kind = kind;
    this.provider = ref.provider;
    this.model = ref.model;
    this.status = status;
  }
}

export const abortedError = (ref: ModelRef): ModelError =>
  new ModelError('aborted', 'The run was aborted.', ref);

const MAX_MESSAGE = 400;
const MIN_SECRET = 4;

/**
 * Text of a provider or a program made fit to be shown: on one line, without control characters and without
 * the secrets given, not longer than a few lines of a terminal.
 */
export function shownText(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  for (const secret of secrets) {
    if (secret.length >= MIN_SECRET) shown = shown.replaceAll(secret, '***');
  }
  const plain = shown.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return plain.length > MAX_MESSAGE ? `${plain.slice(0, MAX_MESSAGE - 1)}…` : plain;
}
