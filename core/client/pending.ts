import type { Clock } from '../lib/clock.ts';
import { startDeadline } from './deadline.ts';
import { callTimeout, responseError } from './gateway-failure.ts';
import { type InboundFrame, isRecord } from './inbound-frame.ts';

export interface CallOptions {
  /** Milliseconds until the call rejects with GATEWAY_TIMEOUT; 30 s when absent, Infinity for none. */
  timeoutMs?: number | undefined;
  /** Gives the call up; it rejects with the reason of the signal. The gateway is not told. */
  signal?: AbortSignal | undefined;
  /** Waits for the second answer of a method that first says `status: "accepted"`. */
  expectFinal?: boolean | undefined;
}

export const DEFAULT_CALL_TIMEOUT_MS = 30_000;

interface PendingCall {
  expectFinal: boolean;
  resolve(payload: unknown): void;
  reject(error: unknown): void;
}

/** Calls that wait for their answer, by request id. Every one of them settles exactly once. */
export class PendingCalls {
  readonly #clock: Clock;
  readonly #calls = new Map<string, PendingCall>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#calls.size;
  }

  add(id: string, method: string, options: CallOptions): Promise<unknown> {
    const { signal, timeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#calls.delete(id);
        cancel();
        signal?.removeEventListener('abort', abort);
      };
      const call: PendingCall = {
        expectFinal: options.expectFinal ?? false,
        resolve: (payload) => {
          leave();
          resolve(payload);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = () => call.reject(signal?.reason);
      const cancel = startDeadline(this.#clock, timeoutMs, () => call.reject(callTimeout(method, timeoutMs)));
      signal?.addEventListener('abort', abort, { once: true });
      this.#calls.set(id, call);
    });
  }

  /** Answers to calls that are over or were never made are ignored. */
  settle(frame: InboundFrame): void {
    const call = typeof frame.id === 'string' ? this.#calls.get(frame.id) : undefined;
    if (!call) return;
    const { payload } = frame;
    if (frame.ok !== true) call.reject(responseError(frame.error));
    else if (!(call.expectFinal && isRecord(payload) && payload.status === 'accepted')) call.resolve(payload);
  }

  rejectAll(error: Error): void {
    for (const call of [...this.#calls.values()]) call.reject(error);
  }
}
