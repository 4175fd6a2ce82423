import type { StatePaths } from '../config/paths.ts';
import type { ConfigFile } from '../config/read.ts';
import type { Clock } from '../lib/clock.ts';
import { RpcError } from '../protocol/errors.ts';
import { driftSubject } from '../service/drift-subject.ts';
import { seenService } from '../service/seen-service.ts';
import { serviceDrift } from '../service/service-drift.ts';
import type { ServiceFacts } from '../service/service-facts.ts';
import type { SeenService } from './local-look.ts';

interface ServiceSubject {
  paths: StatePaths;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  file: ConfigFile;
  /** That commands here would use for a gateway of this state directory. */
  port: number;
  /** Milliseconds that a service manager gets for its answer. */
  limitMs?: number | undefined;
}

/** The service of the profile, and where it differs from the configuration; undefined where no manager is known. */
export async function lookAtService(subject: ServiceSubject): Promise<SeenService | undefined> {
  const { paths, file, port } = subject;
  const facts = await factsOf(subject);
  if (facts === undefined) return undefined;
  const drift = await driftSubject({ facts, file, paths, port, home: paths.home });
  return { facts, drift: drift ? serviceDrift(drift) : [] };
}

async function factsOf(subject: ServiceSubject): Promise<ServiceFacts | undefined> {
  try {
    return await seenService(subject);
  } catch (error) {
    if (error instanceof RpcError && error.code === 'NOT_AVAILABLE') return undefined;
    throw error;
  }
}
