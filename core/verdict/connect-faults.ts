import type { ConnectStage } from '../client/dial.ts';
import type { Endpoint } from '../client/endpoint.ts';
import { asText } from '../lib/json.ts';
import { RpcError } from '../protocol/errors.ts';
import { broken, type Evidence } from './evidence.ts';
import { type FindingCode, kindOf } from './findings.ts';

/** An attempt to connect that failed: what it achieved last, and what it was told. */
export interface FailedAttempt {
  endpoint: Endpoint;
  /** Undefined: not even a TCP connection. */
  reached: ConnectStage | undefined;
  error: RpcError;
}

const isTimeout = ({ code }: RpcError): boolean => code === 'GATEWAY_TIMEOUT';
/** What follows are steps, and the finding has its own. */
const firstLine = ({ message }: RpcError): string => message.split('\n')[0] ?? '';
const reasonOf = (error: RpcError): string => asText(error.details?.reason) ?? firstLine(error);

/** The evidence of the layer at which an attempt failed. */
export function faultOf(attempt: FailedAttempt): Evidence {
  const { endpoint } = attempt;
  const reached = attempt.reached ?? (isHungUp(attempt.error) ? 'tcp' : undefined);
  const values = {
    url: endpoint.url,
    /** The same address the other way: with TLS, or without. */
    other: endpoint.secure ? endpoint.url.replace('wss:', 'ws:') : endpoint.url.replace('ws:', 'wss:'),
    host: endpoint.host,
    port: endpoint.port,
    reason: reasonOf(attempt.error),
  };
  if (reached === undefined) {
    const code = tcpFault(attempt.error);
    return broken(kindOf(code).layer, code, values);
  }
  if (reached === 'tcp' && endpoint.secure) return tlsFault(attempt.error, values);
  if (reached === 'tcp' || reached === 'tls') return httpFault(attempt.error, values);
  if (reached === 'websocket') return greetingFault(attempt.error, values);
  return refusal(attempt.error, values);
}

/** Only who has taken a connection can reset it, even where that came before it was told that it was taken. */
const isHungUp = (error: RpcError): boolean => /ECONNRESET/.test(`${reasonOf(error)} ${error.message}`);

type Values = Readonly<Record<string, string | number>>;

const TCP_REASONS: readonly [pattern: RegExp, code: FindingCode][] = [
  [/ENOTFOUND|EAI_/, 'NAME_NOT_FOUND'],
  [/ECONNREFUSED/, 'TCP_REFUSED'],
  [/ETIMEDOUT/, 'TCP_TIMEOUT'],
];

/** What is refused before anything is sent. */
const UNUSABLE: Readonly<Record<string, FindingCode>> = {
  INSECURE_URL: 'ADDRESS_INSECURE',
  TLS_PIN_INVALID: 'TLS_PIN_INVALID',
};

function tcpFault(error: RpcError): FindingCode {
  if (error.code === 'BAD_ARGUMENT') {
    return UNUSABLE[String(error.details?.code)] ?? 'ADDRESS_INVALID';
  }
  if (isTimeout(error)) return 'TCP_TIMEOUT';
  const reason = `${reasonOf(error)} ${error.message}`;
  return TCP_REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? 'TCP_UNREACHABLE';
}

const UNTRUSTED = /CERT|SELF_SIGNED|self.signed|certificate|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

function tlsFault(error: RpcError, values: Values): Evidence {
  if (isTimeout(error)) return broken('tls', 'TLS_SILENT', values);
  if (error.details?.kind === 'tls-pin') {
    const { expected, actual } = error.details;
    return broken('tls', 'TLS_PIN_MISMATCH', {
      ...values,
      expected: String(expected),
      actual: String(actual),
    });
  }
  const isUntrusted = UNTRUSTED.test(`${reasonOf(error)} ${error.message}`);
  return broken('tls', isUntrusted ? 'TLS_UNTRUSTED' : 'TLS_NOT_SPOKEN', values);
}

/** What a web server that is no gateway says to a WebSocket client. */
const WEB_SERVER = /^HTTP (2\d\d|3\d\d|400|404|405|426)$/;

