import { ERROR_TABLE, RpcError } from '../core/protocol/errors.ts';
import { adviceFor } from './advice.ts';
import type { Invocation } from './invocation.ts';
import type { Target } from './target.ts';
import { toldLines } from './told-lines.ts';

/** What went wrong, once for people and once for programs. */
export interface Failure {
  /** For stderr. */
  lines: string[];
  /** For stdout under `--json`; source: CLI page, error documents. */
  document: { ok: false; error: Record<string, unknown>; gateway?: Record<string, unknown> };
  exitCode: number;
}

/** What a failure happened to. */
export interface FailureContext {
  /** The gateway that was asked; errors that it did not answer itself name its address. */
  target?: Target;
  /** For display, see `displayPath`. */
  configPath?: string;
  /** What commands shown to the user begin with; `openclaw` when absent. */
  command?: string;
  /** The time the user allowed; an error may know only what was left of it. */
  timeoutMs?: number;
  /** Put before what a gateway answered, such as `Gateway call failed`. */
  label?: string;
  /** Tell where in this program an unexpected error happened. */
  trace?: boolean;
}

const INTERNAL_HINT =
  'This is an error in openclaw itself. OPENCLAW_LOG_LEVEL=debug shows where it happened.';

export function describeFailure(error: unknown, context: FailureContext = {}): Failure {
  const known = error instanceof RpcError ? error : internalError(error);
  const { exitCode } = ERROR_TABLE[known.code];
  if (context.target && isTransport(known))
    return { ...transportFailure(inTimeAllowed(known, context), context.target, context), exitCode };
  if (context.target && isAnswer(known)) return { ...answeredFailure(known, context), exitCode };
  return { ...localFailure(known, context), exitCode };
}

/** Tells the user and returns the exit status. Under `--json` stdout gets exactly one document. */
export function reportFailure(told: Pick<Invocation, 'output' | 'language'>, failure: Failure): number {
  const { output } = told;
  if (output.json) output.value(failure.document);
  else for (const line of toldLines(failure.lines.join('\n'), told)) output.note(line);
  return failure.exitCode;
}

export function reportError(
  { output, cli, language }: Pick<Invocation, 'output' | 'cli' | 'language'>,
  error: unknown,
  context: FailureContext = {},
): number {
  const trace = ['debug', 'trace'].includes(cli.env.OPENCLAW_LOG_LEVEL ?? '');
  return reportFailure({ output, language }, describeFailure(error, { trace, ...context }));
}

function internalError(error: unknown): RpcError {
  const message = error instanceof Error ? error.message : String(error);
  return new RpcError('INTERNAL', `Unexpected error: ${message}\n${INTERNAL_HINT}`, undefined, {
    cause: error,
  });
}

/** The client says how a connection failed in `details.kind`. */
const isTransport = (error: RpcError): boolean =>
  error.code === 'GATEWAY_TRANSPORT' ||
  error.code === 'GATEWAY_TIMEOUT' ||
  (error.code === 'UNAVAILABLE' && error.details?.kind === 'closed');

const ANSWERS: readonly string[] = ['INVALID_REQUEST', 'NOT_PAIRED', 'FORBIDDEN', 'UNAVAILABLE'];
const isAnswer = (error: RpcError): boolean => ANSWERS.includes(error.code);

type Told = Omit<Failure, 'exitCode'>;

function inTimeAllowed(error: RpcError, { timeoutMs }: FailureContext): RpcError {
  const { code, message, details } = error;
  if (code !== 'GATEWAY_TIMEOUT' || timeoutMs === undefined) return error;
  const told = message.replace(`within ${details?.timeoutMs} ms`, `within ${timeoutMs} ms`);
  return new RpcError(code, told, { ...details, timeoutMs });
}

function transportFailure(error: RpcError, target: Target, context: FailureContext): Told {
  const { kind = 'closed', ...details } = error.details ?? {};
  return {
    lines: [
      ...error.message.split('\n'),
      ...nextSteps(error, target, context.command),
      ...targetLines(target, context),
    ],
    document: {
      ok: false,
      error: { type: 'gateway_transport_error', kind, message: error.message, ...details },
      gateway: {
        url: target.url,
        urlSource: target.source,
        ...(target.bindDetail && { bindDetail: target.bindDetail }),
      },
    },
  };
}

