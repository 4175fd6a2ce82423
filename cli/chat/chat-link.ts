import type { CallOptions, GatewayConnection } from '../../core/client/connection.ts';
import { detailCode } from '../../core/client/gateway-failure.ts';
import {
  type GatewaySession,
  openSession,
  type SessionOptions,
  type SessionState,
} from '../../core/client/session.ts';
import type { RpcError } from '../../core/protocol/errors.ts';
import { type Reached, reachGateway, type Want } from '../gateway.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';

export interface LinkEvents {
  event(name: string, payload: unknown): void;
  /** There is a connection, the first one or another one. */
  ready(connection: GatewayConnection): Promise<void>;
  /** The connection is gone; another one is being tried for. Told once for each that is lost. */
  away(reason: RpcError): void;
  /** Only a person can mend this. */
  stopped(reason: unknown): void;
}

/**
 * A conversation outlives the gateway it is held with, and may outlive the secret it was begun with: when that is
 * refused, the way to the gateway is looked for again.
 */
export class ChatLink {
  readonly #invocation: Invocation<QueryOptions>;
  readonly #want: Want;
  readonly #events: LinkEvents;
  #session: GatewaySession;
  #isFresh = true;
  #isAway = false;
  #isClosed = false;

  constructor(
    invocation: Invocation<QueryOptions>,
    want: Want,
    first: Extract<Reached, { ok: true }>,
    events: LinkEvents,
  ) {
    this.#invocation = invocation;
    this.#want = want;
    this.#events = events;
    void first.connection.close();
    this.#session = this.#open(first.route);
  }

  request(method: string, params: unknown, options?: CallOptions): Promise<unknown> {
    return this.#session.request(method, params, options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#session.close();
  }

  #open(route: SessionOptions): GatewaySession {
    const session = openSession(route);
    for (const name of ['agent', 'chat']) {
      session.on(name, (payload) => this.#events.event(name, payload));
    }
    session.onReady((connection) => {
      this.#isFresh = false;
      this.#isAway = false;
      return this.#events.ready(connection);
    });
    session.onState((state) => this.#state(state));
    return session;
  }

  #state(state: SessionState): void {
    if (this.#isClosed) return;
    if (state.kind === 'waiting' && !this.#isAway) {
      this.#isAway = true;
      this.#events.away(state.reason);
    }
    if (state.kind === 'stopped' && state.reason) void this.#searchAgain(state.reason);
  }

  async #searchAgain(reason: RpcError): Promise<void> {
    if (this.#isFresh || detailCode(reason) !== 'AUTH_TOKEN_MISMATCH') return this.#events.stopped(reason);
    this.#isFresh = true;
    try {
      const reached = await reachGateway(this.#invocation, this.#want);
      if (!reached.ok) return this.#events.stopped(reached.error);
      void reached.connection.close();
      if (!this.#isClosed) this.#session = this.#open(reached.route);
    } catch (error) {
      this.#events.stopped(error);
    }
  }
}
