import { asText, valueAt } from '../lib/json.ts';

/**
 * The domain that configuration or environment name, as it is written there. `discovery.wideArea.enabled` is of
 * protocol 3; without it, a domain that is set is meant.
 */
export function wideAreaDomain({
  config,
  env,
}: {
  config: unknown;
  env: NodeJS.ProcessEnv;
}): string | undefined {
  if (valueAt(config, 'discovery.wideArea.enabled') === false) return undefined;
  return (
    asText(env.OPENCLAW_WIDE_AREA_DOMAIN?.trim()) ?? asText(valueAt(config, 'discovery.wideArea.domain'))
  );
}
