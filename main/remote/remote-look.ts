import type { Clock } from '../../core/lib/clock.ts';
import type { InspectSubject } from '../../core/verdict/inspect-gateway.ts';
import { inspectGateway } from '../../core/verdict/inspect-gateway.ts';
import { LOOK_MS } from '../gateway-route.ts';
import type { FoundGateway } from '../reach.ts';

interface Subject extends InspectSubject {
  /** Without secrets. */
  url: string;
  timeoutMs?: number;
}

/** The one verdict, on a gateway elsewhere. */
export async function lookFrom(
  { url, timeoutMs = LOOK_MS, ...subject }: Subject,
  clock: Clock,
): Promise<FoundGateway> {
  const { verdict, fix } = await inspectGateway(subject, { clock, timeoutMs, methods: ['status'] });
  const { ok, warnings, finding, evidence } = verdict;
  // A session finds its own way back; it is let go of only where there is nobody to come back to.
  return { look: { ok, warnings, finding, fix, evidence, isRunning: subject.way?.state !== 'broken' }, url };
}

/** Nothing is known yet, or not for the moment; `way`: what a session may come back over. */
export const notThere = (command: string, url: string, way?: unknown): FoundGateway => ({
  look: {
    ok: false,
    isRunning: way !== undefined,
    warnings: [],
    fix: { command, isLocal: false, hasService: false, freePort: 0 },
  },
  url,
});

const LONGEST_MS = 30_000;

/** Milliseconds before the given attempt (from 1): 1 s, doubling to 30 s. */
export const retryDelay = (attempt: number): number =>
  Math.min(1_000 * 2 ** Math.min(attempt - 1, 16), LONGEST_MS);
