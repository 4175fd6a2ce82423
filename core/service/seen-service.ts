import { join } from 'node:path';
import type { ServiceFacts } from './service-facts.ts';
import { programsOf, type ServicePlace, userUnit } from './service-place.ts';
import { systemdFacts } from './systemd-facts.ts';

/**
 * What the service manager of this machine says of the one service of a profile. What could change the service is not
 * loaded. Throws NOT_AVAILABLE where there is no manager.
 */
export async function seenService(place: ServicePlace): Promise<ServiceFacts> {
  const platform = place.platform ?? process.platform;
  if (platform === 'linux') return systemdFacts(userUnit(place, programsOf(place)));
  const { openService } = await import('./open-service.ts');
  return openService(place).facts();
}

/** A service of the same name for all users of this machine, which only systemd has; reading it changes nothing. */
export async function systemWideService(place: ServicePlace): Promise<ServiceFacts | undefined> {
  const platform = place.platform ?? process.platform;
  if (platform !== 'linux') return undefined;
  const user = userUnit(place, programsOf(place));
  return systemdFacts({ ...user, scope: 'system', file: join('/etc/systemd/system', user.unit) });
}
