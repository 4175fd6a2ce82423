import type { Clock } from '../lib/clock.ts';
import type { SshConnection } from './host-connection.ts';

/** What a link has to know of a problem. */
export interface LinkProblem {
  isTransient: boolean;
}

export type LinkState<P> =
  | { state: 'connecting' }
  | { state: 'connected' }
  /** `nextAt`: epoch ms of the next attempt, the `attempt`th since the connection was lost. */
  | { state: 'reconnecting'; attempt: number; nextAt: number; problem: P }
  /** Nothing more is tried: somebody has to act. */
  | { state: 'failed'; problem: P }
  | { state: 'closed' };

export type Connected<P> = { ok: true; connection: SshConnection } | { ok: false; problem: P };

export interface LinkParts<P> {
  /** One attempt. */
  connect(signal: AbortSignal): Promise<Connected<P>>;
  /** Whether a connection that may have slept through something still works. */
  isAlive(connection: SshConnection): Promise<boolean>;
  /** What is told about a connection that ended. */
  lost(connection: SshConnection): Promise<P>;
  clock: Clock;
  /** In [0, 1). */
  random(): number;
  onState(state: LinkState<P>): void;
}

const BACKOFF = { firstMs: 100, longestMs: 2_000, patientAfter: 60, patientMs: 15_000 };
const WATCH_MS = 2_000;
/** Milliseconds by which a watch may be late before the machine must have slept, or its clock was set. */
const LATE_MS = 5_000;
const PROBE_MS = 3_000;

/**
 * Milliseconds before the given attempt (from 1): 0.1 s doubling to 2 s, and 15 s after the sixtieth; the second half
 * is left to chance so that many do not come back at once. `random` is in [0, 1).
 */
export function linkDelay(attempt: number, random: number): number {
  const longest = attempt > BACKOFF.patientAfter ? BACKOFF.patientMs : BACKOFF.longestMs;
  const full = Math.min(BACKOFF.firstMs * 2 ** Math.min(attempt - 1, 16), longest);
  return Math.round(full / 2 + (full / 2) * random);
}

/** A connection that is made again whenever it is lost, until it is closed or somebody has to act. */
export class KeptLink<P extends LinkProblem> {
  private readonly parts: LinkParts<P>;
  private readonly end = new AbortController();
  private readonly waiting = new Set<(connection: SshConnection | undefined) => void>();
  private current: SshConnection | undefined;
  private now: LinkState<P> = { state: 'connecting' };
  /** Aborts the wait before the next attempt. */
  private pause = new AbortController();
  private stopWatch = (): void => {};

  constructor(parts: LinkParts<P>) {
    this.parts = parts;
  }

  get state(): LinkState<P> {
    return this.now;
  }

  /** The first attempt; nothing is kept when it fails. Resolves to what is wrong, undefined when it is connected. */
  async start(): Promise<P | undefined> {
    this.tell({ state: 'connecting' });
    const first = await this.parts.connect(this.end.signal);
    if (!first.ok) {
      this.fail(first.problem);
      return first.problem;
    }
    if (!this.end.signal.aborted) this.watch();
    void this.keep(first.connection);
    return undefined;
  }

  /** The connection; while there is none, the next one is hurried on and waited for. Undefined when it takes longer. */
  async connection(withinMs: number): Promise<SshConnection | undefined> {
    if (this.current || this.end.signal.aborted) return this.current;
    return new Promise((resolve) => {
      const settle = (connection: SshConnection | undefined): void => {
        cancel();
        this.waiting.delete(settle);
        resolve(connection);
      };
      const cancel = this.parts.clock.after(withinMs, () => settle(undefined));
      this.waiting.add(settle);
      this.pause.abort();
    });
  }

  /** The machine has slept or its network has changed: nobody waits, and a connection has to show that it works. */
  wake(): void {
    void this.check();
  }

  /** Ends everything, and says why. */
  fail(problem: P): void {
    this.finish({ state: 'failed', problem });
  }

  close(): void {
    this.finish({ state: 'closed' });
  }

  private finish(state: LinkState<P>): void {
    if (this.end.signal.aborted) return;
    this.end.abort();
    this.pause.abort();
    this.stopWatch();
    this.current?.close();
    this.current = undefined;
    this.tell(state);
    for (const settle of [...this.waiting]) settle(undefined);
  }

  private tell(state: LinkState<P>): void {
    this.now = state;
    this.parts.onState(state);
  }

  private async keep(first: SshConnection): Promise<void> {
    let connection: SshConnection | undefined = first;
    while (connection) {
      this.use(connection);
      const problem = await this.parts.lost(connection);
      this.current = undefined;
      connection = await this.reconnect(problem);
    }
  }

  /** One that arrives after the end is let go of at once. */
  private use(connection: SshConnection): void {
    if (this.end.signal.aborted) {
      connection.close();
      return;
    }
    this.current = connection;
    this.tell({ state: 'connected' });
    for (const settle of [...this.waiting]) settle(connection);
  }

  private async reconnect(lost: P): Promise<SshConnection | undefined> {
    const { clock, random, connect } = this.parts;
    let problem = lost;
    for (let attempt = 1; !this.end.signal.aborted; attempt += 1) {
      const delay = linkDelay(attempt, random());
      this.pause = new AbortController();
      this.tell({ state: 'reconnecting', attempt, nextAt: clock.now() + delay, problem });
      await clock.sleep(delay, this.pause.signal);
      if (this.end.signal.aborted) break;
      const next = await connect(this.end.signal);
      if (next.ok) return next.connection;
      if (!next.problem.isTransient) this.fail(next.problem);
      problem = next.problem;
    }
    return undefined;
  }

  /** Timers stand still while a machine sleeps; afterwards nobody may wait for an answer that was sent long ago. */
  private watch(): void {
    const { clock } = this.parts;
    let last = clock.now();
    this.stopWatch = clock.every(WATCH_MS, () => {
      const isLate = clock.now() - last > WATCH_MS + LATE_MS;
      last = clock.now();
      if (isLate) void this.check();
    });
  }

  private async check(): Promise<void> {
    this.pause.abort();
    const { current } = this;
    if (!current) return;
    const limit = new AbortController();
    const silent = this.parts.clock.sleep(PROBE_MS, limit.signal).then(() => false);
    const isAlive = await Promise.race([this.parts.isAlive(current), silent]);
    limit.abort();
    if (!isAlive) current.close();
  }
}
