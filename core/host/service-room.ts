import type { StatePaths } from '../config/paths.ts';
import type { Clock } from '../lib/clock.ts';
import { openService } from '../service/open-service.ts';
import { ServiceDesk } from '../service/service-desk.ts';
import type { ServiceManager } from '../service/service-manager.ts';
import { gatewayWatch } from './service-watch.ts';

export interface ServiceRoom {
  desk: ServiceDesk;
  manager: ServiceManager;
}

/** The service of a profile on this machine, and what can be done with it. Throws NOT_AVAILABLE where there is none. */
export function serviceRoom(place: { paths: StatePaths; env: NodeJS.ProcessEnv; clock: Clock }): ServiceRoom {
  const { paths, env, clock } = place;
  const manager = openService(place);
  const refusal = async (variables: Readonly<Record<string, string>>) => {
    const { startRefusal } = await import('./service-install.ts');
    return startRefusal({ paths, env, plan: { env: variables } });
  };
  return { manager, desk: new ServiceDesk({ manager, watch: gatewayWatch(paths, clock), clock, refusal }) };
}
