import { silentLogger } from '../lib/log.ts';
import type { HelloOk } from '../protocol/connect.ts';
import type { CallParams, MethodName, Result } from '../protocol/contract.ts';
import { RpcError } from '../protocol/errors.ts';
import { type ConnectOptions, connect } from './connect.ts';
import type { CallOptions, GatewayCaller, GatewayConnection } from './connection.ts';
import type { GivenAuth } from './credentials.ts';
import { withinDeadline } from './deadline.ts';
import { EventHub, type Subscribe } from './event-hub.ts';
import { closedDuringCall, notConnected } from './gateway-failure.ts';
import { DEFAULT_CALL_TIMEOUT_MS } from './pending.ts';
import { BACKOFF, backoffDelay, hintedDelay, type Verdict, verdictOn } from './reconnect.ts';

export interface SessionOptions extends Omit<ConnectOptions, 'signal'> {
  /** Keep asking while the device waits for approval, instead of stopping. */
  waitForPairing?: boolean | undefined;
  /**
   * Asked before each attempt for a secret that the gateway makes anew when it starts; `auth` stands while there is
   * none. Must not reject.
   */
  renewAuth?: (() => Promise<GivenAuth | undefined>) | undefined;
  /** In [0, 1); Math.random when absent. */
  random?: (() => number) | undefined;
}

export type SessionState =
  | { kind: 'connecting' /** From 1, counted since the last good connection. */; attempt: number }
  | { kind: 'ready'; hello: HelloOk }
  | {
      kind: 'waiting';
      reason: RpcError;
      /** Epoch milliseconds. */
      retryAtMs: number;
      /** Set while the device waits for approval. */
      pairing?: { requestId: string | undefined };
    }
  | { kind: 'stopped' /** Undefined after `close`. */; reason: RpcError | undefined };

/** Runs with each new connection, before calls are let through: subscribe again, fetch what was missed. */
export type ReadyHook = (connection: GatewayConnection) => Promise<void> | void;

/**
 * A connection that comes back. Calls made while it is away wait for it, within their own deadline; a call
 * that was sent when the connection broke rejects with UNAVAILABLE, because nobody knows whether it took
 * effect. Stops for good on errors that only a person can mend; calls then reject with that error.
 */
export interface GatewaySession extends GatewayCaller {
  readonly state: SessionState;
  /** Tells every change of state from now on. */
  onState(listener: (state: SessionState) => void): () => void;
  /** Events of all connections. After a reconnect, expect to have missed some. */
  readonly on: Subscribe;
  /** Runs the hook now when connected, and after every later hello. A failing hook is logged. */
  onReady(hook: ReadyHook): () => void;
  /** The live connection, as soon as there is one. */
  ready(options?: Pick<CallOptions, 'timeoutMs' | 'signal'>): Promise<GatewayConnection>;
  /** Ends the current wait and tries at once. */
  retryNow(): void;
  close(): Promise<void>;
}

/** A connection that lived this long was a good one: the next failure starts the back-off anew. */
const STABLE_AFTER_MS = 10_000;

interface Ending {
  reason: unknown;
  stable: boolean;
}

