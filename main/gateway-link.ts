import type { GatewayConnection } from '../core/client/connection.ts';
import { type GatewaySession, openSession, type SessionState } from '../core/client/session.ts';
import type { Clock } from '../core/lib/clock.ts';
import { asObject, asText, asTexts, type Json } from '../core/lib/json.ts';
import type { HelloOk } from '../core/protocol/connect.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { AppError } from './app-error.ts';
import { WINDOW_EVENTS, type WindowEvent } from './bridge/window-methods.ts';
import type { FoundGateway, SessionRoute } from './reach.ts';
import type { PairingRequest, SessionLine } from './tray-menu.ts';

/** What the live connection tells. */
export interface LinkFacts {
  isConnected: boolean;
  /** Another one after each restart; undefined while there is no connection. */
  bootId: string | undefined;
  pairing: readonly PairingRequest[];
  sessions: readonly SessionLine[];
}

export interface GatewayLinkOptions {
  clock: Clock;
  onChange(): void;
  /** The connection has ended, and somebody should look why; or it is back, maybe after a look has found nobody. */
  onTurn(): void;
  onConnected(isConnected: boolean): void;
  onEvent(event: WindowEvent, payload: unknown): void;
}

const NOTHING: LinkFacts = { isConnected: false, bootId: undefined, pairing: [], sessions: [] };
const SHOWN_SESSIONS = 8;

/** Keeps one connection to the gateway that was found, and what it tells of pairing requests and sessions. */
export class GatewayLink {
  facts: LinkFacts = NOTHING;
  readonly #options: GatewayLinkOptions;
  #session: GatewaySession | undefined;
  #url: string | undefined;

  constructor(options: GatewayLinkOptions) {
    this.#options = options;
  }

  /** Connects where a look has shown that it works, and lets go of a gateway that is gone. */
  follow({ look, url, route }: Pick<FoundGateway, 'look' | 'url' | 'route'>): void {
    const kind = this.#session?.state.kind;
    if (!look.isRunning || (this.#url !== url && kind !== undefined)) this.#drop();
    if (!look.ok || !route) return;
    if (this.#session === undefined || kind === 'stopped') this.#open(url, route);
    else this.#session.retryNow();
  }

  /** Lets go: the app is about another gateway now, or about none. */
  leave(): void {
    const wasConnected = this.facts.isConnected;
    this.#drop();
    if (wasConnected) this.#options.onConnected(false);
  }

  /** What the gateway said of itself when it let us in. */
  get hello(): HelloOk | undefined {
    const state = this.#session?.state;
    return state?.kind === 'ready' ? state.hello : undefined;
  }

  approve(requestId: string): Promise<unknown> {
    return decided(this.#live().call('device.pair.approve', { requestId }));
  }

  reject(requestId: string): Promise<unknown> {
    return decided(this.#live().call('device.pair.reject', { requestId }));
  }

  restart(): Promise<unknown> {
    return this.#live().call('gateway.restart.request', { reason: 'desktop app' });
  }

  async request(method: string, params: unknown): Promise<unknown> {
    const session = this.#live();
    try {
      return await session.request(method, params);
    } catch (error) {
      // It was let go while it was asked.
      throw this.#session === session ? error : noGateway();
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }

  #live(): GatewaySession {
    if (!this.#session) throw noGateway();
    return this.#session;
  }

  #open(url: string, route: SessionRoute): void {
    this.#drop();
    const session = openSession({ ...route, clock: this.#options.clock });
    this.#session = session;
    this.#url = url;
    session.onReady((connection) => this.#readAll(session, connection));
    session.onState((state) => this.#session === session && this.#follows(state));
    const again = (): void => void this.#readAgain(session);
    for (const event of WINDOW_EVENTS)
      session.on(event, (payload: unknown) => this.#options.onEvent(event, payload));
    for (const event of ['device.pair.requested', 'device.pair.resolved', 'sessions.changed', 'gap'])
      session.on(event, again);
  }

  #drop(): void {
    void this.close();
    this.#set(NOTHING);
  }

  #follows(state: SessionState): void {
    const wasConnected = this.facts.isConnected;
    const isReady = state.kind === 'ready';
    this.#set(isReady ? { ...this.facts, isConnected: true, bootId: state.hello.server.bootId } : NOTHING);
    if (wasConnected === isReady) return;
    this.#options.onConnected(isReady);
    this.#options.onTurn();
  }

  async #readAll(session: GatewaySession, connection: GatewayConnection): Promise<void> {
    await connection.call('sessions.subscribe', {}).catch(() => undefined);
    await this.#read(session, connection);
  }

  async #readAgain(session: GatewaySession): Promise<void> {
    await this.#read(session, await session.ready()).catch(() => undefined);
  }

  /** Whoever may not see pairing requests sees none; all else is still shown. */
  async #read(session: GatewaySession, connection: GatewayConnection): Promise<void> {
    const [pairing, sessions] = await Promise.all([
      connection
        .call('device.pair.list', {})
        .then((answer) => rowsOf(asObject(answer).pending, 'requestId').map(requestOf), none),
      connection
        .call('sessions.list', { limit: SHOWN_SESSIONS, includeDerivedTitles: true })
        .then((answer) => rowsOf(asObject(answer).sessions, 'key').map(lineOf), none),
    ]);
    if (this.#session === session) this.#set({ ...this.facts, pairing, sessions });
  }

  #set(facts: LinkFacts): void {
    this.facts = facts;
    this.#options.onChange();
  }
}

const noGateway = (): AppError => new AppError('UNAVAILABLE', (say) => say('noGateway'));

const UNKNOWN_REQUEST = 'unknown requestId';

/** A request that nobody knows has expired, or somebody else has decided. Source: methods, device.pair.approve. */
const decided = (answer: Promise<unknown>): Promise<unknown> =>
  answer.catch((error: unknown) => {
    const isGone = error instanceof RpcError && error.message === UNKNOWN_REQUEST;
    throw isGone ? new AppError('INVALID_REQUEST', (say) => say('requestGone')) : error;
  });

const none = (): never[] => [];

/** The rows of a list that have the text by which they are told apart; whatever else a gateway sends counts as nothing. */
const rowsOf = (list: unknown, key: string): Json[] =>
  (Array.isArray(list) ? list : []).map(asObject).filter((row) => asText(row[key]));

function requestOf(row: Json): PairingRequest {
  const { requestId, deviceId, displayName, role, scopes, pairingCode: code } = row;
  return {
    requestId: asText(requestId) ?? '',
    name: asText(displayName) || (asText(deviceId) ?? '').slice(0, 12),
    role: asText(role) ?? '',
    scopes: asTexts(scopes),
    code: asText(code),
  };
}

function lineOf(row: Json): SessionLine {
  const key = asText(row.key) ?? '';
  const title = asText(row.label) ?? asText(row.displayName) ?? asText(row.derivedTitle);
  return { key, title: title || key };
}
