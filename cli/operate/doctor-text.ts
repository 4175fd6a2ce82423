import { isDeepStrictEqual } from 'node:util';
import { doctorMessages } from '../../core/messages/doctor-messages.ts';
import type { Language } from '../../core/messages/language.ts';
import type { ServiceProblem } from '../../core/service/service-manager.ts';
import { changeDocument, changeLines } from '../../core/verdict/change-words.ts';
import type { Diagnosis, DoctorReport } from '../../core/verdict/doctor.ts';
import { kindOf } from '../../core/verdict/findings.ts';
import { wordsFor } from '../../core/verdict/words.ts';
import type { Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { problemLines, problemText, type Wording } from '../service-text.ts';
import { wrapLines, wrapWidth } from '../text-width.ts';
import { findingDocument, findingLines, verdictDocument } from './verdict-text.ts';

type Told = Pick<Invocation, 'language' | 'output'> & { home: string; wording: Wording };

/** Everything that is wrong, the verdict first, each with what would be or was changed. */
export function doctorLines(report: DoctorReport, told: Told, commands: Commands): string[] {
  const say = doctorMessages.in(told.language);
  const { diagnoses } = report;
  if (diagnoses.length === 0) return [told.output.style.green(say('healthy'))];
  const lines = diagnoses.flatMap((one, index) => {
    const isRepeated = diagnoses.findIndex(({ changes }) => isDeepStrictEqual(changes, one.changes)) < index;
    return [...diagnosisLines(one, { report, isRepeated }, told), ''];
  });
  const hint = hintOf(diagnoses, commands, told.language);
  return hint ? [...lines, ...wrapLines(hint, told.output.width)] : lines.slice(0, -1);
}

/** To be pasted. */
export interface Commands {
  fix: string;
  undo: string;
}

const obstacleLines = (obstacle: ServiceProblem, { wording, output }: Told): string[] =>
  problemLines(obstacle, wording).flatMap((line) =>
    wrapLines(safeText(line), output.width - 2).map((part) => `  ${part}`),
  );

function hintOf(diagnoses: readonly Diagnosis[], { fix, undo }: Commands, language: Language) {
  const say = doctorMessages.in(language);
  if (diagnoses.some(({ state }) => state !== 'open')) return say('undoHint', { command: undo });
  const canMend = diagnoses.some(({ changes }) => changes.length > 0);
  return canMend ? say('dryRun', { command: fix }) : undefined;
}

function diagnosisLines(
  diagnosis: Diagnosis,
  { report: { inspection }, isRepeated }: { report: DoctorReport; isRepeated: boolean },
  told: Told,
): string[] {
  const { finding, state, changes } = diagnosis;
  const { output, language } = told;
  const say = doctorMessages.in(language);
  const indented = changes.flatMap((one) => changeLines(one, told)).map((line) => `  ${safeText(line)}`);
  const obstacle = diagnosis.obstacle ? obstacleLines(diagnosis.obstacle, told) : [];
  if (state === 'open') {
    const lines = findingLines(finding, inspection.fix, told);
    const shown = isRepeated ? [say('sameChange')] : [say('wouldChange'), ...indented];
    const more = indented.length > 0 ? shown : [say('byHand')];
    return [...lines, ...(obstacle.length > 0 ? [say('inTheWay'), ...obstacle] : more)];
  }
  const { problem } = wordsFor(finding, inspection.fix, language);
  const text = safeText(say(state, { text: `${problem} (${finding.code})` }));
  const paint = state === 'fixed' ? output.style.green : output.style.red;
  return [...wrapWidth(text, output.width).map(paint), say('changed'), ...indented, ...obstacle];
}

/** The same for programs. Diffs hold no secret; the files themselves may, so they are not in it. */
export function doctorDocument({ inspection, diagnoses }: DoctorReport, wording: Wording): object {
  const { verdict, fix } = inspection;
  return {
    ok: verdict.ok,
    verdict: verdictDocument(verdict, fix),
    findings: diagnoses.map(({ finding, state, changes, obstacle }) => ({
      code: finding.code,
      layer: kindOf(finding.code).layer,
      state,
      ...findingDocument(finding, fix),
      changes: changes.map(changeDocument),
      ...(obstacle && { obstacle: { code: obstacle.code, ...problemText(obstacle, wording) } }),
    })),
  };
}
