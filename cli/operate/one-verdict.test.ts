import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findingMessages } from '../../core/messages/finding-messages.ts';
import { LANGUAGES } from '../../core/messages/language.ts';
import { examine } from '../../core/verdict/doctor.ts';
import type { Finding } from '../../core/verdict/evidence.ts';
import { FINDING_CODES, type FixContext, kindOf } from '../../core/verdict/findings.ts';
import type { Inspection } from '../../core/verdict/inspect-gateway.ts';
import { LAYERS } from '../../core/verdict/layers.ts';
import { arbitraryEvidence, arbitraryFix } from '../../core/verdict/testing/arbitrary-evidence.ts';
import { judge } from '../../core/verdict/verdict.ts';
import { wordsFor } from '../../core/verdict/words.ts';
import type { Output } from '../output.ts';
import { safeText } from '../output.ts';
import type { Wording } from '../service-text.ts';
import { displayWidth } from '../text-width.ts';
import { doctorDocument, doctorLines } from './doctor-text.ts';
import { verdictDocument, verdictLines } from './verdict-text.ts';

const same = (text: string): string => text;
const style = { bold: same, dim: same, red: same, green: same, yellow: same };
const wording: Wording = { language: 'en', command: 'openclaw', show: same };
const output = { width: 80, style } as Output;

interface Told {
  ok: boolean;
  code: string;
  layer?: string;
  fix?: { text: string; command?: string };
}

/** The doctor as it sees this evidence, with nothing that it could mend. */
const diagnose = (inspection: Inspection) =>
  examine({
    look: async () => inspection,
    plan: async () => ({ changes: [] }),
    apply: async () => undefined,
  });

/** Without the line breaks that the width asks for. */
const joined = (lines: readonly string[]): string => lines.join('').replace(/\s/g, '');

test('command line, JSON and doctor name the same layer, code and fix for whatever was seen', async () => {
  const property = fc.asyncProperty(arbitraryEvidence, arbitraryFix, async (evidence, fix) => {
    const verdict = judge(evidence);
    const inspection = { verdict, fix };
    const report = await diagnose(inspection);
    const document = verdictDocument(verdict, fix) as unknown as Told;
    const doctor = doctorDocument(report, wording) as { verdict: Told; findings: Told[] };
    expect(doctor.verdict).toEqual(document);
    const { finding, layer } = verdict;
    expect(document).toMatchObject({ ok: verdict.ok, code: finding?.code ?? 'OK', ...(layer && { layer }) });
    if (!finding || !layer) return;
    const first = doctor.findings[0];
    expect(first).toMatchObject({ code: finding.code, layer, fix: document.fix });
    for (const language of LANGUAGES) {
      const told = { language, output, home: '/home', wording };
      const words = wordsFor(finding, fix, language);
      const texts = [
        verdictLines(verdict, fix, told),
        doctorLines(report, told, { fix: 'openclaw doctor --fix', undo: 'openclaw doctor --undo' }),
      ];
      for (const lines of texts) {
        const text = joined(lines);
        expect(text).toContain(joined([safeText(words.problem)]));
        expect(text).toContain(`(${finding.code})`);
        expect(text).toContain(joined([safeText(words.fix)]));
        if (words.command) expect(lines.map((line) => line.trim())).toContain(words.command.trim());
      }
      if (language === 'en') expect(document.fix?.command).toBe(words.command);
    }
  });
  await fc.assert(property, { numRuns: 300 });
});

const VALUES: Finding['values'] = {
  reason: 'the reason',
  path: 'gateway.mode',
  service: 18_789,
  here: '/home/ana/.openclaw',
  config: 18_790,
  fix: 'openclaw config set gateway.mode local',
  mode: '0755',
  name: 'openclaw-gateway.service',
  detail: 'state failed',
  pid: 4711,
  port: 18_789,
  running: 18_790,
  holder: 'pid 1 root: node',
  target: 'user@host',
  url: 'ws://gateway:18789',
  other: 'wss://gateway:18789',
  host: 'gateway',
  status: 503,
  expected: 'AB:CD',
  actual: 'CD:AB',
  seconds: 30,
  requestId: 'req-1',
  scope: 'operator.read',
  method: 'status',
};

