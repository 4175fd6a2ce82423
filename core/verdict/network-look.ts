import type { GatewayConnection } from '../client/connection.ts';
import type { ConnectStage, DialOptions } from '../client/dial.ts';
import { type Endpoint, parseEndpoint } from '../client/endpoint.ts';
import type { Clock } from '../lib/clock.ts';
import type { HelloOk } from '../protocol/connect.ts';
import type { RpcError } from '../protocol/errors.ts';
import { unknownCertificate } from './certificate-words.ts';
import { asRpcError, faultOf } from './connect-faults.ts';
import { broken, type Evidence, ok } from './evidence.ts';
import type { AddressOrigin } from './findings.ts';
import { lookAtHttp } from './http-look.ts';
import { LAYERS, type Layer, layerIndex } from './layers.ts';
import { lookAtRpc, type RpcAnswers } from './rpc-look.ts';
import { startStopwatch } from './stopwatch.ts';

export interface Hooks {
  onStage(stage: ConnectStage): void;
  timeoutMs: number;
  /** Gives up. */
  signal?: AbortSignal | undefined;
}

/** A gateway to be looked at from outside. */
export interface NetworkTarget {
  /** ws:// or wss://, without secrets. */
  url: string;
  dial: DialOptions;
  origin?: AddressOrigin;
  /** Connects with the credentials of whoever asks; must not leave a pairing request behind. */
  connect(hooks: Hooks): Promise<GatewayConnection>;
}

export interface NetworkLook {
  evidence: Evidence[];
  /** From the start to the hello, in milliseconds; absent when there was none. */
  latencyMs?: number;
  hello?: HelloOk;
  /** What the methods answered that were called. */
  answers: RpcAnswers;
  /** Why there was no connection. */
  error?: RpcError;
}

export interface LookOptions {
  clock: Clock;
  /** For all of it. */
  timeoutMs: number;
  /** Methods to call without parameters, side by side. */
  methods: readonly string[];
  /** Nobody wants to know any more; what is said then is of no use. */
  signal?: AbortSignal | undefined;
}

/** For the attempt to connect, before `/healthz` is asked beside it. */
const HEAD_START_MS = 250;

/** Looks at TCP, TLS, HTTP, WebSocket, challenge, authentication, scope, RPC and version of a gateway. */
export async function lookAtNetwork(target: NetworkTarget, options: LookOptions): Promise<NetworkLook> {
  let endpoint: Endpoint;
  try {
    endpoint = parseEndpoint(target.url);
  } catch (error) {
    const reason = asRpcError(error).message;
    const fault = broken('tcp', 'ADDRESS_INVALID', { url: target.url, reason });
    return {
      evidence: withSkipped([{ ...fault, startMs: 0, ms: 0 }]),
      answers: {},
      error: asRpcError(error),
    };
  }
  const watch = startStopwatch(options.clock);
  const limit = AbortSignal.timeout(Math.max(1, options.timeoutMs));
  const enough = new AbortController();
  const signal = AbortSignal.any([limit, enough.signal, ...(options.signal ? [options.signal] : [])]);
  const tried = new AbortController();
  const trying = lookThroughConnection(target, endpoint, options, watch.now).finally(() => tried.abort());
  const headStartMs = Math.min(HEAD_START_MS, Math.ceil(options.timeoutMs / 4));
  await options.clock.sleep(headStartMs, tried.signal);
  const upgraded = tried.signal.aborted ? upgradeEvidence((await trying).evidence) : undefined;
  const http = upgraded ?? watch.time(() => lookAtHttp(endpoint, target.dial, signal));
  const rest = await trying;
  if (isConnected(rest.evidence)) enough.abort();
  return { ...rest, evidence: withSkipped(joined(await http, rest.evidence)) };
}

/** A WebSocket begins with an answer over HTTP; where it opened, nothing else has to be asked. */
function upgradeEvidence(evidence: readonly Evidence[]): Evidence | undefined {
  const opened = evidence.find(({ layer, state }) => layer === 'websocket' && state === 'ok');
  return opened && { ...opened, ...ok('http', 'HTTP 101') };
}

