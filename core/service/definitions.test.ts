import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEnvFile } from '../config/env-file.ts';
import { resolveStatePaths } from '../config/paths.ts';
import { parsePlist, renderPlist } from './launchd-plist.ts';
import { parseMarkup } from './markup.ts';
import { pathRisk } from './program-path.ts';
import { variableLines } from './schtasks.ts';
import { planService } from './service-plan.ts';
import { parseTask, renderTask } from './task-xml.ts';
import { quoteWindowsWord, splitWindowsWords } from './windows-words.ts';

/** What XML can hold. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom('"', "'", '\\', '&', '<', '>', ' ', ']', 'é', '网', '😀', '\t', '\n'),
    }),
  )
  .filter((value) => !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(value));

const plan = (args: string[], env: Record<string, string> = {}) => ({
  names: { unit: 'x.service', label: 'ai.openclaw.x', task: 'OpenClaw Gateway' },
  description: 'OpenClaw Gateway',
  argv: ['/opt/n ü/node', ...args] as const,
  env,
  workingDirectory: '/Users/a & b',
});
const files = { stdout: '/a/out', stderr: '/a/err' };
const place = { user: 'PC\\Jürgen <x>', consoleHost: 'C:\\Windows\\System32\\conhost.exe' };

describe('a property list', () => {
  test('gives back every argument and variable that was put into it', () => {
    fc.assert(
      fc.property(fc.array(text), fc.dictionary(fc.stringMatching(/^[A-Z_]{1,9}$/), text), (args, env) => {
        const plist = parsePlist(renderPlist(plan(args, env), files));
        expect(plist).toMatchObject({
          Label: 'ai.openclaw.x',
          RunAtLoad: true,
          KeepAlive: true,
          Umask: 63,
          ProgramArguments: ['/opt/n ü/node', ...args],
          EnvironmentVariables: env,
        });
      }),
    );
  });

  test('is read with comments, CDATA, instructions and numbers as others write them', () => {
    const plist = `<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY x "y">]>
      <plist version='1.0'><!-- a < b --><dict><key>A&amp;</key><string><![CDATA[<b>]]>&#x7f51;&#252;</string>
      <key>N</key><integer>42</integer><key>E</key><array/></dict></plist>`;
    expect(parsePlist(plist)).toEqual({ 'A&': '<b>网ü', N: 42, E: [] });
  });

  test('that is cut off or something else is none', () => {
    const whole = renderPlist(plan([]), files);
    expect(parsePlist(whole.replace('</dict>', ''))).toBeUndefined();
    expect(parsePlist(whole.slice(0, 200))).toBeUndefined();
    expect(parsePlist('bplist00')).toBeUndefined();
    expect(parseMarkup('<a></b>')).toBeUndefined();
  });

  test('refuses a character that XML cannot hold instead of losing it', () => {
    expect(() => renderPlist(plan(['\u0001']), files)).toThrow(RangeError);
  });
});

describe('a scheduled task', () => {
  const word = text.filter((value) => !/[\n\r]/.test(value));

  test('gives back every argument that was put into it', () => {
    fc.assert(
      fc.property(fc.array(word), (args) => {
        const task = parseTask(renderTask(plan(args), place));
        expect(task).toMatchObject({ argv: ['/opt/n ü/node', ...args], isEnabled: true, owner: 'ours' });
      }),
    );
  });

  test('has no window, no limit of 72 hours, no need for power or an administrator', () => {
    const xml = renderTask(plan(['a b']), { ...place, envFile: 'C:\\a b\\task.env' });
    expect(xml).toContain('<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>');
    expect(xml).toContain('<Hidden>true</Hidden>');
    expect(xml).toContain('<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>');
    expect(xml).toContain('<RunLevel>LeastPrivilege</RunLevel>');
    expect(xml).toContain('conhost.exe</Command>');
    expect(parseTask(xml)).toMatchObject({ argv: ['/opt/n ü/node', 'a b'], envFile: 'C:\\a b\\task.env' });
  });

  test('of another program is told from ours', () => {
    const task = (command: string) =>
      `<Task><Actions><Exec><Command>${command}</Command></Exec></Actions></Task>`;
    expect(parseTask(task('C:\\Users\\a\\.openclaw\\gateway.cmd'))?.owner).toBe('openclaw');
    expect(parseTask(task('C:\\backup.exe'))?.owner).toBe('other');
    expect(parseTask('ERROR: no')).toBeUndefined();
  });

  test('finds its variables in a file that keeps every backslash', () => {
    const variables = fc.string({ unit: fc.constantFrom('\\', 'n', "'", ' ', '#', 'ü', 'C:') });
    fc.assert(
      fc.property(variables, (value) => {
        const read = parseEnvFile(variableLines({ NAME: value })).NAME;
        if (!value.includes("'")) expect(read).toBe(value);
      }),
    );
    expect(() => variableLines({ A: `'"\`` })).toThrow(RangeError);
  });
});

test('Windows splits a quoted argument into itself', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('\\', '"', ' ', 'a', 'ü', '\t') })), (words) => {
      expect(splitWindowsWords(words.map(quoteWindowsWord).join(' '))).toEqual(words);
    }),
    { numRuns: 500 },
  );
  expect(splitWindowsWords('C:\\a\\b "C:\\a b\\\\" \\"x')).toEqual(['C:\\a\\b', 'C:\\a b\\', '"x']);
});

describe('what a service starts', () => {
  const base = {
    command: ['/usr/bin/node', '/opt/openclaw.cjs'] as const,
    version: '1',
    platform: 'linux',
  } as const;

  test('names the profile, the port that was asked for, and where the state is, and no secret', () => {
    const env = {
      HOME: '/home/a',
      OPENCLAW_STATE_DIR: '/srv/state',
      OPENCLAW_GATEWAY_TOKEN: 'canary',
      OPENCLAW_GATEWAY_PASSWORD: 'canary',
      ANTHROPIC_API_KEY: 'canary',
      PATH: '/home/a/bin:relative:/x/node_modules/.bin:/usr/bin',
    };
    const paths = resolveStatePaths(env, { profile: 'work' });
    const plan = planService({ ...base, env, paths, port: 19001 });
    expect(plan.argv.slice(2)).toEqual(['--profile', 'work', 'gateway', 'run', '--port', '19001']);
    expect(plan.names).toEqual({
      unit: 'openclaw-gateway-work.service',
      label: 'ai.openclaw.work',
      task: 'OpenClaw Gateway (work)',
    });
    expect(plan.env).toMatchObject({
      OPENCLAW_STATE_DIR: '/srv/state',
      PATH: '/usr/bin:/home/a/bin:/usr/local/bin:/bin',
    });
    expect(JSON.stringify(plan)).not.toContain('canary');
  });

  test.each([
    ['/home/a/.nvm/versions/node/v22.1.0/bin/node', 'version-manager'],
    ['/opt/homebrew/Cellar/node/22.1.0/bin/node', 'version-manager'],
    ['C:\\Users\\a\\AppData\\Roaming\\nvm\\v22.1.0\\node.exe', 'version-manager'],
    ['/home/a/.npm/_npx/1f2e/node_modules/openclaw-tray/dist/openclaw.cjs', 'npx-cache'],
    ['/tmp/x/openclaw.cjs', 'temporary'],
    ['/tmpfiles/openclaw.cjs', undefined],
    ['/usr/bin/node', undefined],
  ])('%s is %s', (path, risk) => {
    expect(pathRisk(path, ['/tmp'])).toBe(risk);
  });
});
