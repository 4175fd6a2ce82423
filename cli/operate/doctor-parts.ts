import { serviceRoom } from '../../core/host/service-room.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import type { RepairParts } from '../../core/service/service-repair.ts';
import type { DoctorParts } from '../../core/verdict/doctor.ts';
import { doctorParts } from '../../core/verdict/doctor-parts.ts';
import type { RepairPlace } from '../../core/verdict/repair.ts';
import { prepareInstall } from '../actions/service-install.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { pathsOf } from '../settings.ts';
import { type LookHere, lookHere } from './look-here.ts';

type Doctor = Invocation<QueryOptions>;

/** The eyes and hands of a doctor on this machine. */
export function partsHere(invocation: Doctor): DoctorParts {
  const { options } = invocation;
  const service = repairParts(invocation);
  return doctorParts(pathsOf(invocation).trayDir, async () => {
    const look = await lookHere(invocation, { probe: true, timeoutMs: options.timeout ?? 10_000 });
    return { inspection: look.inspection, place: placeOf(invocation, look, service) };
  });
}

function placeOf(
  { cli, options }: Doctor,
  { settings, target }: LookHere,
  service: RepairParts | undefined,
): RepairPlace {
  const { stateDir, trayDir, configPath } = settings.paths;
  const isPortConfigured =
    options.port === undefined && !settings.env.OPENCLAW_GATEWAY_PORT?.trim() && !target?.portDetail;
  return { stateDir, trayDir, configPath, env: cli.env, isPortConfigured, service };
}

/** Undefined where there is no service manager that is known. */
export function repairParts(invocation: Doctor): RepairParts | undefined {
  const { env, clock } = invocation.cli;
  try {
    const room = serviceRoom({ paths: pathsOf(invocation), env, clock });
    return { ...room, prepare: () => prepareInstall(invocation, {}) };
  } catch (error) {
    if (error instanceof RpcError && error.code === 'NOT_AVAILABLE') return undefined;
    throw error;
  }
}
