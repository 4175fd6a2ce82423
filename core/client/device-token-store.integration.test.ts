import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeviceTokenKey, openDeviceTokenStore } from './device-token-store.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'device-tokens-'));
  file = join(dir, 'private', 'device-tokens.json');
});

afterEach(() => rm(dir, { recursive: true, force: true }));

const key = (fields: { url?: string; deviceId?: string; role?: string } = {}): DeviceTokenKey => ({
  endpoint: { url: fields.url ?? 'ws://127.0.0.1:18789' },
  deviceId: fields.deviceId ?? 'device',
  role: fields.role ?? 'operator',
});

const token = (text: string) => ({ token: text, scopes: ['operator.read'], issuedAtMs: 1 });

describe('the device token store', () => {
  it('gives a token back to its endpoint, device and role, also after a restart', async () => {
    await openDeviceTokenStore(file).put(key(), token('secret'));
    expect(await openDeviceTokenStore(file).get(key())).toEqual(token('secret'));
  });

  it.each([
    { url: 'ws://127.0.0.1:18790' },
    { url: 'wss://127.0.0.1:18789' },
    { deviceId: 'other' },
    { role: 'node' },
  ])('gives nothing to %j', async (other) => {
    const store = openDeviceTokenStore(file);
    await store.put(key(), token('secret'));
    expect(await store.get(key(other))).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('lets nobody else read the file', async () => {
    const store = openDeviceTokenStore(file);
    await store.put(key(), token('secret'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, 'private'))).mode & 0o777).toBe(0o700);
  });

  it('replaces a token, and writes nothing when it is the same', async () => {
    const store = openDeviceTokenStore(file);
    await store.put(key(), token('old'));
    await store.put(key(), token('new'));
    const { ino } = await stat(file);
    await store.put(key(), token('new'));
    expect((await stat(file)).ino).toBe(ino);
    expect((await store.get(key()))?.token).toBe('new');
  });

  it('forgets a token, but not the one that took its place', async () => {
    const store = openDeviceTokenStore(file);
    await store.put(key(), token('new'));
    await store.drop(key(), 'old');
    expect((await store.get(key()))?.token).toBe('new');
    await store.drop(key(), 'new');
    expect(await store.get(key())).toBeUndefined();
    expect(await readFile(file, 'utf8')).not.toContain('new');
  });

  it('keeps all of many changes made at once and leaves no temporary file', async () => {
    const store = openDeviceTokenStore(file);
    const roles = Array.from({ length: 20 }, (_, index) => `role-${index}`);
    await Promise.all(roles.map((role) => store.put(key({ role }), token(role))));
    const found = await Promise.all(roles.map(async (role) => (await store.get(key({ role })))?.token));
    expect(found).toEqual(roles);
    expect(await readdir(join(dir, 'private'))).toEqual(['device-tokens.json']);
  });

  it.each(['', '{"version":1,"tok', '[]', 'null', '{"tokens":[{"endpoint":1}]}'])(
    'treats the damaged file %j as empty and mends it',
    async (text) => {
      const damaged = join(dir, 'damaged.json');
      await writeFile(damaged, text);
      const store = openDeviceTokenStore(damaged);
      expect(await store.get(key())).toBeUndefined();
      await store.put(key(), token('secret'));
      expect((await store.get(key()))?.token).toBe('secret');
    },
  );

  it('says when it cannot write', async () => {
    await writeFile(join(dir, 'private'), 'a file where a directory should be');
    await expect(openDeviceTokenStore(file).put(key(), token('x'))).rejects.toThrow();
  });
});
