import { displayPath } from '../../core/config/paths.ts';
import { doctorMessages } from '../../core/messages/doctor-messages.ts';
import type { Language } from '../../core/messages/language.ts';
import { actOf, changeDiff, changeWords, octal } from '../../core/verdict/change-words.ts';
import type { Diagnosis, DoctorReport } from '../../core/verdict/doctor.ts';
import type { FileChange } from '../../core/verdict/file-change.ts';
import { kindOf } from '../../core/verdict/findings.ts';
import { wordsFor } from '../../core/verdict/words.ts';
import type { Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { wrapWidth } from '../text-width.ts';
import { findingDocument, findingLines, verdictDocument } from './verdict-text.ts';

type Told = Pick<Invocation, 'language' | 'output'> & { home: string };

/** What a change does, in one line, and below it the lines that go and come; no secret is in them. */
export function changeLines(change: FileChange, { language, home }: Told): string[] {
  const { text, diff } = changeWords(change, language, home);
  return [text, ...diff.map((line) => `  ${line}`)];
}

/** Everything that is wrong, the verdict first, each with what would be or was changed. */
export function doctorLines(report: DoctorReport, told: Told, commands: Commands): string[] {
  const say = doctorMessages.in(told.language);
  const { diagnoses } = report;
  if (diagnoses.length === 0) return [told.output.style.green(say('healthy'))];
  const lines = diagnoses.flatMap((one) => [...diagnosisLines(one, report, told), '']);
  const hint = hintOf(diagnoses, commands, told.language);
  return hint ? [...lines, ...wrapWidth(hint, told.output.width)] : lines.slice(0, -1);
}

/** To be pasted. */
export interface Commands {
  fix: string;
  undo: string;
}

function hintOf(diagnoses: readonly Diagnosis[], { fix, undo }: Commands, language: Language) {
  const say = doctorMessages.in(language);
  if (diagnoses.some(({ state }) => state !== 'open')) return say('undoHint', { command: undo });
  const canMend = diagnoses.some(({ changes }) => changes.length > 0);
  return canMend ? say('dryRun', { command: fix }) : undefined;
}

function diagnosisLines(diagnosis: Diagnosis, { inspection }: DoctorReport, told: Told): string[] {
  const { finding, state, changes } = diagnosis;
  const { output, language } = told;
  const say = doctorMessages.in(language);
  const indented = changes.flatMap((one) => changeLines(one, told)).map((line) => `  ${safeText(line)}`);
  if (state === 'open') {
    const told_ = findingLines(finding, inspection.fix, told);
    return indented.length > 0 ? [...told_, say('wouldChange'), ...indented] : told_;
  }
  const { problem } = wordsFor(finding, inspection.fix, language);
  const text = safeText(say(state, { text: `${problem} (${finding.code})` }));
  const paint = state === 'fixed' ? output.style.green : output.style.red;
  return [...wrapWidth(text, output.width).map(paint), say('changed'), ...indented];
}

/** The same for programs. Diffs hold no secret; the files themselves may, so they are not in it. */
export function doctorDocument({ inspection, diagnoses }: DoctorReport, home: string): object {
  const { verdict, fix } = inspection;
  return {
    ok: verdict.ok,
    verdict: verdictDocument(verdict, fix),
    findings: diagnoses.map(({ finding, state, changes }) => ({
      code: finding.code,
      layer: kindOf(finding.code).layer,
      state,
      ...findingDocument(finding, fix),
      changes: changes.map((change) => changeDocument(change, home)),
    })),
  };
}

export function changeDocument(change: FileChange, home: string): object {
  const path = displayPath(change.path, home);
  if (change.kind === 'mode')
    return { action: 'mode', path, before: octal(change.before), after: octal(change.after) };
  const diff = changeDiff(change);
  return { action: actOf(change), path, ...(diff && { diff }) };
}
