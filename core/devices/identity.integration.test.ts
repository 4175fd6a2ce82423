import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { loadOrCreateIdentity } from './identity.ts';
import { deviceIdOf, rawPublicKey, verifySignature } from './keys.ts';
import { temporaryDir } from './testing/device-fixtures.ts';

const identityFile = (dir: string): string => join(dir, 'identity', 'device.json');

describe('loadOrCreateIdentity', () => {
  it('creates a private v3 file once and returns the same identity afterwards', async () => {
    await using dir = await temporaryDir();
    const file = identityFile(dir.path);
    const first = await loadOrCreateIdentity(file);
    const second = await loadOrCreateIdentity(file);
    expect([second.deviceId, second.publicKey]).toEqual([first.deviceId, first.publicKey]);
    const content = JSON.parse(await readFile(file, 'utf8'));
    expect(Object.keys(content)).toEqual([
      'version',
      'deviceId',
      'publicKeyPem',
      'privateKeyPem',
      'createdAtMs',
    ]);
    expect(createPrivateKey(content.privateKeyPem).asymmetricKeyType).toBe('ed25519');
    expect(rawPublicKey(content.publicKeyPem)?.toString('base64url')).toBe(first.publicKey);
    expect(await readdir(dirname(file))).toEqual(['device.json']);
  });

  it.skipIf(process.platform === 'win32')('lets nobody but the owner read the file', async () => {
    await using dir = await temporaryDir();
    const file = identityFile(dir.path);
    await loadOrCreateIdentity(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
  });

  it('signs so that its public key verifies', async () => {
    await using dir = await temporaryDir();
    const identity = await loadOrCreateIdentity(identityFile(dir.path));
    const raw = rawPublicKey(identity.publicKey) as Buffer;
    expect(deviceIdOf(raw)).toBe(identity.deviceId);
    expect(verifySignature(raw, 'v3|…', identity.sign('v3|…'))).toBe(true);
  });

  it.each<[string, (content: Record<string, unknown>) => unknown]>([
    ['is empty', () => undefined],
    ['has another version', (content) => ({ ...content, version: 2 })],
    ['has an unreadable key', (content) => ({ ...content, privateKeyPem: 'PEM' })],
    ['names another device', (content) => ({ ...content, deviceId: '0'.repeat(64) })],
    ['holds null', () => null],
  ])('refuses a file that %s, names it and leaves it as it is', async (_name, change) => {
    await using dir = await temporaryDir();
    const file = identityFile(dir.path);
    await loadOrCreateIdentity(file);
    const damaged = JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')))) ?? '';
    await writeFile(file, damaged);
    await expect(loadOrCreateIdentity(file)).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringMatching(/device\.json.*Restore it from a backup, or move it away/),
    });
    expect(await readFile(file, 'utf8')).toBe(damaged);
  });

  it('refuses a public key that belongs to another private key', async () => {
    await using dir = await temporaryDir();
    const [file, other] = [join(dir.path, 'a.json'), join(dir.path, 'b.json')];
    await loadOrCreateIdentity(file);
    await loadOrCreateIdentity(other);
    const { publicKeyPem } = JSON.parse(await readFile(other, 'utf8'));
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), publicKeyPem }));
    await expect(loadOrCreateIdentity(file)).rejects.toThrow('public key does not belong');
  });

  it('never shows key material in an error', async () => {
    await using dir = await temporaryDir();
    const file = identityFile(dir.path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '{"privateKeyPem":"SECRET-VALUE"');
    await expect(loadOrCreateIdentity(file)).rejects.not.toThrow('SECRET-VALUE');
  });

  it('ends with one identity when several callers create it at once', async () => {
    await using dir = await temporaryDir();
    const file = identityFile(dir.path);
    const all = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateIdentity(file)));
    expect(new Set(all.map((identity) => identity.deviceId)).size).toBe(1);
  });

  it('ends with one identity when several processes create it at once', async () => {
    await using dir = await temporaryDir();
    const program = join(dir.path, 'create.mjs');
    const entry = `import { loadOrCreateIdentity } from './identity.ts';
      console.log((await loadOrCreateIdentity(process.argv[2])).deviceId);`;
    await build({
      stdin: { contents: entry, resolveDir: import.meta.dirname, loader: 'ts' },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    const run = () => promisify(execFile)(process.execPath, [program, identityFile(dir.path)]);
    const outputs = await Promise.all(Array.from({ length: 4 }, run));
    const ids = new Set(outputs.map(({ stdout }) => stdout.trim()));
    expect([...ids]).toEqual([(await loadOrCreateIdentity(identityFile(dir.path))).deviceId]);
  });
});
