import { setImmediate as soon } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { RpcError } from '../protocol/errors.ts';
import type { RunEnd, RunEvent, RunIdentity, RunOutcome, RunUsage } from './run-event.ts';

export interface RunRequest extends RunIdentity {
  /** Milliseconds; 0 means no limit. */
  timeoutMs: number;
}

/** Carries out one run; what it returns or throws becomes the outcome. `signal` aborts on abort and timeout. */
export type RunWork = (
  run: RunRequest,
  emit: (event: RunEvent) => void,
  signal: AbortSignal,
) => Promise<RunResult>;

export interface RunResult {
  end: RunEnd;
  usage: RunUsage | undefined;
}

interface LiveRun {
  request: RunRequest;
  aborter: AbortController;
  outcome: Promise<RunOutcome>;
  startedAt: number;
}

export type AbortOrigin = 'rpc' | 'timeout' | 'shutdown';

/** Finished runs are remembered this long, so that a repeated request finds its answer. */
const REMEMBER_MS = 300_000;
const REMEMBER_RUNS = 1_000;
/** Messages that may wait behind the running one of a session. */
const MAX_WAITING = 20;
/** What was told to end at a shutdown and does not is left behind after this long. */
const LET_GO_MS = 2_000;
/** A longer timer would go off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Lane {
  tail: Promise<unknown>;
  /** Those that run or wait, or are on their way here. */
  taken: number;
}

/** A place behind the runs of a session, held from before a message is stored. */
export interface Seat {
  /** Whether nothing runs or waits before it. */
  isFirst: boolean;
  leave(): void;
}

/**
 * Runs one thing after another in each session and different sessions side by side; knows what runs, ends it when told
 * to, and remembers how it ended.
 */
export class RunDesk {
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly announce: (run: RunIdentity, event: RunEvent) => void;
  private readonly live = new Map<string, LiveRun>();
  private readonly lanes = new Map<string, Lane>();
  private readonly finished = new Map<string, RunOutcome>();
  private closing = false;

  constructor(deps: { clock: Clock; log: Logger; announce: (run: RunIdentity, event: RunEvent) => void }) {
    this.clock = deps.clock;
    this.log = deps.log;
    this.announce = deps.announce;
  }

  /** Undefined for a run that was never started or is forgotten. */
  find(runId: string): { outcome: Promise<RunOutcome>; finished: RunOutcome | undefined } | undefined {
    const finished = this.finished.get(runId);
    if (finished) return { outcome: Promise.resolve(finished), finished };
    const live = this.live.get(runId);
    return live && { outcome: live.outcome, finished: undefined };
  }

  /** Throws when the gateway is going away or too much waits in the session. The seat is for `start`, or to be left. */
  takeSeat(sessionKey: string): Seat {
    if (this.closing) {
      throw new RpcError(
        'UNAVAILABLE',
        'gateway is restarting; send the message again in a moment',
        undefined,
        {
          retryable: true,
          retryAfterMs: 1_000,
        },
      );
    }
    const lane = this.lanes.get(sessionKey) ?? { tail: Promise.resolve(), taken: 0 };
    if (lane.taken > MAX_WAITING) {
      throw new RpcError(
        'UNAVAILABLE',
        `session is busy: ${MAX_WAITING} messages are waiting already`,
        undefined,
        {
          retryable: true,
        },
      );
    }
    lane.taken += 1;
    this.lanes.set(sessionKey, lane);
    return { isFirst: lane.taken === 1, leave: () => this.leaveLane(sessionKey, lane) };
  }

