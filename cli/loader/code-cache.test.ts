import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CodeCache, openCodeCache } from './code-cache.ts';

const source = Buffer.from('text of a program');
const data = Buffer.from('what V8 made of it');
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'code-cache-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const open = (more: Partial<Parameters<typeof openCodeCache>[0]> = {}): CodeCache =>
  openCodeCache({
    env: { HOME: home },
    platform: 'linux',
    uid: process.geteuid?.(),
    runtime: 'v20.18.0 x64',
    ...more,
  });

const dir = (): string => join(home, '.cache', 'openclaw-tray');
const file = (): string => join(dir(), readdirSync(dir())[0] ?? '');
const keep = (): void => open().write('status', source, data);
const found = (): string | undefined => open().read('status', source)?.toString();

it('gives back what was kept for the same text, in a folder for its user alone', () => {
  expect(found()).toBeUndefined();
  keep();
  expect(found()).toBe(data.toString());
  expect(statSync(dir()).mode & 0o777).toBe(0o700);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

it('gives nothing for another text, another part, or another runtime', () => {
  keep();
  expect(open().read('status', Buffer.from('text of A program'))).toBeUndefined();
  expect(open().read('probe', source)).toBeUndefined();
  expect(open({ runtime: 'v22.1.0 x64' }).read('status', source)).toBeUndefined();
});

const untrusted: Record<string, () => void> = {
  'in a folder that others can write to': () => chmodSync(dir(), 0o770),
  'in a folder that others can read': () => chmodSync(dir(), 0o755),
  'in a folder reached through a link': () => {
    renameSync(dir(), join(home, 'elsewhere'));
    symlinkSync(join(home, 'elsewhere'), dir());
  },
  'in a file that others can write to': () => chmodSync(file(), 0o606),
  'in a file reached through a link': () => {
    const path = file();
    renameSync(path, join(home, 'elsewhere'));
    symlinkSync(join(home, 'elsewhere'), path);
  },
  'that is a folder': () => {
    const path = file();
    rmSync(path);
    mkdirSync(path);
  },
  'that is cut short': () => truncateSync(file(), 10),
  'that is empty': () => truncateSync(file(), 0),
  'with one bit changed': () => {
    const bytes = readFileSync(file());
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    writeFileSync(file(), bytes);
  },
};

describe.skipIf(process.platform === 'win32')('code is not taken', () => {
  it.each(Object.entries(untrusted))('%s', (_, spoil) => {
    keep();
    spoil();
    expect(found()).toBeUndefined();
  });

  it.skipIf(process.geteuid?.() !== 0)('that belongs to somebody else', () => {
    keep();
    chownSync(file(), 12345, 12345);
    expect(found()).toBeUndefined();
    keep();
    expect(found()).toBe(data.toString());
    chownSync(dir(), 12345, 12345);
    expect(found()).toBeUndefined();
  });
});

describe.skipIf(process.platform === 'win32')('nothing is written', () => {
  it('into a folder that is a link, or that others can write to', () => {
    mkdirSync(join(home, '.cache'));
    mkdirSync(join(home, 'elsewhere'));
    symlinkSync(join(home, 'elsewhere'), dir());
    keep();
    expect(readdirSync(join(home, 'elsewhere'))).toEqual([]);
    rmSync(dir());
    mkdirSync(dir());
    chmodSync(dir(), 0o777);
    keep();
    expect(readdirSync(dir())).toEqual([]);
  });

  it('into the home of somebody else', () => {
    const uid = (process.geteuid?.() ?? 0) + 1;
    open({ uid }).write('status', source, data);
    expect(readdirSync(home)).toEqual([]);
  });

  it.each([
    ['without a home', { HOME: undefined }],
    ['for a home that is not there', { HOME: join(tmpdir(), 'no-such-home') }],
    ['for a home that is no full path', { HOME: '.' }],
    ['when it is switched off', { NODE_DISABLE_COMPILE_CACHE: '1' }],
  ])('%s', (_, env) => {
    const cache = open({ env: { HOME: home, ...env } });
    cache.write('status', source, data);
    expect(cache.read('status', source)).toBeUndefined();
    expect(readdirSync(home)).toEqual([]);
  });
});

it.each([
  ['linux', { HOME: 'elsewhere', XDG_CACHE_HOME: 'given' }, 'given/openclaw-tray'],
  ['darwin', {}, 'Library/Caches/openclaw-tray'],
  ['win32', { LOCALAPPDATA: 'local' }, 'local/openclaw-tray'],
] as const)('on %s it is where caches of users are', (platform, env, place) => {
  for (const name of Object.values(env)) mkdirSync(join(home, name), { recursive: true });
  const inHome = Object.entries(env).map(([name, value]) => [name, join(home, value)]);
  open({ platform, env: { HOME: home, ...Object.fromEntries(inHome) } }).write('status', source, data);
  expect(readdirSync(join(home, place))).toHaveLength(1);
});

it('keeps a limited number of files, the latest ones', () => {
  for (let index = 0; index < 150; index += 1) open().write('status', Buffer.from(`${index}`), data);
  expect(readdirSync(dir()).length).toBeLessThan(100);
  expect(open().read('status', Buffer.from('149'))).toBeDefined();
});
