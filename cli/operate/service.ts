import type { Listener } from '../../core/host/port-holder.ts';
import type { ServiceFacts } from '../../core/service/service-facts.ts';
import type { Invocation } from '../invocation.ts';
import type { Settings } from '../settings.ts';
import type { Target } from '../target.ts';

export async function serviceOf(
  _: Pick<Invocation, 'cli' | 'globals'>,
  __: Settings,
): Promise<ServiceFacts | undefined> {
  return undefined;
}

export async function extraFacts(
  _: Pick<Invocation, 'cli' | 'globals'>,
  __: Settings,
  ___: Target,
): Promise<{ services: ServiceFacts[]; gateways: Listener[] }> {
  return { services: [], gateways: [] };
}
