import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TEST_CERT, TEST_KEY } from '../client/testing/tls-fixture.ts';
import { checkTlsFiles } from './certificate.ts';
import { isMendedAtStart, prepareTls } from './own-certificate.ts';
import { tlsFilesOf } from './tls-files.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const YEAR_MS = 365 * 86_400_000;
const NAMES = ['localhost', '127.0.0.1', '::1', 'box.example'];

async function place(tls: object = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-tls-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const config = { gateway: { tls: { enabled: true, ...tls } } };
  const files = tlsFilesOf(config, { home: dir, trayDir: join(dir, 'tray') });
  if (!files) throw new Error('TLS is off');
  return { dir, files };
}

async function made(nowMs = NOW) {
  const { files } = await place();
  const { check } = await prepareTls(files, NAMES, nowMs);
  if (!check.ok) throw new Error(check.problem.code);
  return { files, identity: check.identity };
}

describe('the certificate of our own', () => {
  it('is made for this machine by all its names, and for a server only', async () => {
    const { identity, files } = await made();
    const cert = new X509Certificate(identity.cert);
    for (const name of ['localhost', 'box.example']) expect(cert.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1']) expect(cert.checkIP(address)).toBeDefined();
    expect(cert.checkHost('evil.example')).toBeUndefined();
    expect(cert.ca).toBe(false);
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(cert.verify(cert.publicKey)).toBe(true);
    expect(identity.fingerprint).toBe(cert.fingerprint256.replaceAll(':', '').toLowerCase());
    for (const path of [files.certPath, files.keyPath]) expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('stays the same from start to start', async () => {
    const { files, identity } = await made();
    expect(await prepareTls(files, ['other.example'], NOW + 9 * YEAR_MS)).toEqual({
      check: { ok: true, identity },
    });
  });

  it('is renewed in its last days with the same key, and the old fingerprint is told', async () => {
    const { files, identity } = await made();
    const { check, replaced } = await prepareTls(files, NAMES, NOW + 10 * YEAR_MS);
    expect(replaced).toBe(identity.fingerprint);
    expect(check).toMatchObject({ ok: true, identity: { key: identity.key } });
    expect(check.ok && check.identity.fingerprint).not.toBe(identity.fingerprint);
  });

  it.each(['certPath', 'keyPath'] as const)('is made again when its %s is damaged or gone', async (file) => {
    const { files } = await made();
    await writeFile(files[file], 'damaged');
    expect(isMendedAtStart(files, checkTlsFiles(files))).toBe(true);
    expect((await prepareTls(files, NAMES, NOW)).check.ok).toBe(true);
    await rm(files[file]);
    expect((await prepareTls(files, NAMES, NOW)).check.ok).toBe(true);
  });

  it('is not made where autoGenerate is off', async () => {
    const { files } = await place({ autoGenerate: false });
    const { check } = await prepareTls(files, NAMES, NOW);
    expect(check).toMatchObject({ ok: false, problem: { code: 'TLS_CERT_MISSING' } });
  });
});

describe('a certificate of the user', () => {
  async function given(cert: string, key: string, mode = 0o600) {
    const { dir, files } = await place({ certPath: '~/cert.pem', keyPath: '~/key.pem' });
    await writeFile(join(dir, 'cert.pem'), cert);
    await writeFile(join(dir, 'key.pem'), key, { mode });
    await chmod(join(dir, 'key.pem'), mode);
    return files;
  }

  it('is served as it is, and its files are not written to', async () => {
    const files = await given(TEST_CERT, TEST_KEY, 0o640);
    const { check } = await prepareTls(files, NAMES, Date.parse('2200-01-01'));
    expect(check).toMatchObject({ ok: true, identity: { cert: TEST_CERT, key: TEST_KEY } });
    expect(await readFile(files.certPath, 'utf8')).toBe(TEST_CERT);
  });

  it.each([
    ['TLS_CERT_INVALID', 'no certificate', TEST_KEY, 0o600],
    ['TLS_KEY_INVALID', TEST_CERT, 'no key', 0o600],
    ['TLS_KEY_ENCRYPTED', TEST_CERT, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n', 0o600],
    ['TLS_KEY_EXPOSED', TEST_CERT, TEST_KEY, 0o644],
    ['TLS_KEY_EXPOSED', TEST_CERT, TEST_KEY, 0o660],
  ])('is refused with %s, and the answer holds no key', async (code, cert, key, mode) => {
    const files = await given(cert, key, mode);
    const { check } = await prepareTls(files, NAMES, NOW);
    expect(check).toMatchObject({ ok: false, problem: { code } });
    expect(JSON.stringify(check)).not.toContain('MIGHAgEA');
    expect(isMendedAtStart(files, check)).toBe(false);
  });

  it('is refused with the key of another certificate', async () => {
    const { identity } = await made();
    const files = await given(TEST_CERT, identity.key);
    expect(checkTlsFiles(files)).toMatchObject({ ok: false, problem: { code: 'TLS_KEY_MISMATCH' } });
  });
});
