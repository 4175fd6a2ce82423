import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServicePlan } from './service-plan.ts';
import { parseEnvironmentFile } from './systemd-environment-file.ts';
import { managerEnvironment } from './systemd-session.ts';
import { parseUnit, renderUnit, unitEnvironment } from './systemd-unit.ts';
import { quoteWord, splitWords } from './systemd-words.ts';

/** Everything but NUL, which no argument and no variable can hold. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom(
        '"',
        "'",
        '\\',
        '%',
        '$',
        ' ',
        '\t',
        '\n',
        '\r',
        ';',
        '#',
        'h',
        'n',
        'ü',
        '网',
        '😀',
      ),
    }),
  )
  .filter((value) => !value.includes('\0'));

const planOf = (argv: readonly [string, ...string[]], env: Record<string, string> = {}): ServicePlan => ({
  names: { unit: 'x.service', label: 'x', task: 'x' },
  description: 'OpenClaw Gateway',
  argv,
  env,
  workingDirectory: '/home/a',
});

describe('a unit', () => {
  test('gives back every argument and variable that was put into it', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(text),
        fc.dictionary(fc.stringMatching(/^[A-Z_]{1,9}$/), text),
        (dir, args, env) => {
          const node = `/opt/${dir}/node`;
          const unit = parseUnit(renderUnit(planOf([node, ...args], env)), {
            h: '/home/a',
            n: 'wrong',
          });
          expect(unit.argv).toEqual([node, ...args]);
          expect(unit.env).toEqual(env);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('holds one line for each setting, whatever is in it', () => {
    fc.assert(
      fc.property(text, (value) => {
        const lines = renderUnit(planOf(['/node', value], { A: value })).split('\n');
        expect(lines.filter((line) => !/^(\[\w+\]|\w+=.*|)$/u.test(line))).toEqual([]);
        expect(lines.some((line) => line.endsWith('\\'))).toBe(false);
      }),
    );
  });

  test('is not started again after the exit status for an unusable configuration', () => {
    expect(renderUnit(planOf(['/node']))).toContain('\nRestartPreventExitStatus=78\n');
  });

  test('is read with drop-ins, continued lines, comments, and settings that are taken back', () => {
    const unit = parseUnit(
      [
        '[Service]',
        'ExecStart=/old',
        'ExecStart=',
        'ExecStart=-/usr/bin/node \\',
        '# a comment in between',
        '  "%h/a b.js" gateway --port 19001',
        'Environment=A=1 "B=two words" \'C=%%h\'',
        'EnvironmentFile=-%h/x.env',
        '[Install]',
        'ExecStart=/no',
        '[Service]',
        'Environment=A=3',
        'WorkingDirectory=~',
      ].join('\n'),
      { h: '/home/a' },
    );
    expect(unit.argv).toEqual(['/usr/bin/node', '/home/a/a b.js', 'gateway', '--port', '19001']);
    expect(unit.env).toEqual({ A: '3', B: 'two words', C: '%h' });
    expect(unit.environmentFiles).toEqual([{ path: '/home/a/x.env', isOptional: true }]);
    expect(unit.workingDirectory).toBe('/home/a');
  });

  test.each([
    ['%h/.openclaw/a.env', [['/home/a/.openclaw/a.env', false]]],
    ['-%h/a.env', [['/home/a/a.env', true]]],
    ['"%h/a b.env"', [['/home/a/a b.env', false]]],
    ['-"%h/a b.env"', [['/home/a/a b.env', true]]],
    ['"-%h/a b.env"', [['/home/a/a b.env', true]]],
    ['/etc/a b.env', [['/etc/a b.env', false]]],
    [
      '/etc/a.env -/etc/b.env',
      [
        ['/etc/a.env', false],
        ['/etc/b.env', true],
      ],
    ],
  ] as const)('names files of variables as %s', (value, files) => {
    const unit = parseUnit(`[Service]\nEnvironmentFile=${value}`, { h: '/home/a' });
    expect(unit.environmentFiles.map(({ path, isOptional }) => [path, isOptional])).toEqual(files);
  });

  test('lets files of variables win over its own, later ones over earlier, and tells which needed one is missing', () => {
    const unit = parseUnit(
      '[Service]\nEnvironment=A=unit B=unit C=unit\nEnvironmentFile=/1\nEnvironmentFile=/2\nEnvironmentFile=-/gone\nEnvironmentFile=/lost',
      {},
    );
    const files: Record<string, string> = { '/1': 'A=one\nB=one', '/2': 'B=two' };
    expect(unitEnvironment(unit, (path) => files[path])).toEqual({
      env: { A: 'one', B: 'two', C: 'unit' },
      missing: ['/lost'],
    });
  });
});

describe('words of a unit', () => {
  test('are split as systemd splits them', () => {
    expect(splitWords(`a "b c" 'd "e"' f\\x20g h"i j"k "" \\u00fc \\303\\274 \\xe7\\xbd\\x91 \\101`)).toEqual(
      ['a', 'b c', 'd "e"', 'f g', 'hi jk', '', 'ü', 'ü', '网', 'A'],
    );
  });

  test('stay bare when nothing in them has a meaning', () => {
    expect(quoteWord('/usr/bin/node-20')).toBe('/usr/bin/node-20');
    expect(quoteWord('')).toBe('""');
    expect(quoteWord('100%')).toBe('100%%');
    expect(quoteWord(';')).toBe('";"');
  });
});

test('a file of variables is read as systemd reads it', () => {
  const file = [
    '# comment',
    '; "comment',
    'PLAIN=a b  ',
    ' SPACED = x',
    'SINGLE=\'a "b" $c\\n\'',
    'DOUBLE="a \\"b\\" \\$c \\n"',
    'LINES="one',
    'two"',
    'JOINED=one\\',
    'two',
    "MIDDLE=it's",
    'PARTS="a b"\'c\'d',
    'not an assignment',
    '1BAD=x',
    'EMPTY=',
    'LAST=z',
  ].join('\r\n');
  expect(parseEnvironmentFile(file)).toEqual({
    PLAIN: 'a b',
    SPACED: 'x',
    SINGLE: 'a "b" $c\\n',
    DOUBLE: 'a "b" $c \\n',
    LINES: 'one\ntwo',
    JOINED: 'onetwo',
    MIDDLE: "it's",
    PARTS: 'a bcd',
    EMPTY: '',
    LAST: 'z',
  });
});

test('no file of variables takes long or throws', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('A', '=', '"', "'", '\\', '\n', ' ', '#'), maxLength: 200 }),
      (file) => {
        for (const value of Object.values(parseEnvironmentFile(file))) expect(typeof value).toBe('string');
      },
    ),
  );
});

test('the environment of the user manager is read with its own way of quoting', () => {
  const text = "HOME=$'/home/J\\303\\274rgen K'\nLANG=C.UTF-8\nOPTIONS=a=b\n";
  expect(managerEnvironment(text)).toEqual({ HOME: '/home/Jürgen K', LANG: 'C.UTF-8', OPTIONS: 'a=b' });
});
