import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { fingerprintOf } from '../../core/tls/certificate.ts';
import { selfSigned } from '../../core/tls/self-signed.ts';
import { TestHome } from '../fixtures/gateway-process.ts';

const TLS = { tls: { enabled: true } };

async function withTls(gateway: object = {}) {
  const { home, port } = await TestHome.withGateway({ ...TLS, ...gateway });
  const started = await home.start();
  const certPath = join(home.trayDir, 'tls', 'cert.pem');
  const ca = await readFile(certPath, 'utf8').catch(() => '');
  return { home, port, started, ca, fingerprint: ca && fingerprintOf(ca) };
}

function ask(port: number, ca: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; headers: object }>((resolve, reject) => {
    get({ host: 'localhost', servername: 'localhost', port, ca, path, headers, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    }).on('error', reject);
  });
}

/** A configuration on another machine that asks the gateway at this port. */
async function elsewhere(port: number, remote: object = {}) {
  const url = `wss://127.0.0.1:${port}`;
  return TestHome.create({
    gateway: { mode: 'remote', remote: { url, token: 'e2e-shared-token', ...remote } },
  });
}

describe('a gateway with TLS', () => {
  it('makes a certificate once, shows it, and its own commands just work', async () => {
    const { home, port, started, ca, fingerprint } = await withTls();
    expect(started.output).toContain(`listening on wss://127.0.0.1:${port}`);
    expect(started.output).toContain(`SHA-256 ${fingerprint}`);
    for (const words of [
      ['gateway', 'health'],
      ['gateway', 'call', 'status'],
      ['gateway', 'status', '--require-rpc'],
    ])
      expect(await home.cli(words), words.join(' ')).toMatchObject({ code: 0 });
    const status = await home.cli(['gateway', 'status']);
    expect(status.stdout).toContain(fingerprint);
    const json = JSON.parse((await home.cli(['gateway', 'status', '--json'])).stdout);
    expect(json.gateway.tls).toMatchObject({ fingerprintSha256: fingerprint });
    expect(await home.mode(join(home.trayDir, 'tls', 'key.pem'))).toBe('600');
    await started.stop();
    await (await home.start()).stop();
    expect(await readFile(join(home.trayDir, 'tls', 'cert.pem'), 'utf8')).toBe(ca);
    expect(started.output + (await home.logText())).not.toContain('PRIVATE KEY');
  });

  it('answers its routes over TLS, with HSTS where it is configured, and asks for Host and Origin as ever', async () => {
    const hsts = 'max-age=300';
    const { port, ca } = await withTls({ http: { securityHeaders: { strictTransportSecurity: hsts } } });
    expect(await ask(port, ca, '/healthz')).toMatchObject({
      status: 200,
      headers: { 'strict-transport-security': hsts },
    });
    expect(await ask(port, ca, '/healthz', { host: 'evil.example' })).toMatchObject({ status: 403 });
    expect(await ask(port, ca, '/healthz', { 'x-forwarded-for': '1.2.3.4' })).toMatchObject({ status: 403 });
    const headers = { host: 'evil.example' };
    const createConnection = () => connectTls({ host: 'localhost', port, ca, servername: 'localhost' });
    const rebound = new WebSocket(`wss://localhost:${port}/`, { headers, createConnection });
    expect(String(await once(rebound, 'error'))).toContain('403');
    const ws = new WebSocket(`wss://localhost:${port}/`, { ca });
    expect(String(await once(ws, 'message'))).toContain('connect.challenge');
    ws.terminate();
  });

  it('tells nothing to plain HTTP, and speaks no TLS older than 1.2', async () => {
    const { port, ca } = await withTls();
    const plain = connect(port, '127.0.0.1');
    plain.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let said = '';
    plain.on('data', (chunk) => {
      said += chunk.toString('latin1');
    });
    await new Promise((resolve) => plain.on('error', () => {}).once('close', resolve));
    expect(said).not.toMatch(/HTTP|ok|live/);
    const old = connectTls({ port, host: '127.0.0.1', ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
    await new Promise((resolve) => old.once('error', resolve));
    expect(await ask(port, ca, '/healthz')).toMatchObject({ status: 200 });
  });

  it('serves a certificate that was replaced, after a restart that a signal asks for', async () => {
    const { home, port, started, fingerprint } = await withTls();
    await rm(join(home.trayDir, 'tls'), { recursive: true });
    await mkdir(join(home.trayDir, 'tls'), { mode: 0o700 });
    started.signal('SIGUSR1');
    await started.said('A TLS certificate was made', 2);
    await started.said('] ready', 2);
    const now = fingerprintOf(await readFile(join(home.trayDir, 'tls', 'cert.pem'), 'utf8'));
    expect(now).not.toBe(fingerprint);
    expect(await home.cli(['gateway', 'health'])).toMatchObject({ code: 0 });
    const far = await elsewhere(port, { tlsFingerprint: fingerprint });
    const stopped = await far.cli(['gateway', 'health']);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr.replace(/\s+/g, ' ')).toContain('is not the pinned one; nothing was sent');
  });

  it.each([
    ['en', [], 'does not belong to the certificate', 'Fix: Give the key'],
    ['zh-CN', ['--lang', 'zh-CN'], '不匹配', '修复：请提供生成该证书时所用的密钥。'],
  ])('does not start with a key that does not fit, and says what to do (%s)', async (_, flags, what, fix) => {
    const { home } = await TestHome.withGateway();
    const [one, other] = [await writePair(home, 'one'), await writePair(home, 'other')];
    await home.editConfig((config) => {
      config.gateway.tls = { enabled: true, certPath: one.certPath, keyPath: other.keyPath };
    });
    const refused = await home.run(flags);
    expect(refused.code).toBe(78);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain(what);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain(fix);
    expect(refused.stderr).not.toContain('PRIVATE KEY');
  });

  it('goes on with the certificate it has when a restart finds a bad one', async () => {
    const { home, port } = await TestHome.withGateway();
    const { certPath, keyPath } = await writePair(home);
    await home.editConfig((config) => {
      config.gateway.tls = { enabled: true, certPath, keyPath };
    });
    const started = await home.start();
    const ca = await readFile(certPath, 'utf8');
    await writeFile(certPath, 'damaged');
    started.signal('SIGUSR1');
    await started.said('goes on with the old ones');
    await started.said('] ready', 2);
    expect(await ask(port, ca, '/healthz')).toMatchObject({ status: 200 });
  });
});

describe('a certificate that nobody vouches for', () => {
  it('is refused without a terminal, and each fix that is named works when it is pasted', async () => {
    const { port, fingerprint } = await withTls();
    const far = await elsewhere(port);
    const refused = await far.cli(['gateway', 'health']);
    expect(refused.code).toBe(1);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain(`SHA-256 ${fingerprint}`);
    const fix = /^openclaw (config set .+)$/m.exec(refused.stderr)?.[1]?.split(' ') ?? [];
    const url = ['--url', `wss://127.0.0.1:${port}`, '--token', 'e2e-shared-token'];
    const explicit = await far.cli(['gateway', 'health', ...url]);
    const flag = /^(--tls-fingerprint \S+)$/m.exec(explicit.stderr)?.[1]?.split(' ') ?? [];
    expect(await far.cli(['gateway', 'health', ...url, ...flag])).toMatchObject({ code: 0 });
    const json = JSON.parse((await far.cli(['gateway', 'health', '--json', '--lang', 'zh-CN'])).stdout);
    expect(json.error).toMatchObject({ code: 'TLS_UNTRUSTED', fingerprint });
    expect(json.error.message).toContain('is not trusted here');
    expect(await far.cli(fix)).toMatchObject({ code: 0 });
    expect(await far.cli(['gateway', 'health'])).toMatchObject({ code: 0 });
  });

  it('is not replaced by a flag that is no fingerprint, nor by the fingerprint of another', async () => {
    const { home } = await withTls();
    const bad = await home.cli(['gateway', 'health', '--tls-fingerprint', 'abc']);
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.stderr).toContain('64 hex digits');
    const other = await home.cli(['gateway', 'health', '--tls-fingerprint', 'a'.repeat(64)]);
    expect(other.stderr.replace(/\s+/g, ' ')).toContain('is not the pinned one; nothing was sent');
  });
});

it('status says of a certificate that it has expired', async () => {
  const home = await TestHome.create();
  const pair = await writePair(home, 'old', -1);
  await home.writeConfig({ gateway: { mode: 'local', tls: { enabled: true, ...pair } } });
  const status = (...words: string[]) => home.cli([...words, 'gateway', 'status', '--no-probe']);
  expect((await status()).stdout).toMatch(/TLS until: +\d{4}-\d\d-\d\d: expired/);
  expect((await status('--lang', 'zh-CN')).stdout).toMatch(/\d：已过期/);
});

async function writePair(home: TestHome, name = 'own', days = 90) {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const times = { fromMs: Date.now() - 86_400_000 * 2, toMs: Date.now() + 86_400_000 * days };
  const cert = await selfSigned({ names: ['localhost'], ...times, key, publicKey: createPublicKey(key) });
  const [certPath, keyPath] = [join(home.dir, `${name}-cert.pem`), join(home.dir, `${name}-key.pem`)];
  await writeFile(certPath, cert);
  await writeFile(keyPath, String(key.export({ format: 'pem', type: 'pkcs8' })), { mode: 0o600 });
  return { certPath, keyPath };
}
