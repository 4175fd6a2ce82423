import type { ServiceProblem } from '../service/service-manager.ts';
import type { Finding } from './evidence.ts';
import type { Change } from './file-change.ts';
import type { Inspection } from './inspect-gateway.ts';

/** What a doctor does; the shell gives it eyes and hands. */
export interface DoctorParts {
  look(): Promise<Inspection>;
  /** Changes that would mend it; empty where a person has to. */
  plan(finding: Finding, inspection: Inspection): Promise<Treatment>;
  /** Makes them, after it has kept what undoes them; what stood in the way is told. */
  apply(changes: readonly Change[]): Promise<ServiceProblem | undefined>;
}

/** What would mend a finding. */
export interface Treatment {
  changes: Change[];
  /** What keeps it from being mended here. */
  obstacle?: ServiceProblem;
}

/** `open`: it would be mended by `changes`, or by a person when there are none. `failed`: mended, and there still. */
export interface Diagnosis extends Treatment {
  finding: Finding;
  state: 'open' | 'fixed' | 'failed';
}

export interface DoctorReport {
  /** After everything that was done. */
  inspection: Inspection;
  diagnoses: Diagnosis[];
}

/** All that is wrong: first what the verdict says, then its warnings, then what is hidden behind the first. */
export function findingsOf({ verdict }: Inspection): Finding[] {
  const hidden = verdict.evidence.flatMap(({ state, finding }) =>
    state === 'broken' && finding ? [finding] : [],
  );
  return [...new Set([...(verdict.finding ? [verdict.finding] : []), ...verdict.warnings, ...hidden])];
}

/** Says what is wrong and what would be changed; changes nothing. */
export async function examine(parts: DoctorParts): Promise<DoctorReport> {
  const inspection = await parts.look();
  return { inspection, diagnoses: await openDiagnoses(parts, inspection, []) };
}

/**
 * Mends what it understands, one finding at a time and the first one first, and looks again after each: what was
 * hidden behind it comes to light, and what is still there was not mended.
 */
export async function mend(parts: DoctorParts): Promise<DoctorReport> {
  const treated: Diagnosis[] = [];
  let inspection = await parts.look();
  for (;;) {
    if (isShutOut(inspection)) break;
    const next = (await openDiagnoses(parts, inspection, treated)).find(({ changes }) => changes.length > 0);
    if (!next) break;
    const obstacle = await parts.apply(next.changes);
    inspection = await parts.look();
    const isThere = findingsOf(inspection).some((finding) => isSame(finding, next.finding));
    treated.push({ ...next, state: isThere ? 'failed' : 'fixed', ...(obstacle && { obstacle }) });
    if (obstacle) break;
  }
  return { inspection, diagnoses: [...treated, ...(await openDiagnoses(parts, inspection, treated))] };
}

/** Where nothing can be written nothing could be taken back either. */
const isShutOut = (inspection: Inspection): boolean =>
  findingsOf(inspection).some(({ code }) => code === 'STATE_DENIED' || code === 'STATE_NOT_A_DIRECTORY');

async function openDiagnoses(
  { plan }: DoctorParts,
  inspection: Inspection,
  treated: readonly Diagnosis[],
): Promise<Diagnosis[]> {
  const findings = findingsOf(inspection).filter(
    (finding) => !treated.some((one) => isSame(one.finding, finding)),
  );
  return Promise.all(
    findings.map(async (finding) => ({
      finding,
      state: 'open' as const,
      ...(await plan(finding, inspection)),
    })),
  );
}

/** Port numbers and reasons may differ from look to look; what it is about does not. */
const isSame = (one: Finding, other: Finding): boolean =>
  one.code === other.code && one.values.path === other.values.path;
