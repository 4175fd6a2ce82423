import { serviceRoom } from '../../core/host/service-room.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import type { ServiceProblem } from '../../core/service/service-manager.ts';
import {
  applyServiceChange,
  isAsLeft,
  type RepairParts,
  type ServiceChange,
} from '../../core/service/service-repair.ts';
import type { DoctorParts } from '../../core/verdict/doctor.ts';
import { applyChange, type Change, isMade } from '../../core/verdict/file-change.ts';
import { planRepair, type RepairPlace } from '../../core/verdict/repair.ts';
import { saveUndo } from '../../core/verdict/undo-file.ts';
import { prepareInstall } from '../actions/service-install.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { pathsOf } from '../settings.ts';
import { type LookHere, lookHere } from './look-here.ts';

type Doctor = Invocation<QueryOptions>;

/** The eyes and hands of a doctor on this machine. */
export function doctorParts(invocation: Doctor): DoctorParts {
  const { options } = invocation;
  const { trayDir } = pathsOf(invocation);
  const service = repairParts(invocation);
  const seen = new Map<object, LookHere>();
  const done: Change[] = [];
  return {
    async look() {
      const look = await lookHere(invocation, { probe: true, timeoutMs: options.timeout ?? 10_000 });
      seen.set(look.inspection, look);
      return look.inspection;
    },
    async plan(finding, inspection) {
      const look = seen.get(inspection);
      if (!look || !inspection.local) return { changes: [] };
      return planRepair(placeOf(invocation, look, service), finding, inspection.fix);
    },
    async apply(changes) {
      for (const change of changes) {
        await saveUndo(trayDir, [...done, change]);
        const { made, problem } = await make(change, service);
        if (made) done.push(made);
        await saveUndo(trayDir, done);
        if (problem) return problem;
      }
      return undefined;
    },
  };
}

async function make(
  change: Change,
  service: RepairParts | undefined,
): Promise<{ made?: Change; problem?: ServiceProblem }> {
  if (change.kind === 'service') return service ? applyServiceChange(service, change) : {};
  await applyChange(change);
  return { made: change };
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
function repairParts(invocation: Doctor): RepairParts | undefined {
  const { env, clock } = invocation.cli;
  try {
    const room = serviceRoom({ paths: pathsOf(invocation), env, clock });
    return { ...room, prepare: () => prepareInstall(invocation, {}) };
  } catch (error) {
    if (error instanceof RpcError && error.code === 'NOT_AVAILABLE') return undefined;
    throw error;
  }
}

/** Makes a change that takes another one back. Throws what keeps it from being made. */
export async function takeBack(invocation: Doctor, change: Change, tell: Tell): Promise<void> {
  if (change.kind !== 'service') {
    if (!(await isMade(change))) await applyChange(change);
    return;
  }
  const service = repairParts(invocation);
  if (service) await restore(service, change, tell);
}

/** A problem in the words of the reader. */
type Tell = (problem: ServiceProblem) => string;

async function restore({ manager }: RepairParts, change: ServiceChange, tell: Tell): Promise<void> {
  const { before, after, service } = change;
  const isOurs = (await isAsLeft(manager, before)) || (await isAsLeft(manager, after));
  if (!isOurs)
    throw new RpcError(
      'STORE_UNUSABLE',
      `${service} has been changed by somebody else, so it was left alone.`,
    );
  const problem = (await manager.check()) ?? (await manager.restore(after));
  if (problem) throw new RpcError('NOT_AVAILABLE', tell(problem));
}
