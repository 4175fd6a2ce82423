import type { Clock } from '../lib/clock.ts';
import type { SessionCatalog } from './session-catalog.ts';
export interface SessionUsage {
  x?: 1;
}
export function openSessionUsage(_catalog: SessionCatalog, _clock: Clock): SessionUsage {
  return {};
}
