import type { Listener } from '../../core/host/port-holder.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { driftSubject } from '../../core/service/drift-subject.ts';
import { openService, systemWideService } from '../../core/service/open-service.ts';
import { serviceDrift } from '../../core/service/service-drift.ts';
import type { ServiceFacts } from '../../core/service/service-facts.ts';
import type { SeenService } from '../../core/verdict/local-look.ts';
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
export async function serviceOf(
  invocation: Asked,
  { settings, config, target, limitMs }: Seen,
): Promise<SeenService | undefined> {
  const { paths } = settings;
  const facts = await factsOf(invocation, settings, limitMs);
  if (facts === undefined) return undefined;
  const { file } = config;
  const subject = await driftSubject({ facts, file, paths, port: target.port, home: paths.home });
  return { facts, drift: subject ? serviceDrift(subject) : [] };
}

async function factsOf(
  invocation: Asked,
  settings: Settings,
  limitMs: number,
): Promise<ServiceFacts | undefined> {
  try {
    return await openService({ ...placeOf(invocation, settings), limitMs }).facts();
  } catch (error) {
    if (error instanceof RpcError && error.code === 'NOT_AVAILABLE') return undefined;
    throw error;
  }
}

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