/** HTTP answers that no gateway gives to a WebSocket client, nor a proxy in front of one for a while. */
const WEB_SERVER = /^HTTP (2\d\d|3\d\d|400|404|405|426)$/;
const NO_TLS = /wrong version number|packet length too long/;
/** A server that hears plain text where it expects TLS hangs up without a word. */
const HANGS_UP = /^socket hang up$/;

/** Only where nobody listens is there something to start. */
function nextSteps({ details = {} }: RpcError, target: Target, command = 'openclaw'): string[] {
  if (details.kind !== 'closed' || details.closeCode !== undefined) return [];
  const reason = String(details.reason);
  if (WEB_SERVER.test(reason))
    return ['A web server answers there; this is not an OpenClaw gateway. Check address and port.'];
  if (NO_TLS.test(reason)) return ['Nothing speaks TLS at that port. Is the same address with ws:// meant?'];
  if (HANGS_UP.test(reason) && target.url.startsWith('ws:'))
    return ['Whatever listens there hangs up. If it uses TLS, write wss:// instead of ws://.'];
  if (target.source !== 'local loopback')
    return ['Check the address, and that the gateway runs and can be reached.'];
  const isRefused = reason.includes('ECONNREFUSED');
  const run = `${command} gateway run${target.isPortAsked ? ` --port ${target.port}` : ''}`;
  return isRefused ? [`Start it with \`${run}\` or look at \`${command} logs\`.`] : [];
}

function targetLines(target: Target, context: FailureContext): string[] {
  return [
    `Gateway target: ${target.url}`,
    `Source: ${target.source}`,
    ...configLine(context),
    ...(target.bindDetail ? [target.bindDetail] : []),
    ...(target.portDetail ? [target.portDetail] : []),
  ];
}

const configLine = ({ configPath }: FailureContext): string[] =>
  configPath ? [`Config: ${configPath}`] : [];

/** On another machine neither the profile nor the way this program is started says anything. */
const commandAt = ({ target, command }: FailureContext): string | undefined =>
  target?.source === 'local loopback' ? command : undefined;

function answeredFailure(error: RpcError, context: FailureContext): Told {
  const { code, message, details, retryAfterMs } = error;
  const retryable = error.retryable ?? false;
  return {
    lines: [
      context.label ? `${context.label}: ${message}` : message,
      ...adviceFor(error, commandAt(context)),
    ],
    document: {
      ok: false,
      error: {
        type: 'gateway_request_error',
        code,
        message,
        ...(details && { details }),
        retryable,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      },
    },
  };
}

const LOCAL_TYPES: Partial<Record<RpcError['code'], string>> = {
  CREDENTIALS_REQUIRED: 'gateway_credentials_required',
  INTERNAL: 'internal_error',
};

function localFailure(error: RpcError, context: FailureContext): Told {
  const { code, message, details } = error;
  const type = LOCAL_TYPES[code] ?? code.toLowerCase();
  return {
    lines: [...localLines(error, context), ...(context.trace ? traceOf(error) : [])],
    document: { ok: false, error: { type, code, message, ...(details && { details }) } },
  };
}

/** Between problem and fix of a refused address stands where the address came from. */
function localLines(error: RpcError, context: FailureContext): string[] {
  const { problem, fix } = error.details ?? {};
  if (context.target && typeof problem === 'string' && typeof fix === 'string') {
    return [problem, `Source: ${context.target.source}`, ...configLine(context), fix];
  }
  return [
    context.label && error.code === 'BAD_ARGUMENT' ? `${context.label}: ${error.message}` : error.message,
  ];
}

const traceOf = ({ code, cause }: RpcError): string[] =>
  code === 'INTERNAL' && cause instanceof Error && cause.stack ? [cause.stack] : [];
