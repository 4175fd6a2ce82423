import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { HELLO, startScriptedGateway } from '../core/client/testing/scripted-gateway.ts';
import { TEST_CERT } from '../core/client/testing/tls-fixture.ts';
import { buildBundle, freePort, type Home, openHome } from './testing/command-line.ts';
import {
  configure,
  fieldsOf,
  filesIn,
  probe,
  startRecorder,
  targetIn,
  warningCodes,
} from './testing/probing.ts';

beforeAll(buildBundle);

const local = (port: number, more: object = {}) => ({
  gateway: { mode: 'local', port, auth: { mode: 'token', token: 'secret-local' }, ...more },
});

/** The gateway of `home`, with a token in its configuration. */
async function openConfigured(more: object = {}): Promise<{ home: Home; port: number }> {
  const home = await openHome();
  const port = await freePort();
  await configure(home, local(port, more));
  const gateway = home.start(['gateway', 'run']);
  await gateway.shown('ready');
  return { home, port };
}

describe('gateway probe', () => {
  test('tells everything of the gateway of this machine, and none of its secrets', async () => {
    const { home } = await openConfigured({ remote: { token: 'secret-remote' } });
    const { code, report, text, stderr } = await probe(home);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report).toMatchObject({
      ok: true,
      degraded: false,
      capability: 'read_only',
      primaryTargetId: 'localLoopback',
      warnings: [],
    });
    const target = targetIn(report, 'localLoopback');
    expect(target).toMatchObject({
      active: true,
      tunnel: null,
      connect: { ok: true, rpcOk: true, scopeLimited: false, error: null, close: null },
      self: { version: expect.any(String) },
      config: { gateway: { mode: 'local', authTokenConfigured: true, remoteTokenConfigured: true } },
      health: { ok: true },
      summary: { runtimeVersion: expect.any(String) },
      verdict: { ok: true, code: 'OK' },
    });
    expect(target.presence).toContainEqual(expect.objectContaining({ reason: 'self' }));
    expect(target.layers.map(({ layer }) => layer)).toEqual(
      expect.arrayContaining(['port', 'tcp', 'websocket', 'challenge', 'auth', 'rpc']),
    );
    expect(text).not.toContain('secret-');
  });

  test('knows the certificate of the gateway of this machine, as status does', async () => {
    const { home } = await openConfigured({ tls: { enabled: true } });
    const { code, report } = await probe(home);
    expect(code).toBe(0);
    expect(warningCodes(report)).toEqual([]);
    expect(targetIn(report, 'localLoopback').verdict).toMatchObject({ ok: true, code: 'OK' });
  });

  test('trusts the certificate that is named for the address that is named', async () => {
    const gateway = await startRecorder({}, { tls: true });
    const home = await openHome();
    await configure(home, local(await freePort()));
    const { fingerprint256 } = new X509Certificate(TEST_CERT);
    const named = ['--url', gateway.url, '--token', 'x', '--tls-fingerprint', fingerprint256];
    expect(targetIn((await probe(home, named)).report, 'explicit').verdict).toMatchObject({ ok: true });
  });

  test('fails only when nobody was reached, and says what to do', async () => {
    const home = await openHome();
    await configure(home, local(await freePort()));
    const { code, report } = await probe(home);
    expect(code).toBe(1);
    expect(report).toMatchObject({
      ok: false,
      degraded: false,
      capability: 'unknown',
      primaryTargetId: null,
    });
    expect(warningCodes(report)).toEqual(['no_gateway_reachable']);
    expect(targetIn(report, 'localLoopback')).toMatchObject({
      connect: { ok: false, rpcOk: false, latencyMs: null, close: { code: 1006, reason: '' } },
      auth: { role: null, scopes: [], capability: 'unknown' },
      self: null,
      config: null,
      health: null,
      verdict: { code: 'GATEWAY_NOT_RUNNING', layer: 'process', fix: { command: 'openclaw gateway run' } },
    });
  });

  test('shows the configured gateway and that of this machine, also while commands ask this machine', async () => {
    const { home, port } = await openConfigured();
    const far = await openConfigured({ auth: { mode: 'token', token: 'secret-far' } });
    const remote = { url: `ws://127.0.0.1:${far.port}`, token: 'secret-far' };
    await configure(home, local(port, { remote }));
    const both = await probe(home);
    expect(both.report.targets.map(({ id, active, connect }) => [id, active, connect.rpcOk])).toEqual([
      ['configRemote', false, true],
      ['localLoopback', true, true],
    ]);
    expect(both.report.primaryTargetId).toBe('localLoopback');
    expect(both.report.warnings).toEqual([
      expect.objectContaining({ code: 'multiple_gateways', targetIds: ['configRemote', 'localLoopback'] }),
    ]);
    const human = await home.run(['gateway', 'probe']);
    expect(human.stdout).toContain(
      `Remote (configured, inactive) ws://127.0.0.1:${far.port}\n  Connect: ok (`,
    );
    expect(human.stdout).toContain(`Local loopback ws://127.0.0.1:${port}\n  Connect: ok (`);
  });

  test('one that is down does not keep it from telling of another, and it is done within its time', async () => {
    const { home, port } = await openConfigured();
    const remote = { url: `ws://127.0.0.1:${await freePort()}`, token: 'x' };
    await configure(home, local(port, { remote }));
    const { code, report } = await probe(home);
    expect(code).toBe(0);
    expect(targetIn(report, 'configRemote')).toMatchObject({
      connect: {
        ok: false,
        error: expect.stringContaining('ECONNREFUSED'),
        close: { code: 1006, reason: '' },
      },
      verdict: { code: 'TCP_REFUSED', layer: 'tcp' },
    });
    expect(warningCodes(report)).toEqual([]);
  });

  test('a wrong token is the fault of the target it was given for', async () => {
    const { port } = await openConfigured();
    const stranger = await openHome();
    const url = `ws://127.0.0.1:${port}`;
    await configure(stranger, local(await freePort()));
    const { code, report } = await probe(stranger, ['--url', url, '--token', 'secret-wrong']);
    expect(code).toBe(1);
    expect(targetIn(report, 'explicit')).toMatchObject({
      url,
      connect: { ok: false, close: { code: 1008, reason: expect.stringContaining('token mismatch') } },
      verdict: { code: 'TOKEN_MISMATCH', layer: 'auth' },
    });
    const right = await probe(stranger, ['--url', url, '--token', 'secret-local']);
    expect([right.code, right.report.primaryTargetId]).toEqual([0, 'explicit']);
  });

  test('the address of this machine given by hand is looked at once, with what belongs to it', async () => {
    const { home, port } = await openConfigured();
    const { report } = await probe(home, ['--url', `ws://localhost:${port}`]);
    expect(report.targets.map(({ id, connect }) => [id, connect.rpcOk])).toEqual([['explicit', true]]);
  });

  test('a device with too little scope is limited, which is reached all the same', async () => {
    const gateway = await startRecorder({ auth: { method: 'token', role: 'operator', scopes: [] } });
    const home = await openHome();
    await configure(home, local(await freePort()));
    const { code, report } = await probe(home, ['--url', gateway.url, '--token', 't']);
    expect(code).toBe(0);
    expect(report).toMatchObject({ ok: true, degraded: true, capability: 'connected_no_operator_scope' });
    expect(warningCodes(report)).toEqual(['probe_scope_limited']);
    expect(targetIn(report, 'explicit')).toMatchObject({
      connect: {
        ok: true,
        rpcOk: false,
        scopeLimited: true,
        error: 'missing scope: operator.read',
        close: null,
      },
      health: null,
      verdict: { code: 'SCOPE_MISSING' },
    });
    const human = await home.run(['gateway', 'probe', '--url', gateway.url, '--token', 't']);
    expect(human.stdout).toContain('RPC: limited - missing scope: operator.read');
  });

  test('a gateway at the port of this machine that has no health check is one all the same', async () => {
    const gateway = await startRecorder();
    const home = await openHome();
    await configure(home, local(Number(new URL(gateway.url).port)));
    const { code, report } = await probe(home);
    expect(code).toBe(0);
    expect(targetIn(report, 'localLoopback')).toMatchObject({
      connect: { ok: true, rpcOk: true },
      verdict: { ok: true, code: 'OK' },
    });
    const ended = await home.run(['gateway', 'status', '--require-rpc', '--json']);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      rpc: { ok: true },
      port: { listeners: [{ gateway: { verifiedBy: 'greeting' } }] },
    });
  });

  test('a gateway that lets us in and answers nothing is degraded too', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      await peer.greet();
      for (;;) peer.refuse(await peer.next(), { code: 'UNAVAILABLE', message: 'out of order' });
    });
    const home = await openHome();
    await configure(home, local(await freePort()));
    const { code, report } = await probe(home, ['--url', gateway.url, '--token', 't']);
    expect([code, report.degraded, warningCodes(report)]).toEqual([0, true, ['probe_detail_failed']]);
    expect(targetIn(report, 'explicit').verdict.code).toBe('RPC_FAILED');
  });

  test('a certificate nobody vouches for is told as that, and the pinned one is taken', async () => {
    const gateway = await startRecorder({}, { tls: true });
    const home = await openHome();
    const remote = { url: gateway.url, token: 't' };
    await configure(home, local(await freePort(), { mode: 'remote', remote }));
    const untrusted = await probe(home);
    expect(targetIn(untrusted.report, 'configRemote').verdict).toMatchObject({
      code: 'TLS_UNTRUSTED',
      layer: 'tls',
    });
    expect(gateway.heard()).toBe('');
    const pinned = { ...remote, tlsFingerprint: new X509Certificate(TEST_CERT).fingerprint256 };
    await configure(home, local(await freePort(), { mode: 'remote', remote: pinned }));
    expect(targetIn((await probe(home)).report, 'configRemote').connect.ok).toBe(true);
  });

  test('a secret that cannot be read is a warning, unless nobody asks for it', async () => {
    const home = await openHome();
    const token = { source: 'env', provider: 'default', id: 'NOT_SET_HERE' };
    const refusing = await startScriptedGateway((peer) =>
      peer.turnAway({
        code: 'INVALID_REQUEST',
        message: 'unauthorized: gateway token missing',
        details: { code: 'AUTH_TOKEN_MISSING' },
      }),
    );
    await configure(home, local(await freePort(), { mode: 'remote', remote: { url: refusing.url, token } }));
    const missing = await probe(home);
    expect(warningCodes(missing.report)).toContain('auth_secretref_unresolved');
    expect(targetIn(missing.report, 'configRemote')).toMatchObject({
      connect: { ok: false, close: null },
      verdict: { layer: 'auth', code: 'SECRET_UNRESOLVED' },
    });
    const open = await startRecorder();
    await configure(home, local(await freePort(), { mode: 'remote', remote: { url: open.url, token } }));
    expect(warningCodes((await probe(home)).report)).not.toContain('auth_secretref_unresolved');
  });

  test('a configured address that is none is the fault of that target alone', async () => {
    const { home, port } = await openConfigured();
    await configure(home, local(port, { remote: { url: 'wss://me:secret-pw@far.example' } }));
    const { code, report, text } = await probe(home);
    expect(code).toBe(0);
    expect(targetIn(report, 'configRemote').verdict).toMatchObject({ code: 'ADDRESS_INVALID' });
    expect(text).not.toContain('secret-pw');
  });

  test('names every field of the JSON of both eras', async () => {
    const { home, port } = await openConfigured();
    const far = await startRecorder({
      server: { ...HELLO.server, buildId: 'b' },
      auth: { method: 'token', role: 'operator', scopes: [] },
    });
    await configure(home, local(port, { remote: { url: far.url, token: 't' } }));
    const full = await probe(home);
    const refused = await probe(await openHome(), ['--url', `ws://127.0.0.1:${port}`, '--token', 'bad']);
    const fields = [...fieldsOf(full.report), ...fieldsOf(refused.report)];
    expect(PUBLISHED_FIELDS.filter((field) => !fields.includes(field))).toEqual([]);
  });
});