  /**
   * Queues a run behind those of its session. The caller has made sure that the id is new. One that is told to end
   * before its turn ends at once.
   */
  start(request: RunRequest, work: RunWork, seat: Seat): Promise<RunOutcome> {
    const { runId, sessionKey } = request;
    const aborter = new AbortController();
    const lane = this.lanes.get(sessionKey) ?? { tail: Promise.resolve(), taken: 0 };
    const run: LiveRun = {
      request,
      aborter,
      startedAt: this.clock.now(),
      outcome: Promise.resolve(undefined as never),
    };
    this.live.set(runId, run);
    const toldToEnd = new Promise((resolve) =>
      aborter.signal.addEventListener('abort', resolve, { once: true }),
    );
    // Who asked is answered before the run says anything.
    run.outcome = Promise.race([lane.tail, toldToEnd])
      .then(() => soon())
      .then(() => this.carryOut(run, work));
    const left = run.outcome.catch(() => {}).then(() => seat.leave());
    lane.tail = Promise.all([lane.tail, left]);
    if (this.closing) aborter.abort('shutdown');
    return run.outcome;
  }

  /** Ends the named run, or all of the session; returns the ids of those that were told to end. */
  abort(sessionKey: string, runId: string | undefined, origin: AbortOrigin): string[] {
    const ids: string[] = [];
    for (const [id, { request, aborter }] of this.live) {
      if (request.sessionKey !== sessionKey || (runId !== undefined && id !== runId)) continue;
      aborter.abort(origin);
      ids.push(id);
    }
    return ids;
  }

  /** Runs that have not ended. */
  active(): RunIdentity[] {
    return [...this.live.values()].map(({ request }) => request);
  }

  /** Resolves when all the named runs have ended. */
  async settled(runIds: readonly string[]): Promise<void> {
    await Promise.allSettled(runIds.map((id) => this.live.get(id)?.outcome));
  }

  /** Takes no more runs, gives the running ones `ms` to end, and aborts the rest, whose partial text is kept. */
  async close(ms: number): Promise<void> {
    this.closing = true;
    await this.within(ms);
    for (const { aborter } of this.live.values()) aborter.abort('shutdown');
    await this.within(LET_GO_MS);
    for (const runId of this.live.keys()) this.log.warn('run does not end; it is left behind', { runId });
  }

  /** Resolves when nothing runs any more, or after `ms`. */
  private async within(ms: number): Promise<void> {
    if (this.live.size === 0) return;
    const waited = new AbortController();
    const all = this.settled([...this.live.keys()]);
    await Promise.race([all, this.clock.sleep(ms, waited.signal)]);
    waited.abort();
  }

  private leaveLane(sessionKey: string, lane: Lane): void {
    lane.taken -= 1;
    if (lane.taken === 0) this.lanes.delete(sessionKey);
  }

  private async carryOut(run: LiveRun, work: RunWork): Promise<RunOutcome> {
    const { request, aborter } = run;
    const { runId, timeoutMs } = request;
    run.startedAt = this.clock.now();
    const limit = Math.min(timeoutMs, LONGEST_TIMER_MS);
    const cancel = limit > 0 ? this.clock.after(limit, () => aborter.abort('timeout')) : () => {};
    const emit = (event: RunEvent): void => this.announce(request, event);
    try {
      const { end, usage } = await work(request, emit, aborter.signal);
      return this.finish(run, end, usage);
    } catch (error) {
      this.log.error('run failed', {
        runId,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      const detail = { kind: 'internal' };
      const end: RunEnd = {
        type: 'error',
        startedAt: run.startedAt,
        endedAt: this.clock.now(),
        message: 'internal error',
        detail,
      };
      return this.finish(run, end, undefined);
    } finally {
      cancel();
    }
  }

  private finish(run: LiveRun, end: RunEnd, usage: RunUsage | undefined): RunOutcome {
    const { request } = run;
    const status = end.type === 'end' ? 'ok' : end.type;
    const { startedAt, endedAt } = end;
    const outcome: RunOutcome = { runId: request.runId, status, startedAt, endedAt, end, usage };
    this.live.delete(request.runId);
    this.remember(outcome);
    this.announce(request, end);
    return outcome;
  }

  private remember(outcome: RunOutcome): void {
    const oldest = this.clock.now() - REMEMBER_MS;
    for (const [id, { endedAt }] of this.finished) {
      if (endedAt > oldest && this.finished.size < REMEMBER_RUNS) break;
      this.finished.delete(id);
    }
    this.finished.set(outcome.runId, outcome);
  }
}
