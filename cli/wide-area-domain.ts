import { asText, valueAt } from '../core/lib/json.ts';
import type { Settings } from './settings.ts';

/** `discovery.wideArea.enabled` is of protocol 3; without it, a domain that is set is meant. */
export function wideAreaDomain({ config, env }: Settings): string | undefined {
  if (valueAt(config, 'discovery.wideArea.enabled') === false) return undefined;
  return (
    asText(env.OPENCLAW_WIDE_AREA_DOMAIN?.trim()) ?? asText(valueAt(config, 'discovery.wideArea.domain'))
  );
}