/** Source: CLI samples of 2026.3 and 2026.9, probe with --json. */
const PUBLISHED_FIELDS = [
  ...['ok', 'degraded', 'capability', 'ts', 'durationMs', 'timeoutMs', 'primaryTargetId'],
  ...['warnings[].code', 'warnings[].message', 'warnings[].targetIds'],
  ...['network.localLoopbackUrl', 'network.localTailnetUrl', 'network.tailnetIPv4'],
  ...['discovery.timeoutMs', 'discovery.count', 'discovery.beacons'],
  ...[
    ...['id', 'kind', 'url', 'active', 'tunnel', 'self', 'config', 'health', 'summary', 'presence'],
    ...['ok', 'rpcOk', 'scopeLimited', 'latencyMs', 'error', 'close'].map((name) => `connect.${name}`),
    ...['connect.close.code', 'connect.close.reason'],
    ...['auth.role', 'auth.scopes', 'auth.capability'],
    ...['server.version', 'server.buildId', 'server.connId'],
    ...['self.host', 'self.ip', 'self.version', 'self.platform', 'self.instanceId'],
    ...['config.path', 'config.exists', 'config.valid', 'config.issues', 'config.legacyIssues'],
    ...[
      ...['mode', 'bind', 'port', 'controlUiEnabled', 'controlUiBasePath', 'authMode', 'authTokenConfigured'],
      ...['authPasswordConfigured', 'remoteUrl', 'remoteTokenConfigured', 'remotePasswordConfigured'],
      'tailscaleMode',
    ].map((name) => `config.gateway.${name}`),
    'config.discovery.wideAreaEnabled',
  ].map((name) => `targets[].${name}`),
];

