import { displayPath } from '../config/paths.ts';
import { doctorMessages } from '../messages/doctor-messages.ts';
import type { Language } from '../messages/language.ts';
import { publicDefinition } from '../service/public-definition.ts';
import type { ServiceChange } from '../service/service-repair.ts';
import { diffLines } from './change-text.ts';
import type { Change, FileChange } from './file-change.ts';

interface Told {
  language: Language;
  home: string;
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** What a change does, in one line, and below it the lines that go and come; no secret is in them. */
export function changeLines(change: Change, told: Told): string[] {
  if (change.kind === 'service') return serviceLines(change, told);
  const say = doctorMessages.in(told.language);
  const path = displayPath(change.path, told.home);
  if (change.kind === 'mode')
    return [say('mode', { path, before: octal(change.before), after: octal(change.after) })];
  const { before, after, isPlain = false } = change;
  const head = say(actOf(change), { path });
  if (isPlain) return [head];
  return [head, ...indented(diffLines(before ?? '', after ?? ''))];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function actOf({ before, after, isPlain }: FileChange & { kind: 'text' }) {
  if (after === null) return 'remove';
  if (before !== null) return 'write';
  return isPlain ? 'copy' : 'create';
}

/** The definition first, then whether it starts by itself, then whether it runs. */
function serviceLines(change: ServiceChange, { language, home }: Told): string[] {
  const say = doctorMessages.in(language);
  const { service, before, after } = change;
  return [
    ...definitionDiffs(change).flatMap(({ path, diff }) => [
      say('write', { path: displayPath(path, home) }),
      ...indented(diff),
    ]),
    ...(before.isEnabled === after.isEnabled
      ? []
      : [say(after.isEnabled ? 'enable' : 'disable', { service })]),
    ...(before.isRunning === after.isRunning ? [] : [say(after.isRunning ? 'start' : 'stop', { service })]),
  ];
}

function definitionDiffs({ before, after }: ServiceChange): { path: string; diff: string[] }[] {
  const paths = [...new Set([...Object.keys(before.texts), ...Object.keys(after.texts)])];
  return paths
    .filter((path) => before.texts[path] !== after.texts[path])
    .map((path) => {
      const [old, next] = [before.texts[path] ?? '', after.texts[path] ?? ''].map(publicDefinition);
      return { path, diff: diffLines(old ?? '', next ?? '', (line) => line) };
    });
}

/** The same for programs. Diffs hold no secret; the files themselves may, so they are not in it. */
export function changeDocument(change: Change): object {
  if (change.kind === 'service') {
    const { service, before, after } = change;
    return {
      action: 'service',
      service,
      files: definitionDiffs(change),
      enabled: { before: before.isEnabled, after: after.isEnabled },
      running: { before: before.isRunning, after: after.isRunning },
    };
  }
  const { path } = change;
  if (change.kind === 'mode')
    return { action: 'mode', path, before: octal(change.before), after: octal(change.after) };
  const { before, after, isPlain } = change;
  const diff = isPlain ? undefined : diffLines(before ?? '', after ?? '');
  return { action: actOf(change), path, ...(diff && { diff }) };
}
