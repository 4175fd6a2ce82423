import { endListener } from '../core/host/listener-end.ts';
import type { Listener } from '../core/host/port-holder.ts';
import { stillRuns } from '../core/host/process-identity.ts';
import type { Clock } from '../core/lib/clock.ts';
import { AppError } from './app-error.ts';
import type { HostedProcess } from './gateway-host.ts';

/** A gateway that somebody else has started, as the system and it itself have proved it. */
export type Runner = Listener & { pid: number; startTime: string };

interface Parts {
  clock: Clock;
  /** It was to end and did not; it is let go of then. */
  onRefused(error: AppError): void;
}

/** Milliseconds between two looks whether it is still there: nobody tells who has not started it. */
const LOOK_MS = 1_000;
/** Milliseconds for what it has in hand, its own limit being 5 s. */
const GRACE_MS = 15_000;

/**
 * A gateway that the app has not started, in the place of one that it has. Before each signal its pid, start time and
 * port are compared again. How it ended by itself nobody can tell, so that counts as wanted.
 */
export function adoptGateway(runner: Runner, { clock, onRefused }: Parts): HostedProcess {
  const listeners: ((exitCode: number) => void)[] = [];
  let isEnding = false;
  const gone = (): void => {
    cancelLooks();
    for (const tell of listeners.splice(0)) tell(0);
  };
  const cancelLooks = clock.every(LOOK_MS, () => {
    if (!isEnding) void stillRuns(runner).then((runs) => runs || isEnding || gone());
  });
  const end = async (): Promise<void> => {
    const outcome = await endListener(runner, { clock, graceMs: GRACE_MS });
    if (!outcome.ended) onRefused(notEnded(runner, outcome.reason));
    gone();
  };
  return {
    pid: runner.pid,
    onExit: (listener) => void listeners.push(listener),
    end() {
      if (isEnding) return;
      isEnding = true;
      void end();
    },
    lastWords: () => '',
  };
}

const notEnded = ({ port }: Runner, reason: string): AppError =>
  new AppError('PORT_IN_USE', (say) => say('holderStays', { port, reason }), { port });
