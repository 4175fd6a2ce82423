import type { Clock } from '../lib/clock.ts';
import { type Listener, listenerLine, systemPorts } from './port-holder.ts';
import type { PortHolder } from './port-table.ts';
import { isSameStart, startTimeOf } from './process-identity.ts';

export interface EndOptions {
  clock: Clock;
  /** How long the process may take to stop after SIGTERM; 5000 unless given. */
  graceMs?: number;
  /** Ends a program that is not a gateway as well. */
  allowForeign?: boolean;
}

export type EndOutcome =
  /** The listener is gone; `signal` is the one that did it, undefined when it had left by itself. */
  | { ended: true; signal: 'SIGTERM' | 'SIGKILL' | undefined }
  /** For people, with the next step. */
  | { ended: false; reason: string };

const GRACE_MS = 5000;
const KILL_WAIT_MS = 3000;
const POLL_MS = 50;
/** Milliseconds the system may take to close the sockets of a process that has ended. */
const CLOSING_MS = 2_000;

type Signalled = 'gone' | 'still there' | { refused: string };

/**
 * Ends a listener that `findListener` has named. Right before each signal its pid, start time and
 * port are checked again, so that a process which got the pid or the port in the meantime is safe.
 */
export async function endListener(listener: Listener, options: EndOptions): Promise<EndOutcome> {
  const refusal = refusalOf(listener, options);
  if (refusal !== undefined) return { ended: false, reason: refusal };
  if (!(await isStillHolder(listener))) return goneOrOther(listener, undefined, options.clock);
  for (const [signal, waitMs] of [
    ['SIGTERM', options.graceMs ?? GRACE_MS],
    ['SIGKILL', KILL_WAIT_MS],
  ] as const) {
    const result = await signalAndWait(listener, signal, waitMs, options.clock);
    if (result === 'gone') return goneOrOther(listener, signal, options.clock);
    if (result !== 'still there') return { ended: false, reason: result.refused };
  }
  return {
    ended: false,
    reason: `${listenerLine(listener)} does not end. Stop it by hand or use another port.`,
  };
}

function refusalOf(listener: Listener, options: EndOptions): string | undefined {
  const { pid, port, startTime, gateway } = listener;
  if (pid === undefined) {
    return `could not find out which process listens on port ${port}; it may belong to another user. Stop it as that user or use another port.`;
  }
  if (pid === process.pid) return `the listener on port ${port} is this process itself.`;
  if (!Number.isSafeInteger(pid) || pid <= 1) return `pid ${pid} must not be ended. Use another port.`;
  if (startTime === undefined) {
    return `could not find out when pid ${pid} was started, so it cannot be told apart from another process. Stop it by hand.`;
  }
  if (!gateway && !options.allowForeign) {
    return `not a gateway: ${listenerLine(listener)}. Stop that program yourself or use another port.`;
  }
  return undefined;
}

const seenHolders = async (port: number): Promise<PortHolder[]> => (await systemPorts().holders(port)) ?? [];

async function isStillHolder({ pid, port, startTime }: Listener): Promise<boolean> {
  const holders = await seenHolders(port);
  if (pid === undefined || startTime === undefined || !holders.some((holder) => holder.pid === pid))
    return false;
  const now = await startTimeOf(pid);
  return now !== undefined && isSameStart(now, startTime);
}

async function signalAndWait(
  listener: Listener,
  signal: 'SIGTERM' | 'SIGKILL',
  waitMs: number,
  clock: Clock,
): Promise<Signalled> {
  if (!(await isStillHolder(listener))) return 'gone';
  try {
    process.kill(listener.pid ?? Number.NaN, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ESRCH') return { refused: notAllowed(listener, code) };
  }
  const deadline = clock.now() + waitMs;
  while (await isStillHolder(listener)) {
    if (clock.now() >= deadline) return 'still there';
    await clock.sleep(POLL_MS);
  }
  return 'gone';
}

const notAllowed = (listener: Listener, code: string | undefined): string =>
  `pid ${listener.pid} of user ${listener.user ?? 'unknown'} must not be signalled from here (${code}). Stop it as that user or use another port.`;

/**
 * Our listener is off the port; the port itself may have found the next one. A socket that nobody has open any more
 * is still listed for a moment, so one without a process gets that moment to go away.
 */
async function goneOrOther(
  listener: Listener,
  signal: 'SIGTERM' | 'SIGKILL' | undefined,
  clock: Clock,
): Promise<EndOutcome> {
  const deadline = clock.now() + CLOSING_MS;
  let [other] = await seenHolders(listener.port);
  while (other && other.pid === undefined && clock.now() < deadline) {
    await clock.sleep(POLL_MS);
    [other] = await seenHolders(listener.port);
  }
  if (!other) return { ended: true, signal };
  const who = other.pid === undefined ? 'another process' : `pid ${other.pid}`;
  return {
    ended: false,
    reason: `port ${listener.port} is now held by ${who}. Look again who that is, then retry.`,
  };
}