/** What the attempt to connect says about HTTP is for lack of better; `/healthz` knows. */
function joined(http: Evidence, others: readonly Evidence[]): Evidence[] {
  const told = others.find(({ layer }) => layer === 'http');
  const rest = others.filter(({ layer }) => layer !== 'http');
  if (isConnected(others)) {
    const { startMs, ms } = http;
    return [http.state === 'ok' ? http : { ...ok('http'), startMs, ms }, ...rest];
  }
  const isSaid = http.state === 'broken' || told === undefined;
  return [isSaid ? http : told, ...rest];
}

/** A WebSocket that opened has shown that HTTP works, whatever the path of the health check answers. */
const isConnected = (evidence: readonly Evidence[]): boolean =>
  evidence.some(({ layer, state }) => layer === 'websocket' && state === 'ok');

const NETWORK_LAYERS = LAYERS.slice(layerIndex('tcp'));

/** Layers behind a broken one have not been seen. */
const withSkipped = (evidence: readonly Evidence[]): Evidence[] =>
  NETWORK_LAYERS.map((layer) => evidence.find((one) => one.layer === layer) ?? { layer, state: 'skipped' });

const LAYER_OF: Readonly<Record<ConnectStage, Layer>> = {
  tcp: 'tcp',
  tls: 'tls',
  websocket: 'websocket',
  challenge: 'challenge',
  hello: 'auth',
};

async function lookThroughConnection(
  target: NetworkTarget,
  endpoint: Endpoint,
  { clock, timeoutMs, methods, signal }: LookOptions,
  now: () => number,
): Promise<NetworkLook> {
  const end = clock.now() + timeoutMs;
  const stages = recordStages(now);
  try {
    const connection = await target.connect({ onStage: stages.note, timeoutMs, signal });
    const latencyMs = now();
    const timeLeft = Math.max(1, end - clock.now());
    const { evidence, answers } = await lookAtRpc(connection, { methods, timeoutMs: timeLeft, now });
    void connection.close();
    return { evidence: [...stages.evidence(), ...evidence], latencyMs, hello: connection.hello, answers };
  } catch (cause) {
    const error = asRpcError(cause);
    const seen = faultOf({ endpoint, reached: stages.last(), error });
    const fault = await closerLook(seen, endpoint, Math.max(1, end - clock.now()));
    const timed = { ...fault, startMs: stages.lastAt(), ms: now() - stages.lastAt() };
    return { evidence: [...stages.evidence(), timed], answers: {}, error };
  }
}

/** What is wrong with a certificate a person can only judge who sees which one it is. */
async function closerLook(fault: Evidence, endpoint: Endpoint, timeLeftMs: number): Promise<Evidence> {
  const { finding } = fault;
  if (finding?.code === 'HTTP_NOT_A_GATEWAY') return isTlsOnly(fault, endpoint);
  if (finding?.code !== 'TLS_UNTRUSTED') return fault;
  const { certificateAt } = await import('../client/peer-certificate.ts');
  const certificate = await certificateAt(endpoint, AbortSignal.timeout(timeLeftMs));
  return certificate ? { ...fault, finding: unknownCertificate(finding, certificate) } : fault;
}

/** A server that hangs up on plain HTTP may be waiting for TLS. */
async function isTlsOnly(fault: Evidence, { host, port, secure }: Endpoint): Promise<Evidence> {
  const { values = {} } = fault.finding ?? {};
  if (secure || /^HTTP /.test(String(values.reason))) return fault;
  const { probeGateway } = await import('../host/gateway-probe.ts');
  const sign = await probeGateway(host, port);
  return sign?.url.startsWith('wss:') ? broken('tls', 'TLS_REQUIRED', values) : fault;
}

/**
 * Turns stages into evidence; a second attempt begins a new record. What was waited for before that was not the time
 * of a layer.
 */
function recordStages(now: () => number) {
  let startedAt = now();
  let reached: { stage: ConnectStage; at: number }[] = [];
  return {
    note(stage: ConnectStage): void {
      if (stage === 'tcp' && reached.length > 0) {
        startedAt = now();
        reached = [];
      }
      reached.push({ stage, at: now() });
    },
    last: (): ConnectStage | undefined => reached.at(-1)?.stage,
    lastAt: (): number => reached.at(-1)?.at ?? startedAt,
    evidence: (): Evidence[] =>
      reached.map(({ stage, at }, index) => {
        const startMs = reached[index - 1]?.at ?? startedAt;
        return { ...ok(LAYER_OF[stage]), startMs, ms: at - startMs };
      }),
  };
}
