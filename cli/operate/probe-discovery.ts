import type { Discovery } from '../../core/discovery/discover.ts';
import { wideAreaDomain } from '../../core/discovery/wide-area-domain.ts';
import type { Settings } from '../settings.ts';
import type { ProbeInvocation } from './probe-plan.ts';

/** Source: CLI page, probe. */
const LISTEN_MS = 1200;

export interface ProbeDiscovery extends Discovery {
  /** Milliseconds; shorter than `timeoutMs`, or 0, when a gateway was reached before. `domains` are those asked. */
  listenedMs: number;
}

/** A gateway that works is told by then, and who hears a question to everybody waits half as long; RFC 6762, section 6. */
const HEAD_START_MS = 250;

export interface ListenOptions {
  /** Milliseconds for each gateway. */
  budgetMs: number;
  /** Somebody waits for what is heard. */
  isNeeded: boolean;
}

/** Not before it is `due`, until there is `enough`. */
export interface Listening {
  found: Promise<ProbeDiscovery>;
  due(): void;
  enough(): void;
}

/**
 * Listens for gateways until `enough` is called, at most as long as probes do and half of a short time. The gateways
 * have a head start; when `enough` is called in that time, nobody listens at all.
 */
export function startDiscovery(
  { cli }: Pick<ProbeInvocation, 'cli'>,
  settings: Settings,
  { budgetMs, isNeeded }: ListenOptions,
): Listening {
  const start = new AbortController();
  const end = new AbortController();
  if (isNeeded) start.abort();
  const enough = (): void => {
    end.abort();
    start.abort();
  };
  return { found: listen(), due: () => start.abort(), enough };

  async function listen(): Promise<ProbeDiscovery> {
    const { clock } = cli;
    const timeoutMs = Math.min(LISTEN_MS, Math.ceil(budgetMs / 2));
    await clock.sleep(Math.min(HEAD_START_MS, timeoutMs), start.signal);
    if (end.signal.aborted)
      return { timeoutMs, domains: [], count: 0, beacons: [], problems: [], listenedMs: 0 };
    const { discover } = await import('../../core/discovery/discover.ts');
    const startedAt = clock.now();
    const domain = wideAreaDomain(settings);
    const found = await discover({ timeoutMs, clock, domain, signal: end.signal });
    const isCutShort = end.signal.aborted;
    // Why nothing was heard says little when nobody has listened for long.
    return { ...found, problems: isCutShort ? [] : found.problems, listenedMs: clock.now() - startedAt };
  }
}