describe('gateway probe leaves nothing behind', () => {
  test('neither with the gateway nor in the directory of whoever asks, let in or not', async () => {
    const { home, port } = await openConfigured();
    const guest = await openHome();
    await configure(guest, local(await freePort()));
    const trayOf = ({ dir }: Home) => filesIn(join(dir, '.openclaw'));
    // A gateway keeps its configuration a moment after its start.
    await vi.waitFor(
      () => expect(Object.keys(trayOf(home))).toContain('tray/config/last-good.json5'),
      20_000,
    );
    const before = [trayOf(home), trayOf(guest), filesIn(guest.dir)];
    const url = `ws://127.0.0.1:${port}`;
    await probe(home);
    await probe(guest, ['--url', url]);
    await probe(guest, ['--url', url, '--token', 'wrong']);
    await probe(guest, ['--url', url, '--token', 'secret-local']);
    expect([trayOf(home), trayOf(guest), filesIn(guest.dir)]).toEqual(before);
  });

  test('and a home without any directory stays without one', async () => {
    const home = await openHome();
    await probe(home, ['--port', String(await freePort())]);
    expect(filesIn(home.dir)).toEqual({});
  });

  test('a token that a gateway would give this device is not taken', async () => {
    const home = await openHome();
    const gateway = await startScriptedGateway(async (peer) => {
      await peer.greet({ auth: { ...HELLO.auth, deviceToken: 'secret-device' } });
      for (;;) peer.answer(await peer.next(), {});
    });
    await configure(
      home,
      local(await freePort(), { mode: 'remote', remote: { url: gateway.url, token: 't' } }),
    );
    const before = filesIn(home.dir);
    expect(targetIn((await probe(home)).report, 'configRemote').connect.ok).toBe(true);
    expect(filesIn(home.dir)).toEqual(before);
  });
});

describe('the flags of gateway probe', () => {
  test.each([
    [['--ssh', 'a@b', '--ssh-auto'], 'Use either --ssh or --ssh-auto.'],
    [['--ssh-identity', 'k'], 'Use --ssh-identity and --remote-port together with --ssh user@host.'],
    [['--timeout', '0'], 'Invalid --timeout.'],
    [['--url', 'ftp://x'], 'Invalid --url.'],
  ])('%j are refused', async (flags, words) => {
    const home = await openHome();
    const ended = await home.run(['gateway', 'probe', ...flags]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(words);
  });
});
