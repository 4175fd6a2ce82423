import type { DoctorParts } from './doctor.ts';
import { applyChange, type FileChange } from './file-change.ts';
import type { Inspection } from './inspect-gateway.ts';
import { planRepair, type RepairPlace } from './repair.ts';
import { saveUndo } from './undo-file.ts';

/** One look at a gateway, and the installation to be mended if it is of this machine. */
export interface DoctorSight {
  inspection: Inspection;
  place: RepairPlace;
}

/** The doctor of every shell: it mends files, and keeps what undoes all that it has done since it was made. */
export function doctorParts(trayDir: string, look: () => Promise<DoctorSight>): DoctorParts {
  const seen = new Map<object, DoctorSight>();
  const done: FileChange[] = [];
  return {
    async look() {
      const sight = await look();
      seen.set(sight.inspection, sight);
      return sight.inspection;
    },
    async plan(finding, inspection) {
      const sight = seen.get(inspection);
      return sight && inspection.local ? planRepair(sight.place, finding, inspection.fix) : [];
    },
    async apply(changes) {
      for (const change of changes) {
        done.push(change);
        await saveUndo(trayDir, done);
        await applyChange(change);
      }
    },
  };
}