function httpFault(error: RpcError, values: Values): Evidence {
  if (isTimeout(error)) return broken('http', 'HTTP_SILENT', values);
  const reason = reasonOf(error);
  if (reason === 'HTTP 403') return broken('http', 'HTTP_HOST_REFUSED', { ...values, status: 403 });
  if (WEB_SERVER.test(reason)) return broken('http', 'HTTP_NOT_A_GATEWAY', values);
  if (/^HTTP \d/.test(reason)) return broken('websocket', 'WEBSOCKET_REFUSED', values);
  return broken('http', 'HTTP_NOT_A_GATEWAY', values);
}

/** By `details.code` of the gateway's answer; source: wire protocol, failure tables. */
const REFUSALS: Readonly<Record<string, FindingCode>> = {
  AUTH_TOKEN_MISSING: 'CREDENTIALS_MISSING',
  AUTH_PASSWORD_MISSING: 'CREDENTIALS_MISSING',
  DEVICE_IDENTITY_REQUIRED: 'CREDENTIALS_MISSING',
  AUTH_TOKEN_MISMATCH: 'TOKEN_MISMATCH',
  AUTH_PASSWORD_MISMATCH: 'PASSWORD_MISMATCH',
  AUTH_RATE_LIMITED: 'AUTH_RATE_LIMITED',
  PAIRING_REQUIRED: 'PAIRING_REQUIRED',
  AUTH_DEVICE_TOKEN_MISMATCH: 'PAIRING_ENDED',
  AUTH_SCOPE_MISMATCH: 'SCOPE_MISSING',
};

/** 1012 is "service restart", 1013 "try again later". Source: IANA WebSocket close codes; wire protocol, failure tables. */
const NOT_READY_CLOSES: readonly unknown[] = [1012, 1013];

/** It starts, or is about to start anew: nothing is wrong with whoever asks. */
function isNotReady({ code, details, retryable }: RpcError): boolean {
  if (NOT_READY_CLOSES.includes(details?.closeCode)) return true;
  return code === 'UNAVAILABLE' && retryable !== false && REFUSALS[String(details?.code)] === undefined;
}

const notReady = (error: RpcError, values: Values): Evidence =>
  broken('auth', 'CONNECT_NOT_READY', { ...values, reason: firstLine(error) });

const greetingFault = (error: RpcError, values: Values): Evidence =>
  isNotReady(error) ? notReady(error, values) : broken('challenge', 'CHALLENGE_MISSING', values);

function refusal(error: RpcError, values: Values): Evidence {
  if (isTimeout(error)) return broken('auth', 'AUTH_SILENT', values);
  if (isProtocolRefusal(error)) return broken('version', 'PROTOCOL_UNSUPPORTED', values);
  if (isNotReady(error)) return notReady(error, values);
  const code = REFUSALS[String(error.details?.code)] ?? localRefusal(error);
  const seconds = Math.ceil((error.retryAfterMs ?? 60_000) / 1000);
  const requestId = asText(error.details?.requestId) ?? '';
  const pairingCode = asText(error.details?.pairingCode) ?? '';
  const told = { ...values, seconds, requestId, pairingCode, scope: 'operator.read' };
  return broken(code === 'SCOPE_MISSING' ? 'scope' : 'auth', code, told);
}

const localRefusal = ({ code }: RpcError): FindingCode => {
  if (code === 'SECRET_UNRESOLVED') return 'SECRET_UNRESOLVED';
  if (code === 'CREDENTIALS_REQUIRED') return 'CREDENTIALS_MISSING';
  return 'AUTH_REFUSED';
};

const isProtocolRefusal = ({ details, message }: RpcError): boolean =>
  details?.closeCode === 1002 || details?.code === 'PROTOCOL_MISMATCH' || /protocol mismatch/i.test(message);

const LOCAL_REFUSALS: readonly string[] = ['SECRET_UNRESOLVED', 'CREDENTIALS_REQUIRED'];

/** A credential that could not be had before anything was sent. */
export const isLocalRefusal = (error: unknown): boolean =>
  error instanceof RpcError && LOCAL_REFUSALS.includes(error.code);
export const asRpcError = (error: unknown): RpcError =>
  error instanceof RpcError ? error : new RpcError('INTERNAL', String(error), undefined, { cause: error });
