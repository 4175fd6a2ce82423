import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { prepareTls } from '../tls/own-certificate.ts';
import type { TlsFiles } from '../tls/tls-files.ts';
import { followTlsFiles, openTls } from './gateway-tls.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

async function opened() {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-tls-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const own = (name: string): TlsFiles => ({
    certPath: join(dir, name, 'cert.pem'),
    keyPath: join(dir, name, 'key.pem'),
    isOwn: true,
    autoGenerate: true,
  });
  const clock = new FakeClock();
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const log = { ...silentLogger, info: say, warn: say, error: say };
  const context = { clock, log, language: 'en' as const };
  return { own, clock, said, context };
}

it('serves a replaced certificate within a minute, and keeps the old one when the new one is no good', async () => {
  const { own, clock, said, context } = await opened();
  const files = own('a');
  const identity = await openTls(files, ['localhost'], context);
  const other = await prepareTls(own('b'), ['localhost'], clock.now());
  if (!other.check.ok) throw new Error(other.check.problem.code);
  const served: string[] = [];
  const stop = followTlsFiles(files, identity, ({ fingerprint }) => served.push(fingerprint), context);
  await clock.advance(MINUTE_MS);
  expect(served).toEqual([]);
  await writeFile(files.certPath, other.check.identity.cert);
  await clock.advance(MINUTE_MS);
  expect(served).toEqual([]);
  expect(said.at(-1)).toContain('The changed TLS certificate is not used');
  await writeFile(files.keyPath, other.check.identity.key);
  await clock.advance(MINUTE_MS);
  expect(served).toEqual([other.check.identity.fingerprint]);
  expect(said.at(-1)).toContain(other.check.identity.fingerprint);
  stop();
  await writeFile(files.certPath, identity.cert);
  await clock.advance(MINUTE_MS);
  expect(served).toHaveLength(1);
});

it('warns of a certificate of the user that ends soon or has ended, and starts with it', async () => {
  const { own, clock, said, context } = await opened();
  const files = own('a');
  await openTls(files, ['localhost'], context);
  await clock.advance(3_645 * DAY_MS);
  await openTls({ ...files, isOwn: false }, [], context);
  expect(said.at(-1)).toContain('expires on');
  await clock.advance(10 * DAY_MS);
  await openTls({ ...files, isOwn: false }, [], context);
  expect(said.at(-1)).toContain('has expired on');
});

it('tells the old and the new fingerprint when it renews a certificate of its own', async () => {
  const { own, clock, said, context } = await opened();
  const before = await openTls(own('a'), ['localhost'], context);
  await clock.advance(3_645 * DAY_MS);
  const after = await openTls(own('a'), ['localhost'], context);
  expect(said.at(-1)).toContain(before.fingerprint);
  expect(said.at(-1)).toContain(`gateway.remote.tlsFingerprint ${after.fingerprint}`);
});
