import { doctorMessages } from '../messages/doctor-messages.ts';
import type { Language } from '../messages/language.ts';
import { RpcError } from '../protocol/errors.ts';
import type { ServiceProblem } from '../service/service-manager.ts';
import {
  applyServiceChange,
  isAsLeft,
  type RepairParts,
  type ServiceChange,
} from '../service/service-repair.ts';
import type { DoctorParts } from './doctor.ts';
import { applyChange, type Change, isMade } from './file-change.ts';
import type { Inspection } from './inspect-gateway.ts';
import { planRepair, type RepairPlace } from './repair.ts';
import { saveUndo } from './undo-file.ts';

/** One look at a gateway, and the installation to be mended if it is of this machine. */
export interface DoctorSight {
  inspection: Inspection;
  place: RepairPlace;
}

/** The doctor of every shell: it mends, and keeps what undoes all that it has done since it was made. */
export function doctorParts(trayDir: string, look: () => Promise<DoctorSight>): DoctorParts {
  const seen = new Map<object, RepairPlace>();
  const done: Change[] = [];
  let service: RepairParts | undefined;
  return {
    async look() {
      const { inspection, place } = await look();
      seen.set(inspection, place);
      service = place.service;
      return inspection;
    },
    async plan(finding, inspection) {
      const place = seen.get(inspection);
      if (!place || !inspection.local) return { changes: [] };
      return planRepair(place, finding, inspection.fix);
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

/** How the reader is told what keeps a change from being taken back. */
export interface UndoWords {
  language: Language;
  /** To be pasted: what takes it back. */
  command: string;
  problem(problem: ServiceProblem): string;
}

/**
 * Makes a change that takes another one back. Throws what keeps it from being made: STORE_UNUSABLE for what somebody
 * else has changed since, NOT_AVAILABLE when the service cannot be reached from here.
 */
export async function takeBack(
  change: Change,
  service: RepairParts | undefined,
  words: UndoWords,
): Promise<void> {
  if (change.kind === 'service') {
    if (!service) throw noService(change, words);
    await restore(service, change, words);
  } else if (!(await isMade(change))) await applyChange(change);
}

function noService({ service }: ServiceChange, { language, command }: UndoWords): RpcError {
  return new RpcError('NOT_AVAILABLE', doctorMessages.in(language)('undoNoService', { service, command }));
}

async function restore({ manager }: RepairParts, change: ServiceChange, words: UndoWords): Promise<void> {
  const { before, after, service } = change;
  const isOurs = (await isAsLeft(manager, before)) || (await isAsLeft(manager, after));
  if (!isOurs)
    throw new RpcError(
      'STORE_UNUSABLE',
      `${service} has been changed by somebody else, so it was left alone.`,
    );
  const problem = (await manager.check()) ?? (await manager.restore(after));
  if (problem) throw new RpcError('NOT_AVAILABLE', words.problem(problem));
}