const origins = [undefined, 'flag', 'environment', 'remote', 'local'] as const;
const contexts: FixContext[] = [true, false].flatMap((isLocal) =>
  [true, false].flatMap((hasService) =>
    origins.map((origin) => ({
      command: 'openclaw',
      isLocal,
      hasService,
      freePort: 18_790,
      ...(origin && { origin }),
    })),
  ),
);

test.each(FINDING_CODES)('%s belongs to a layer and is told in every language without gaps', (code) => {
  expect(LAYERS).toContain(kindOf(code).layer);
  for (const context of contexts) {
    for (const language of LANGUAGES) {
      const { problem, fix, command, mender } = wordsFor({ code, values: VALUES }, context, language);
      for (const text of [problem, fix, mender, command ?? 'none']) {
        expect(text).not.toMatch(/[{}]|undefined/);
        expect(text).not.toBe('');
      }
      expect(displayWidth(`  ${command ?? ''}`)).toBeLessThanOrEqual(80);
    }
  }
});

/** As long as they get. */
const LONG: Finding['values'] = {
  ...VALUES,
  reason: `gateway.tls.keyPath: ${'Invalid input: expected string, received number. '.repeat(3)}`,
  path: `/home/ana/${'a-directory/'.repeat(8)}openclaw.json`,
  holder: `pid 4711 ana: node ${'/opt/some/where/'.repeat(5)}server.js --listen (127.0.0.1:18789)`,
  expected: 'ab'.repeat(32),
  actual: 'cd'.repeat(32),
};

test.each(FINDING_CODES)(
  '%s is printed in lines of 80 columns, but for a command or a word that is longer',
  (code) => {
    for (const context of contexts.map((one) => ({ ...one, command: 'openclaw --profile a-long-name' })))
      for (const language of LANGUAGES) {
        const told = { language, output, home: '/home', wording };
        const finding: Finding = { code, values: LONG };
        const verdict = { ok: false, finding, layer: kindOf(code).layer, evidence: [], warnings: [finding] };
        for (const line of verdictLines(verdict, context, told)) {
          const isOneWord = !/\s/.test(line.trim());
          if (!/^ +openclaw /.test(line) && !isOneWord)
            expect(displayWidth(line), line).toBeLessThanOrEqual(80);
          // A command is not broken: its program and what it is to do stand on one line.
          expect(line).not.toMatch(/(^|\s)openclaw( --profile \S+)?$/);
        }
      }
  },
);

test('a port that was asked for is part of the commands that start a gateway on it', () => {
  const context = { command: 'openclaw', isLocal: true, hasService: false, freePort: 1, port: 19_555 };
  const commandOf = (code: Finding['code'], more = {}) =>
    wordsFor({ code, values: VALUES }, { ...context, ...more }, 'en').command;
  expect(commandOf('GATEWAY_NOT_RUNNING')).toBe('openclaw gateway run --port 19555');
  expect(commandOf('HTTP_SILENT')).toBe('openclaw gateway run --force --port 19555');
  expect(commandOf('GATEWAY_STARTING')).toBe('openclaw gateway wait-ready --port 19555');
  expect(commandOf('SERVICE_PORT_DIFFERS')).toBe('openclaw gateway install --force --port 19555');
  expect(commandOf('GATEWAY_NOT_RUNNING', { hasService: true })).toBe('openclaw gateway start');
});

test('there are no words for a code that does not exist', () => {
  const known = new Set<string>([
    'SERVICE_DRIFT_FIX',
    ...FINDING_CODES.flatMap((code) => [
      code,
      ...['', '_HERE', '_FLAG', '_ENVIRONMENT', '_REMOTE', '_LOCAL'].map((end) => `${code}_FIX${end}`),
    ]),
  ]);
  expect(Object.keys(findingMessages.texts.en).filter((key) => !known.has(key))).toEqual([]);
});

test('commands for another machine carry no profile of this one', () => {
  for (const code of FINDING_CODES) {
    const context = { command: 'openclaw --profile work', isLocal: false, hasService: false, freePort: 0 };
    const { fix } = wordsFor({ code, values: VALUES }, context, 'en');
    expect(fix).not.toContain('--profile');
  }
});