class ReconnectingSession implements GatewaySession {
  readonly on: Subscribe;
  readonly #options: SessionOptions;
  readonly #hub: EventHub;
  readonly #stateListeners = new Set<(state: SessionState) => void>();
  readonly #hooks = new Set<ReadyHook>();
  readonly #lifetime = new AbortController();
  readonly #finished: Promise<void>;
  #nap = new AbortController();
  #connection: GatewayConnection | undefined;
  #state: SessionState = { kind: 'connecting', attempt: 1 };

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#hub = new EventHub(options.log ?? silentLogger);
    this.on = this.#hub.on;
    this.#finished = this.#run();
  }

  get state(): SessionState {
    return this.#state;
  }

  onState(listener: (state: SessionState) => void): () => void {
    const entry = (state: SessionState) => listener(state);
    this.#stateListeners.add(entry);
    return () => this.#stateListeners.delete(entry);
  }

  onReady(hook: ReadyHook): () => void {
    const entry: ReadyHook = (connection) => hook(connection);
    this.#hooks.add(entry);
    if (this.#state.kind === 'ready' && this.#connection) void this.#runHook(entry, this.#connection);
    return () => this.#hooks.delete(entry);
  }

  call<M extends MethodName>(method: M, params?: CallParams<M>, options?: CallOptions): Promise<Result<M>> {
    return this.request(method, params, options) as Promise<Result<M>>;
  }

  async request(method: string, params?: unknown, options: CallOptions = {}): Promise<unknown> {
    const { clock } = this.#options;
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal, expectFinal } = options;
    const deadline = clock.now() + timeoutMs;
    const left = () => Math.max(0, deadline - clock.now());
    for (;;) {
      const connection = await this.#ready({ timeoutMs: left(), signal }, timeoutMs);
      try {
        return await connection.request(method, params, { timeoutMs: left(), signal, expectFinal });
      } catch (error) {
        if (!neverSent(error)) throw error;
        if (this.#connection === connection) this.#connection = undefined;
      }
    }
  }

  ready(options: Pick<CallOptions, 'timeoutMs' | 'signal'> = {}): Promise<GatewayConnection> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
    return this.#ready({ ...options, timeoutMs }, timeoutMs);
  }

  retryNow(): void {
    this.#nap.abort();
  }

  async close(): Promise<void> {
    this.#lifetime.abort(sessionClosed());
    this.#nap.abort();
    await this.#connection?.close();
    await this.#finished;
  }

  #ready(
    limits: { timeoutMs: number; signal?: AbortSignal | undefined },
    wholeTimeoutMs: number,
  ): Promise<GatewayConnection> {
    const onTimeout = () =>
      notConnected(wholeTimeoutMs, this.#state.kind === 'waiting' ? this.#state.reason : undefined);
    return withinDeadline({ clock: this.#options.clock, ...limits, onTimeout }, (signal) =>
      this.#untilReady(signal),
    );
  }

  #untilReady(signal: AbortSignal): Promise<GatewayConnection> {
    return new Promise((resolve, reject) => {
      const look = (state: SessionState) => {
        if (state.kind === 'stopped') reject(state.reason ?? sessionClosed());
        else if (state.kind === 'ready' && this.#connection) resolve(this.#connection);
        else return;
        off();
      };
      const off = this.onState(look);
      signal.addEventListener('abort', off, { once: true });
      look(this.#state);
    });
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#lifetime.signal.aborted) {
      this.#setState({ kind: 'connecting', attempt: failures + 1 });
      const { reason, stable } = await this.#connectOnce();
      if (this.#lifetime.signal.aborted) break;
      failures = stable ? 1 : failures + 1;
      const verdict = verdictOn(reason);
      if (verdict.kind === 'stop' || (verdict.kind === 'pairing' && !this.#options.waitForPairing)) {
        return this.#setState({ kind: 'stopped', reason: asRpcError(reason) });
      }
      await this.#wait(asRpcError(reason), verdict, failures);
    }
    this.#setState({ kind: 'stopped', reason: undefined });
  }

  /** From the attempt to the end of the connection it gave. */
  async #connectOnce(): Promise<Ending> {
    const { clock, renewAuth } = this.#options;
    let connection: GatewayConnection;
    try {
      const auth = (await renewAuth?.()) ?? this.#options.auth;
      connection = await connect({ ...this.#options, auth, signal: this.#lifetime.signal });
    } catch (reason) {
      return { reason, stable: false };
    }
    const since = clock.now();
    this.#connection = connection;
    connection.on('*', (_payload, frame) => this.#hub.emit(frame));
    if (this.#lifetime.signal.aborted) void connection.close();
    const hooks = Promise.all([...this.#hooks].map((hook) => this.#runHook(hook, connection)));
    const ended = await Promise.race([connection.closed, hooks.then(() => undefined)]);
    if (!ended) this.#setState({ kind: 'ready', hello: connection.hello });
    const info = await connection.closed;
    this.#connection = undefined;
    return { reason: closedDuringCall(info, true), stable: clock.now() - since >= STABLE_AFTER_MS };
  }

  async #wait(reason: RpcError, verdict: Verdict, failures: number): Promise<void> {
    const { clock, random = Math.random } = this.#options;
    const pairing = verdict.kind === 'pairing' ? { requestId: verdict.requestId } : undefined;
    const hint = verdict.kind === 'retry' ? verdict.afterMs : BACKOFF.pairingMs;
    const delay = hint === undefined ? backoffDelay(failures, random()) : hintedDelay(hint, random());
    this.#nap = new AbortController();
    this.#setState({ kind: 'waiting', reason, retryAtMs: clock.now() + delay, ...(pairing && { pairing }) });
    await clock.sleep(delay, this.#nap.signal);
  }

  async #runHook(hook: ReadyHook, connection: GatewayConnection): Promise<void> {
    try {
      await hook(connection);
    } catch (error) {
      this.#options.log?.warn('a hook for a new connection failed', { error: String(error) });
    }
  }

  #setState(state: SessionState): void {
    this.#state = state;
    for (const listener of [...this.#stateListeners]) {
      try {
        listener(state);
      } catch (error) {
        this.#options.log?.error('a listener for the session state failed', { error: String(error) });
      }
    }
  }
}

const sessionClosed = (): RpcError =>
  new RpcError('UNAVAILABLE', 'The session was closed. Open a new one.', undefined, { retryable: false });

const asRpcError = (error: unknown): RpcError =>
  error instanceof RpcError
    ? error
    : new RpcError('INTERNAL', 'Connecting failed for an unexpected reason.', undefined, { cause: error });

/** The connection went away before the call left. */
const neverSent = (error: unknown): boolean =>
  error instanceof RpcError && error.details?.sent === false && error.details.kind === 'closed';

/** Connects and keeps connected until `close` or an error that only a person can mend. Never rejects. */
export function openSession(options: SessionOptions): GatewaySession {
  return new ReconnectingSession(options);
}
