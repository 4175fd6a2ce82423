import type { Listener } from '../../core/host/port-holder.ts';
import { systemWideService } from '../../core/service/seen-service.ts';
import type { ServiceFacts } from '../../core/service/service-facts.ts';
import type { SeenService } from '../../core/verdict/local-look.ts';
import { lookAtService } from '../../core/verdict/service-look.ts';
import type { Invocation } from '../invocation.ts';
import type { Settings } from '../settings.ts';
import type { Target } from '../target.ts';
import type { CheckedConfig } from './subject.ts';

type Asked = Pick<Invocation, 'cli' | 'globals'>;

const placeOf = ({ cli }: Asked, { paths }: Settings) => ({ paths, env: cli.env, clock: cli.clock });

interface Seen {
  settings: Settings;
  config: CheckedConfig;
  target: Target;
  /** Milliseconds that a service manager gets for its answer. */
  limitMs: number;
}

/** The service of the profile, and where it differs from the configuration; undefined where no manager is known. */
export const serviceOf = (
  invocation: Asked,
  { settings, config, target, limitMs }: Seen,
): Promise<SeenService | undefined> =>
  lookAtService({ ...placeOf(invocation, settings), file: config.file, port: target.port, limitMs });

/** What `--deep` looks for beside the gateway that was asked for. */
export async function extraFacts(
  invocation: Asked,
  settings: Settings,
  port: number,
): Promise<{ services: ServiceFacts[]; gateways: Listener[] }> {
  const { strayGateways } = await import('../../core/host/stray-gateways.ts');
  const [service, gateways] = await Promise.all([
    systemWideService(placeOf(invocation, settings)),
    strayGateways(port),
  ]);
  const isThere = service !== undefined && service.state !== 'not-installed' && service.command !== undefined;
  return { services: isThere ? [service] : [], gateways };
}
