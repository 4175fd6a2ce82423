import { describe, expect, test } from 'vitest';
import { placesIn } from '../core/messages/catalogue.ts';
import { LANGUAGES } from '../core/messages/language.ts';
import { serviceDriftMessages } from '../core/messages/service-drift-messages.ts';
import { serviceMessages } from '../core/messages/service-messages.ts';
import { serviceProblemMessages } from '../core/messages/service-problem-messages.ts';
import { SERVICE_FINDINGS } from '../core/service/service-drift.ts';
import { SERVICE_NOTES, SERVICE_PROBLEMS } from '../core/service/service-manager.ts';
import { noteText, problemLines, problemText } from './service-text.ts';
import { displayWidth } from './text-width.ts';

/** As short as they may come, so that what is left is what we say ourselves. */
const VALUES = {
  command: 'openclaw',
  service: 'openclaw-gateway.service',
  seconds: 60,
  pid: 12345,
  port: 18789,
  user: 'ann',
  uid: 1000,
  file: '~/x',
  path: 'gateway.auth.token',
  what: '~/x',
  ours: '/home/ann',
  theirs: '/root',
  program: 'systemctl',
  owner: 'other',
  reason: 'x',
  detail: 'x',
  who: 'x',
  state: 'x',
  exit: '78',
  mode: 'remote',
  runtime: 'bun',
  fix: 'x',
};

describe.each(LANGUAGES)('in %s', (language) => {
  const wording = { language, command: 'openclaw', show: (path: string) => path };
  const lines = (text: string): string[] => text.split('\n');

  test.each(SERVICE_PROBLEMS)('%s and its fix are said in lines of 80 columns with every value', (code) => {
    const shown = problemLines({ code, values: VALUES }, wording);
    expect(shown.some((line) => /^(Fix: |修复：)./.test(line))).toBe(true);
    for (const line of shown) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(80);
      expect(placesIn(line)).toEqual([]);
    }
  });

  test.each(SERVICE_NOTES)('%s is said in lines of 80 columns with every value', (code) => {
    for (const line of lines(noteText({ code, values: VALUES }, wording))) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(80);
      expect(placesIn(line)).toEqual([]);
    }
  });
});

test('every code has words, and no words are left over', () => {
  const problems = Object.keys(serviceProblemMessages.texts.en);
  expect(problems.filter((key) => !key.endsWith('_FIX')).sort()).toEqual([...SERVICE_PROBLEMS].sort());
  const codes = (keys: string[]) => keys.filter((key) => /^[A-Z_]+$/.test(key)).sort();
  expect(codes(Object.keys(serviceMessages.texts.en))).toEqual([...SERVICE_NOTES].sort());
  expect(codes(Object.keys(serviceDriftMessages.texts.en))).toEqual([...SERVICE_FINDINGS].sort());
});

test('what mends a failed command of the service manager is a command of ours', () => {
  const wording = { language: 'en' as const, command: 'openclaw', show: (path: string) => path };
  for (const code of ['MANAGER_DENIED', 'MANAGER_SILENT', 'MANAGER_FAILED'] as const) {
    const values = { command: 'systemctl --user start x', detail: 'd' };
    const { text, hints } = problemText({ code, values }, wording);
    expect(text).toContain('systemctl --user start x');
    expect(hints.join(' ')).toContain('openclaw gateway run');
  }
});
