/**
 * Every code this program can report, on the wire or on the command line: what it means, whether a
 * retry can help, and the exit status of a command that ends with it. 78 is EX_CONFIG of sysexits.h:
 * "do not start me again before the configuration has changed".
 */
export const ERROR_TABLE = {
  INVALID_REQUEST: {
    summary: 'The request or its credentials are not acceptable',
    retryable: false,
    exitCode: 1,
  },
  NOT_PAIRED: { summary: 'The device has to be paired or approved first', retryable: false, exitCode: 1 },
  FORBIDDEN: { summary: 'The connection lacks a scope', retryable: false, exitCode: 1 },
  UNAVAILABLE: { summary: 'The gateway cannot do this now', retryable: true, exitCode: 1 },
  GATEWAY_TRANSPORT: { summary: 'No gateway answered at this address', retryable: true, exitCode: 1 },
  GATEWAY_TIMEOUT: { summary: 'The gateway did not answer in time', retryable: true, exitCode: 1 },
  CREDENTIALS_REQUIRED: {
    summary: 'An explicit address needs explicit credentials',
    retryable: false,
    exitCode: 1,
  },
  BAD_ARGUMENT: { summary: 'A flag or argument is not acceptable', retryable: false, exitCode: 1 },
  NOT_AVAILABLE: { summary: 'This build does not offer the feature', retryable: false, exitCode: 1 },
  CONFIG_INVALID: { summary: 'The configuration cannot be used', retryable: false, exitCode: 78 },
  CONFIG_CONFLICT: { summary: 'The configuration changed in the meantime', retryable: true, exitCode: 1 },
  SECRET_UNRESOLVED: {
    summary: 'A secret that is needed could not be resolved',
    retryable: false,
    exitCode: 78,
  },
  START_BLOCKED: { summary: 'The gateway refuses to start like this', retryable: false, exitCode: 78 },
  ALREADY_RUNNING: {
    summary: 'A gateway already runs on this state directory',
    retryable: false,
    exitCode: 78,
  },
  PORT_IN_USE: { summary: 'Another program listens on the port', retryable: false, exitCode: 1 },
  STORE_UNUSABLE: {
    summary: 'A file of the state directory cannot be read or written',
    retryable: false,
    exitCode: 1,
  },
  INTERNAL: { summary: 'An error in this program', retryable: false, exitCode: 1 },
} as const;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface RpcErrorOptions {
  cause?: unknown;
  /** Sent to the peer only when set: a hint that the same request may succeed later. */
  retryable?: boolean;
  /** Milliseconds. */
  retryAfterMs?: number;
  /** Sent beside the error: some methods say with it what became of the request. */
  payload?: Record<string, unknown>;
}

/** The one error class of the project. `message` and `details` may reach a peer; `cause` never does. */
export class RpcError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly retryable: boolean | undefined;
  readonly retryAfterMs: number | undefined;
  readonly payload: Record<string, unknown> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details?: Record<string, unknown>,
    options: RpcErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RpcError';
    this.code = code;
    this.details = details;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.payload = options.payload;
  }
}

export const invalidRequest = (message: string, details?: Record<string, unknown>): RpcError =>
  new RpcError('INVALID_REQUEST', message, details);
