import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { HelloOk } from '../protocol/connect.ts';
import type { CallParams, MethodName, Result } from '../protocol/contract.ts';
import { RpcError } from '../protocol/errors.ts';
import { CLOSE, type EventFrame, LIMITS } from '../protocol/frames.ts';
import { EventHub, type Subscribe } from './event-hub.ts';
import { type CloseInfo, closedDuringCall } from './gateway-failure.ts';
import { type InboundFrame, parseFrame } from './inbound-frame.ts';
import { type CallOptions, PendingCalls } from './pending.ts';
import type { Transport } from './ws-transport.ts';

export type { CallOptions } from './pending.ts';

/** The methods of the contract, seen from the caller's side. */
export interface GatewayCaller {
  /** A method of the contract. The result is typed as the contract promises, it is not checked again. */
  call<M extends MethodName>(method: M, params?: CallParams<M>, options?: CallOptions): Promise<Result<M>>;
  /** Any method by name. */
  request(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
}

/**
 * A connection whose handshake is over. Calls reject with RpcError: the gateway's own, GATEWAY_TIMEOUT, or
 * UNAVAILABLE when the connection ends (`details.sent` false: the gateway never got the call).
 * Events are delivered from the turn of the event loop after `connect` resolved, so none is missed by a
 * listener that is set at once.
 */
export interface GatewayConnection extends GatewayCaller {
  readonly hello: HelloOk;
  readonly on: Subscribe;
  /** Resolves when the connection is over; it never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Resolves when the connection is over. Calls that wait are rejected. */
  close(): Promise<void>;
}

/** Close code for a gateway that has gone silent. */
const TICK_TIMEOUT: CloseInfo = { code: 4000, reason: 'tick timeout' };

/** What a call is told that comes while the connection closes. */
const CLOSING: CloseInfo = { code: CLOSE.normal, reason: 'the connection is closing' };

interface ConnectionParts {
  transport: Transport;
  hello: HelloOk;
  clock: Clock;
  log: Logger;
}

export class WireConnection implements GatewayConnection {
  readonly hello: HelloOk;
  readonly closed: Promise<CloseInfo>;
  readonly on: Subscribe;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #hub: EventHub;
  readonly #pending: PendingCalls;
  #resolveClosed: (info: CloseInfo) => void = () => {};
  #end: CloseInfo | undefined;
  #requests = 0;
  #lastSeq: number | undefined;
  #lastHeardAt: number;
  #stopWatchdog: () => void = () => {};

  constructor(parts: ConnectionParts) {
    this.hello = parts.hello;
    this.#transport = parts.transport;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#hub = new EventHub(parts.log);
    this.on = this.#hub.on;
    this.#pending = new PendingCalls(parts.clock);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    // v4 numbers what this socket is sent, from 1; v3 numbers for everyone, so its first number says nothing.
    this.#lastSeq = parts.hello.protocol >= 4 ? 0 : undefined;
    this.#lastHeardAt = parts.clock.now();
  }

  /** Begins to deliver what the gateway sends. */
  start(): void {
    this.#watch(this.#silenceMs());
    this.#transport.attach({
      text: (text) => this.#receive(text),
      alive: () => this.#heard(),
      closed: (info) => this.#finish(info),
    });
  }

  call<M extends MethodName>(method: M, params?: CallParams<M>, options?: CallOptions): Promise<Result<M>> {
    return this.request(method, params, options) as Promise<Result<M>>;
  }

  async request(method: string, params?: unknown, options: CallOptions = {}): Promise<unknown> {
    options.signal?.throwIfAborted();
    if (this.#end) throw closedDuringCall(this.#end, false);
    this.#requests += 1;
    const id = String(this.#requests);
    const text = JSON.stringify({ type: 'req', id, method, ...(params !== undefined && { params }) });
    this.#requireRoom(method, text);
    if (!this.#transport.send(text)) throw closedDuringCall(CLOSING, false);
    return this.#pending.add(id, method, options);
  }

  async close(): Promise<void> {
    this.#transport.close(CLOSE.normal, '');
    await this.closed;
  }

  /** A frame the gateway would refuse takes the whole connection with it, so it is refused here. */
  #requireRoom(method: string, text: string): void {
    const bytes = Buffer.byteLength(text);
    const limit = this.hello.policy.maxPayload;
    if (bytes > limit) {
      throw new RpcError(
        'INVALID_REQUEST',
        `The request ${method} has ${bytes} bytes; this gateway takes ${limit}. Send less at once.`,
      );
    }
    if (this.#transport.bufferedBytes + bytes > LIMITS.bufferedBytes) {
      throw new RpcError(
        'UNAVAILABLE',
        `Too much is waiting to be sent to the gateway. Send ${method} again when earlier calls are answered.`,
        { sent: false },
        { retryable: true },
      );
    }
  }

  #receive(text: string): void {
    this.#heard();
    const frame = parseFrame(text);
    if (frame?.type === 'res') this.#pending.settle(frame);
    else if (frame?.type === 'event' && typeof frame.event === 'string') this.#event(frame);
    else this.#log.debug('ignored a frame that is neither a response nor an event');
  }

  #event(frame: InboundFrame): void {
    if (typeof frame.seq === 'number') this.#count(frame.seq);
    this.#hub.emit(frame as unknown as EventFrame);
  }

  #count(seq: number): void {
    const expected = this.#lastSeq === undefined ? seq : this.#lastSeq + 1;
    this.#lastSeq = Math.max(seq, this.#lastSeq ?? seq);
    if (seq > expected) {
      this.#hub.emit({ type: 'event', event: 'gap', payload: { expected, received: seq } });
    }
  }

  #heard(): void {
    this.#lastHeardAt = this.#clock.now();
  }

  #silenceMs(): number {
    const tick = this.hello.policy.tickIntervalMs;
    return 2 * (Number.isFinite(tick) && tick > 0 ? tick : LIMITS.tickIntervalMs);
  }

  /** One timer that looks again when the silence would be too long, instead of one for every frame. */
  #watch(delayMs: number): void {
    this.#stopWatchdog = this.#clock.after(delayMs, () => {
      const left = this.#lastHeardAt + this.#silenceMs() - this.#clock.now();
      if (left > 0) return this.#watch(left);
      this.#transport.close(TICK_TIMEOUT.code, TICK_TIMEOUT.reason);
      this.#finish(TICK_TIMEOUT);
    });
  }

  #finish(info: CloseInfo): void {
    if (this.#end) return;
    this.#end = info;
    this.#stopWatchdog();
    this.#pending.rejectAll(closedDuringCall(info, true));
    this.#resolveClosed(info);
  }
}
