import { displayPath } from '../config/paths.ts';
import { doctorMessages } from '../messages/doctor-messages.ts';
import type { Language } from '../messages/language.ts';
import { diffLines } from './change-text.ts';
import type { FileChange } from './file-change.ts';

/** What a change does, in one line, and the lines that go and come; no secret is in them. */
export interface ChangeWords {
  text: string;
  diff: string[];
}

export const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** Paths below `home` begin with ~. */
export function changeWords(change: FileChange, language: Language, home: string): ChangeWords {
  const say = doctorMessages.in(language);
  const path = displayPath(change.path, home);
  if (change.kind === 'mode') {
    const { before, after } = change;
    return { text: say('mode', { path, before: octal(before), after: octal(after) }), diff: [] };
  }
  return { text: say(actOf(change), { path }), diff: changeDiff(change) ?? [] };
}

/** Undefined for a file whose content says nothing that is not shown elsewhere. */
export const changeDiff = ({
  before,
  after,
  isPlain = false,
}: FileChange & { kind: 'text' }): string[] | undefined =>
  isPlain ? undefined : diffLines(before ?? '', after ?? '');

export function actOf({ before, after, isPlain }: FileChange & { kind: 'text' }) {
  if (after === null) return 'remove';
  if (before !== null) return 'write';
  return isPlain ? 'copy' : 'create';
}
