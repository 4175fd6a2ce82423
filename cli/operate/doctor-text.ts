import { doctorMessages } from '../../core/messages/doctor-messages.ts';
import type { Language } from '../../core/messages/language.ts';
import { diffLines } from '../../core/verdict/change-text.ts';
import type { Diagnosis, DoctorReport } from '../../core/verdict/doctor.ts';
import type { FileChange } from '../../core/verdict/file-change.ts';
import { kindOf } from '../../core/verdict/findings.ts';
import { wordsFor } from '../../core/verdict/words.ts';
import type { Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { displayPath } from '../settings.ts';
import { wrapWidth } from '../text-width.ts';
import { findingDocument, findingLines, verdictDocument } from './verdict-text.ts';

type Told = Pick<Invocation, 'language' | 'output'> & { home: string };

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** What a change does, in one line, and below it the lines that go and come; no secret is in them. */
export function changeLines(change: FileChange, { language, home }: Told): string[] {
  const say = doctorMessages.in(language);
  const path = displayPath(change.path, home);
  if (change.kind === 'mode')
    return [say('mode', { path, before: octal(change.before), after: octal(change.after) })];
  const { before, after, isPlain = false } = change;
  const head = say(actOf(change), { path });
  if (isPlain) return [head];
  return [head, ...diffLines(before ?? '', after ?? '').map((line) => `  ${line}`)];
}

function actOf({ before, after, isPlain }: FileChange & { kind: 'text' }) {
  if (after === null) return 'remove';
  if (before !== null) return 'write';
  return isPlain ? 'copy' : 'create';
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
  const { before, after, isPlain } = change;
  const diff = isPlain ? undefined : diffLines(before ?? '', after ?? '');
  return { action: actOf(change), path, ...(diff && { diff }) };
}
