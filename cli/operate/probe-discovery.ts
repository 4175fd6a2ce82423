import { setImmediate } from 'node:timers/promises';
import type { Discovery } from '../../core/discovery/discover.ts';
import { wideAreaDomain } from '../../core/discovery/wide-area-domain.ts';
import type { Settings } from '../settings.ts';
import type { ProbeInvocation } from './probe-plan.ts';

/** Source: CLI page, probe. */
const LISTEN_MS = 1200;

export interface ProbeDiscovery extends Discovery {
  /** Milliseconds; shorter than `timeoutMs` when a gateway was reached before. */
  listenedMs: number;
}

/** Listens for gateways until `enough` is called, at most as long as probes do and half of a short time. */
export function startDiscovery(
  { cli }: Pick<ProbeInvocation, 'cli'>,
  settings: Settings,
  budgetMs: number,
): { found: Promise<ProbeDiscovery>; enough(): void } {
  const end = new AbortController();
  return { found: listen(), enough: () => end.abort() };

  async function listen(): Promise<ProbeDiscovery> {
    const { clock } = cli;
    // The gateways are asked first; this is for the time in which they think about their answer.
    await setImmediate();
    const { discover } = await import('../../core/discovery/discover.ts');
    const startedAt = clock.now();
    const timeoutMs = Math.min(LISTEN_MS, Math.ceil(budgetMs / 2));
    const domain = wideAreaDomain(settings);
    const found = await discover({ timeoutMs, clock, domain, signal: end.signal });
    const isCutShort = end.signal.aborted;
    // Why nothing was heard says little when nobody has listened for long.
    return { ...found, problems: isCutShort ? [] : found.problems, listenedMs: clock.now() - startedAt };
  }
}
