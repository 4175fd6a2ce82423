import type { Listener } from '../../core/host/port-holder.ts';
import type { ServiceFacts } from '../../core/service/service-facts.ts';
import type { Invocation } from '../invocation.ts';
import type { Settings } from '../settings.ts';
import type { Target } from '../target.ts';

/** The service of the profile; undefined where no service manager is known. */
export async function serviceOf(
  _: Pick<Invocation, 'cli' | 'globals'>,
  __: Settings,
): Promise<ServiceFacts | undefined> {
  return undefined;
}

/** What `--deep` looks for beside the gateway that was asked for. */
export async function extraFacts(
  target: Target,
): Promise<{ services: ServiceFacts[]; gateways: Listener[] }> {
  const { strayGateways } = await import('../../core/host/stray-gateways.ts');
  return { services: [], gateways: await strayGateways(target.port) };
}
