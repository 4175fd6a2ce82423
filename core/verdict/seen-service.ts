import type { StatePaths } from '../config/paths.ts';
import type { ConfigFile } from '../config/read.ts';
import type { Clock } from '../lib/clock.ts';
import { RpcError } from '../protocol/errors.ts';
import { driftSubject } from '../service/drift-subject.ts';
import { openService } from '../service/open-service.ts';
import { serviceDrift } from '../service/service-drift.ts';
import type { ServiceFacts } from '../service/service-facts.ts';
import type { SeenService } from './local-look.ts';

export interface ServicePlace {
  paths: StatePaths;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  file: ConfigFile;
  /** Where commands here would look for the gateway. */
  port: number;
}

/** The service of the profile, and where it differs from the configuration; undefined where no manager is known. */
export async function seenService(place: ServicePlace): Promise<SeenService | undefined> {
  const { paths, file, port } = place;
  const facts = await factsOf(place);
  if (facts === undefined) return undefined;
  const subject = await driftSubject({ facts, file, paths, port, home: paths.home });
  return { facts, drift: subject ? serviceDrift(subject) : [] };
}

async function factsOf(place: ServicePlace): Promise<ServiceFacts | undefined> {
  try {
    return await openService(place).facts();
  } catch (error) {
    if (error instanceof RpcError && error.code === 'NOT_AVAILABLE') return undefined;
    throw error;
  }
}
