import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';

export interface Place {
  /** An address, or a name to be resolved. */
  host: string;
  port: number;
}

/** Milliseconds until a TCP connection stands; undefined when none does. Nothing is sent over it. */
export type Measure = (place: Place, signal: AbortSignal) => Promise<number | undefined>;

/** Milliseconds to wait for a connection. */
const WAIT_MS = 3_000;
const AT_ONCE = 4;

/** Resolves the name first, so that the time is that of the network alone. */
export const measureTcp: Measure = async ({ host, port }, signal) => {
  try {
    const { address } = isIP(host) === 0 ? await lookup(host) : { address: host };
    return await connectMs(address, port, AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]));
  } catch {
    return undefined;
  }
};

function connectMs(host: string, port: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error('aborted'));
    const startedAt = performance.now();
    const socket = connect({ host, port });
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', give);
      socket.destroy();
      settle();
    };
    const give = (): void => end(() => reject(new Error('aborted')));
    signal.addEventListener('abort', give, { once: true });
    socket.once('connect', () => end(() => resolve(performance.now() - startedAt)));
    socket.once('error', (error) => end(() => reject(error)));
  });
}

export type Latency = { state: 'off' | 'waiting' | 'failed' } | { state: 'measured'; ms: number };

/** Measures places once each, a few at a time, until it is ended. */
export class LatencyMeter {
  readonly #measure: Measure;
  readonly #signal: AbortSignal;
  readonly #onChange: () => void;
  readonly #results = new Map<string, Latency>();
  readonly #waiting: Place[] = [];
  #running = 0;

  constructor(measure: Measure, signal: AbortSignal, onChange: () => void) {
    this.#measure = measure;
    this.#signal = signal;
    this.#onChange = onChange;
  }

  /** What is known of a place by now; an unknown one is measured from now on. */
  of(place: Place | undefined): Latency {
    if (place === undefined) return { state: 'off' };
    const key = keyOf(place);
    const known = this.#results.get(key);
    if (known) return known;
    const waiting: Latency = { state: 'waiting' };
    this.#results.set(key, waiting);
    this.#waiting.push(place);
    this.#next();
    return waiting;
  }

  #next(): void {
    while (this.#running < AT_ONCE && !this.#signal.aborted) {
      const place = this.#waiting.shift();
      if (!place) return;
      this.#running += 1;
      void this.#measure(place, this.#signal).then((ms) => {
        this.#running -= 1;
        if (this.#signal.aborted) return;
        this.#results.set(
          keyOf(place),
          ms === undefined ? { state: 'failed' } : { state: 'measured', ms: rounded(ms) },
        );
        this.#onChange();
        this.#next();
      });
    }
  }
}

const keyOf = ({ host, port }: Place): string => `${host} ${port}`;
const rounded = (ms: number): number => Math.round(ms * 10) / 10;
