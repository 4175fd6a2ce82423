import { describe, expect, it } from 'vitest';
import { shortCode } from '../lib/short-code.ts';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { ALL_SCOPES, type ConnectRequest, TestPeer, testDevice } from '../testing/test-peer.ts';
import {
  asNode,
  BEHIND_PROXY,
  configWith,
  from,
  join,
  operator,
  refused,
  startFakeTimeGateway,
  TOKEN,
} from './testing/server-fixtures.ts';

type Row = Record<string, unknown> & { deviceId: string };
type Details = { requestId: string; reason: string; code: string };

const REMOTE = from('198.51.100.7');
const READ = ['operator.read'];

async function list(peer: TestPeer): Promise<{ pending: Row[]; paired: Row[] }> {
  return (await peer.request('device.pair.list')) as { pending: Row[]; paired: Row[] };
}

async function pend(gateway: { url: string }, request: ConnectRequest, options = REMOTE) {
  const answer = await refused(gateway.url, { auth: TOKEN, ...request }, options);
  return { ...answer, details: answer.error.details as Details };
}

async function sampleOf(gateway: TestGateway, device: DeviceIdentity, request: ConnectRequest = {}) {
  return join(gateway.url, { auth: TOKEN, device, ...request });
}

describe('silent pairing', () => {
  it('takes in a direct local client for exactly what it asks, and tells those who may know', async () => {
    await using gateway = await startTestGateway();
    const watcher = await operator(gateway.url, ['operator.pairing']);
    const stranger = await operator(gateway.url, ['operator.write', 'operator.approvals']);
    const device = testDevice();
    const { peer } = await sampleOf(gateway, device, { scopes: READ });
    const resolved = await watcher.waitFor((frame) => frame.event === 'device.pair.resolved');
    expect(resolved.payload).toEqual({
      requestId: expect.any(String),
      deviceId: device.deviceId,
      decision: 'approved',
      ts: expect.any(Number),
    });
    expect(watcher.events('device.pair.requested')).toEqual([]);
    await stranger.request('health');
    expect(stranger.events('device.pair.resolved')).toEqual([]);
    const { pending, paired } = await list(watcher);
    expect(pending).toEqual([]);
    expect(paired).toEqual([
      expect.objectContaining({
        deviceId: device.deviceId,
        publicKey: device.publicKey,
        roles: ['operator'],
        scopes: READ,
        approvedVia: 'silent',
        connected: true,
      }),
    ]);
    await Promise.all([peer.close(), watcher.close(), stranger.close()]);
  });

  it('extends to more scopes and another role', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    await (await sampleOf(gateway, device, { scopes: READ })).peer.close();
    const more = await sampleOf(gateway, device, { scopes: ['operator.admin'] });
    expect(more.hello.auth.scopes).toEqual(['operator.admin']);
    const node = await join(gateway.url, asNode(device));
    expect(node.hello.auth.role).toBe('node');
    expect(node.hello.auth.deviceToken).not.toBe(more.hello.auth.deviceToken);
    await Promise.all([more.peer.close(), node.peer.close()]);
  });

  it('does not extend what a device token alone may do', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const { peer, hello } = await sampleOf(gateway, device, { scopes: READ });
    const auth = { deviceToken: hello.auth.deviceToken };
    const { error } = await refused(gateway.url, { auth, device, scopes: ['operator.admin'] });
    expect(error.details?.code).toBe('AUTH_SCOPE_MISMATCH');
    await peer.close();
  });

  const unheard: [string, ConnectRequest, object][] = [
    ['from a browser, even on this machine', {}, {}],
    ['through a proxy on this machine', {}, REMOTE],
    ['through a proxy that calls it local', {}, from('127.0.0.1')],
  ];
  for (const [name, request, options] of unheard) {
    it(`never happens to a client ${name}`, async () => {
      await using gateway = await startTestGateway({ config: BEHIND_PROXY });
      const origin = { headers: { origin: `http://127.0.0.1:${gateway.port}` } };
      const chosen = Object.keys(options).length > 0 ? options : origin;
      const { details } = await pend(gateway, { ...request, device: testDevice() }, chosen);
      expect(details).toMatchObject({ code: 'PAIRING_REQUIRED', reason: 'not-paired' });
    });
  }

  it('can be turned off', async () => {
    const nodes = { pairing: { autoApproveLocal: false } };
    await using gateway = await startTestGateway({ config: configWith({ nodes }) });
    expect((await pend(gateway, { device: testDevice() }, {})).details.reason).toBe('not-paired');
  });

  it('is refused together with the connection when forwarding headers come from no known proxy', async () => {
    await using gateway = await startTestGateway();
    for (const name of [
      'x-forwarded-for',
      'x-real-ip',
      'forwarded',
      'x-forwarded-host',
      'x-forwarded-proto',
    ]) {
      const open = TestPeer.open(gateway.url, { headers: { [name]: '127.0.0.1' } });
      await expect(open, name).rejects.toThrow('HTTP 403');
    }
  });
});

describe('a device that has to wait for approval', () => {
  it('is told so in the words of each era, under a request id that stays the same', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const device = testDevice();
    const first = await pend(gateway, { device, scopes: READ });
    const { requestId } = first.details;
    expect(requestId).toMatch(/^[\w-]{36}$/);
    expect(first.error).toEqual({
      code: 'NOT_PAIRED',
      message: 'pairing required: device is not approved yet',
      details: {
        code: 'PAIRING_REQUIRED',
        reason: 'not-paired',
        requestId,
        pairingCode: shortCode(device.publicKey, requestId),
        remediationHint: 'Approve this device from the pending pairing requests.',
        deviceId: device.deviceId,
        requestedRole: 'operator',
        requestedScopes: READ,
      },
    });
    expect(first.close).toEqual({
      code: 1008,
      reason: `pairing required: device is not approved yet (requestId: ${requestId})`,
    });
    for (let again = 0; again < 3; again += 1) {
      expect((await pend(gateway, { device, scopes: READ })).details.requestId).toBe(requestId);
    }
    const v3 = await pend(gateway, { device, scopes: READ, protocol: 3 });
    expect(v3.error).toEqual({
      code: 'NOT_PAIRED',
      message: 'pairing required',
      details: { code: 'PAIRING_REQUIRED', requestId, reason: 'not-paired' },
    });
    expect(v3.close).toEqual({ code: 1008, reason: 'pairing required' });
  });

  it('is announced once, and listed with where it comes from', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const admin = await operator(gateway.url);
    const device = testDevice();
    for (let again = 0; again < 3; again += 1) await pend(gateway, { device, scopes: READ });
    const { pending } = await list(admin);
    expect(pending).toEqual([
      expect.objectContaining({
        deviceId: device.deviceId,
        role: 'operator',
        scopes: READ,
        remoteIp: '198.51.100.7',
        silent: false,
        isRepair: false,
      }),
    ]);
    const announced = admin.events('device.pair.requested').map((frame) => frame.payload);
    expect(announced).toEqual([expect.objectContaining({ requestId: pending[0]?.requestId })]);
    await admin.close();
  });

  it('gets in once it is approved, keeps its token, and gets in again with that alone', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const admin = await operator(gateway.url);
    const device = testDevice();
    const { details } = await pend(gateway, { device, scopes: READ });
    const approved = await admin.request('device.pair.approve', { requestId: details.requestId });
    expect(approved).toEqual({
      requestId: details.requestId,
      device: expect.objectContaining({ deviceId: device.deviceId, scopes: READ, approvedVia: 'owner' }),
    });
    expect(JSON.stringify(approved)).not.toMatch(/"token":/);
    const resolved = admin.events('device.pair.resolved').at(-1);
    expect(resolved?.payload).toMatchObject({ requestId: details.requestId, decision: 'approved' });
    const { peer, hello } = await join(gateway.url, { auth: TOKEN, device, scopes: READ }, REMOTE);
    const deviceToken = hello.auth.deviceToken;
    const again = await join(gateway.url, { auth: { deviceToken }, device, scopes: READ }, REMOTE);
    expect(again.hello.auth).toMatchObject({ method: 'device-token', scopes: READ, deviceToken });
    expect((await list(admin)).pending).toEqual([]);
    await Promise.all([peer.close(), again.peer.close(), admin.close()]);
  });

  it('goes without the scopes that its owner left out, and is not asked about them again', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const admin = await operator(gateway.url);
    const device = testDevice();
    const wanted = { device, scopes: ['operator.admin', 'operator.read', 'operator.approvals'] };
    const { requestId } = (await pend(gateway, wanted)).details;
    const approve = (scopes: string[]) => admin.request('device.pair.approve', { requestId, scopes });
    await expect(approve(['operator.write'])).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('did not ask for operator.write'),
    });
    await expect(approve([])).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await approve(READ)).toMatchObject({ device: { scopes: READ } });
    const { peer, hello } = await join(gateway.url, { auth: TOKEN, ...wanted }, REMOTE);
    expect(hello.auth.scopes).toEqual(READ);
    await expect(peer.request('config.patch', { raw: '{}' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const auth = { deviceToken: hello.auth.deviceToken };
    const again = await join(gateway.url, { auth, ...wanted }, REMOTE);
    expect(again.hello.auth.scopes).toEqual(READ);
    const more = { device, scopes: [...wanted.scopes, 'operator.pairing'] };
    expect((await pend(gateway, more)).details).toMatchObject({
      reason: 'scope-upgrade',
      requestedScopes: ['operator.read', 'operator.pairing'],
    });
    await Promise.all([peer.close(), again.peer.close(), admin.close()]);
  });

  it('that is rejected has to ask anew', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const admin = await operator(gateway.url);
    const device = testDevice();
    const { requestId } = (await pend(gateway, { device })).details;
    expect(await admin.request('device.pair.reject', { requestId })).toEqual({
      requestId,
      deviceId: device.deviceId,
    });
    expect(admin.events('device.pair.resolved').at(-1)?.payload).toMatchObject({
      requestId,
      deviceId: device.deviceId,
      decision: 'rejected',
    });
    for (const method of ['device.pair.approve', 'device.pair.reject']) {
      await expect(admin.request(method, { requestId })).rejects.toEqual({
        code: 'INVALID_REQUEST',
        message: 'unknown requestId',
      });
    }
    expect((await pend(gateway, { device })).details.reason).toBe('not-paired');
    await admin.close();
  });

  it('waits five minutes and no longer', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    const { requestId } = (await pend(gateway, { device: testDevice() })).details;
    gateway.clock.advance(300_000);
    const admin = await operator(gateway.url);
    expect((await list(admin)).pending).toEqual([]);
    await expect(admin.request('device.pair.approve', { requestId })).rejects.toMatchObject({
      message: 'unknown requestId',
    });
    await admin.close();
  });

  it('is one of at most twenty of its address, and the rest are told when to come back', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    for (let n = 0; n < 20; n += 1) await pend(gateway, { device: testDevice() });
    const { error, close } = await pend(gateway, { device: testDevice() });
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterMs: 300_000 });
    expect(close.code).toBe(1008);
    const elsewhere = await pend(gateway, { device: testDevice() }, from('198.51.100.8'));
    expect(elsewhere.details.reason).toBe('not-paired');
  });
});

describe('an upgrade from afar', () => {
  async function paired(gateway: TestGateway, request: ConnectRequest = {}) {
    const device = testDevice();
    await (await sampleOf(gateway, device, { scopes: READ, ...request })).peer.close();
    return device;
  }

  it('of scopes waits for approval, while the approved ones still work', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const device = await paired(gateway);
    const { error } = await pend(gateway, { device, scopes: ['operator.admin'] });
    expect(error).toMatchObject({
      message: 'pairing required: device is asking for more scopes than currently approved',
      details: {
        reason: 'scope-upgrade',
        remediationHint: 'Review the requested scopes, then approve the pending upgrade.',
        approvedRoles: ['operator'],
        approvedScopes: READ,
      },
    });
    const { peer } = await join(gateway.url, { auth: TOKEN, device, scopes: READ }, REMOTE);
    await peer.close();
  });

  it('of the role waits for approval', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const device = await paired(gateway);
    const { error } = await pend(gateway, asNode(device));
    expect(error).toMatchObject({
      message: 'pairing required: device is asking for a higher role than currently approved',
      details: {
        reason: 'role-upgrade',
        remediationHint: 'Review the requested role upgrade, then approve the pending request.',
        requestedRole: 'node',
        requestedScopes: [],
      },
    });
  });

  it('of platform or family waits for approval even when it is local, and then is the new truth', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const device = await paired(gateway, { client: { platform: 'linux', deviceFamily: 'Linux' } });
    const changed = { device, scopes: READ, client: { platform: 'darwin', deviceFamily: 'Mac' } };
    const { error, close, details } = await pend(gateway, changed, {});
    expect(error).toEqual({
      code: 'NOT_PAIRED',
      message: 'pairing required: device identity changed and must be re-approved',
      details: {
        code: 'PAIRING_REQUIRED',
        reason: 'metadata-upgrade',
        pairingCode: expect.stringMatching(/^\d{3} \d{3}$/),
        requestId: details.requestId,
        remediationHint: 'Review the refreshed device details, then approve the pending request.',
        deviceId: device.deviceId,
        requestedRole: 'operator',
        requestedScopes: READ,
        approvedRoles: ['operator'],
        approvedScopes: READ,
      },
    });
    expect(close.reason).toBe(
      `pairing required: device identity changed and must be re-approved (requestId: ${details.requestId})`,
    );
    const v3 = await pend(gateway, { ...changed, protocol: 3 }, {});
    expect(v3.details).toEqual({
      code: 'PAIRING_REQUIRED',
      requestId: details.requestId,
      reason: 'metadata-upgrade',
    });
    expect((await list(admin)).pending[0]).toMatchObject({ isRepair: true });
    await admin.request('device.pair.approve', { requestId: details.requestId });
    await (await join(gateway.url, { auth: TOKEN, ...changed })).peer.close();
    await admin.close();
  });

  it('also waits when only the device token vouches for it', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const { peer, hello } = await sampleOf(gateway, device, { scopes: READ });
    const auth = { deviceToken: hello.auth.deviceToken };
    const { error } = await refused(gateway.url, {
      auth,
      device,
      scopes: READ,
      client: { platform: 'darwin' },
    });
    expect(error.details?.reason).toBe('metadata-upgrade');
    await peer.close();
  });
});

describe('management', () => {
  const missing = (scope: string, required: string[]) => ({
    code: 'FORBIDDEN',
    message: `missing scope: ${scope}`,
    details: { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: required },
  });

  it('hands on nothing that the caller does not hold', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const manager = await operator(gateway.url, ['operator.pairing', 'operator.read']);
    const device = testDevice();
    const { requestId } = (await pend(gateway, { device, scopes: ['operator.admin'] })).details;
    await expect(manager.request('device.pair.approve', { requestId })).rejects.toEqual(
      missing('operator.admin', ['operator.admin']),
    );
    expect((await list(manager)).pending).toHaveLength(1);
    const strong = testDevice();
    const { peer } = await sampleOf(gateway, strong, { scopes: ['operator.admin'] });
    const rotation = { deviceId: strong.deviceId, role: 'operator' };
    await expect(manager.request('device.token.rotate', rotation)).rejects.toEqual(
      missing('operator.admin', ['operator.admin']),
    );
    await expect(peer.request('health')).resolves.toBeDefined();
    const weak = (await pend(gateway, { device: testDevice(), scopes: READ })).details;
    await expect(
      manager.request('device.pair.approve', { requestId: weak.requestId }),
    ).resolves.toBeDefined();
    await Promise.all([manager.close(), peer.close()]);
  });

  it('lets no device that may only manage pairings throw out one that may do more', async () => {
    await using gateway = await startTestGateway();
    const strong = testDevice();
    const admin = await sampleOf(gateway, strong, { scopes: ['operator.admin'] });
    const weak = testDevice();
    const manager = await sampleOf(gateway, weak, { scopes: ['operator.pairing'] });
    const target = { deviceId: strong.deviceId, role: 'operator' };
    for (const [method, params] of [
      ['device.pair.remove', { deviceId: strong.deviceId }],
      ['device.token.revoke', target],
    ] as const) {
      await expect(manager.peer.request(method, params), method).rejects.toEqual(
        missing('operator.admin', ['operator.admin']),
      );
    }
    await expect(admin.peer.request('health')).resolves.toBeDefined();
    const equal = testDevice();
    await (await sampleOf(gateway, equal, { scopes: ['operator.pairing'] })).peer.close();
    await manager.peer.request('device.pair.remove', { deviceId: equal.deviceId });
    await manager.peer.request('device.pair.remove', { deviceId: weak.deviceId });
    await manager.peer.closed;
    await admin.peer.close();
  });

  it('lets a device that was approved for more do so, and the command line on this machine, asking for little', async () => {
    await using gateway = await startTestGateway();
    const own = testDevice();
    await (await sampleOf(gateway, own, { scopes: ALL_SCOPES })).peer.close();
    const remover = await sampleOf(gateway, own, { scopes: ['operator.pairing'] });
    for (const peer of [remover.peer, await operator(gateway.url, ['operator.pairing'])]) {
      const device = testDevice();
      await (await sampleOf(gateway, device, { scopes: ['operator.admin'] })).peer.close();
      const { deviceId } = device;
      expect(await peer.request('device.pair.remove', { deviceId })).toEqual({ deviceId });
      await peer.close();
    }
  });

  it('of what is not there is refused in the words of each era', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const { peer: v3 } = await sampleOf(gateway, testDevice(), { protocol: 3 });
    const unknown = (message: string) => ({ code: 'INVALID_REQUEST', message });
    const nobody = { deviceId: 'nope', role: 'operator' };
    await expect(admin.request('device.pair.remove', { deviceId: 'nope' })).rejects.toEqual(
      unknown('unknown deviceId'),
    );
    await expect(admin.request('device.token.rotate', nobody)).rejects.toEqual(
      unknown('device token rotation denied'),
    );
    await expect(v3.request('device.token.rotate', nobody)).rejects.toEqual(unknown('unknown deviceId/role'));
    for (const peer of [admin, v3]) {
      await expect(peer.request('device.token.revoke', nobody)).rejects.toEqual(
        unknown('unknown deviceId/role'),
      );
      await expect(peer.request('device.pair.approve', {})).rejects.toEqual(
        unknown("invalid device.pair.approve params: must have required property 'requestId'"),
      );
    }
    await Promise.all([admin.close(), v3.close()]);
  });

  it('never lists a token', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const { peer, hello } = await sampleOf(gateway, device);
    const text = JSON.stringify(await list(peer));
    expect(text).toContain(device.deviceId);
    expect(text).not.toContain(hello.auth.deviceToken);
    await peer.close();
  });

  it('shows a rotated token to the device itself only, and to v3 callers as they are used to', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const { peer: v3 } = await sampleOf(gateway, testDevice(), { protocol: 3 });
    const device = testDevice();
    const target = { deviceId: device.deviceId, role: 'operator' };
    const first = await sampleOf(gateway, device);
    expect(await admin.request('device.token.rotate', target)).toEqual({
      ...target,
      scopes: [...ALL_SCOPES].sort(),
      rotatedAtMs: expect.any(Number),
      tokenDelivery: 'withheld-cross-device',
    });
    await first.peer.closed;
    const toV3 = await v3.request('device.token.rotate', { ...target, scopes: READ });
    expect(toV3).toEqual({
      ...target,
      scopes: READ,
      rotatedAtMs: expect.any(Number),
      token: expect.stringMatching(/^[\w-]{43}$/),
    });
    const { peer } = await join(gateway.url, { auth: { deviceToken: toV3.token }, device, scopes: READ });
    await Promise.all([peer.close(), v3.close(), admin.close()]);
  });

  it('answers a device that replaces its own token before it closes the socket', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const { peer, hello } = await sampleOf(gateway, device);
    const target = { deviceId: device.deviceId, role: 'operator' };
    const rotated = await peer.request('device.token.rotate', target);
    expect(rotated).toMatchObject({ tokenDelivery: 'in-band', token: expect.stringMatching(/^[\w-]{43}$/) });
    expect(rotated.token).not.toBe(hello.auth.deviceToken);
    expect((await peer.closed).code).toBe(4001);
    const old = await refused(gateway.url, { auth: { deviceToken: hello.auth.deviceToken }, device });
    expect(old.error.details?.code).toBe('AUTH_DEVICE_TOKEN_MISMATCH');
    await (await join(gateway.url, { auth: { deviceToken: rotated.token }, device })).peer.close();
  });
});

describe('a device that loses its grant', () => {
  const acts: [string, (deviceId: string) => object][] = [
    ['device.token.revoke', (deviceId) => ({ deviceId, role: 'operator' })],
    ['device.token.rotate', (deviceId) => ({ deviceId, role: 'operator' })],
    ['device.pair.remove', (deviceId) => ({ deviceId })],
  ];
  for (const [method, params] of acts) {
    it(`by ${method} loses its sockets, its token, and every frame it sends after`, async () => {
      await using gateway = await startTestGateway();
      const admin = await operator(gateway.url);
      const device = testDevice();
      const sockets = [await sampleOf(gateway, device), await sampleOf(gateway, device, { scopes: READ })];
      const bystander = await sampleOf(gateway, testDevice());
      await admin.request(method, params(device.deviceId));
      for (const { peer } of sockets) {
        const late = peer.requestRaw('set-heartbeats', { enabled: false });
        await expect(late).rejects.toThrow('the socket closed');
        expect(await peer.closed).toEqual({ code: 4001, reason: 'device removed' });
      }
      const health = (await admin.request('health', { probe: true })) as { heartbeatSeconds: number };
      expect(health.heartbeatSeconds).toBe(1800);
      const auth = { deviceToken: sockets[0]?.hello.auth.deviceToken };
      const { error } = await refused(gateway.url, { auth, device, scopes: READ });
      expect(error.details?.code).toBe('AUTH_DEVICE_TOKEN_MISMATCH');
      await expect(bystander.peer.request('health')).resolves.toBeDefined();
      await Promise.all([admin.close(), bystander.peer.close()]);
    });
  }

  it('in one role keeps the sockets of the other', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const device = testDevice();
    const asOperator = await sampleOf(gateway, device);
    const node = await join(gateway.url, asNode(device));
    await admin.request('device.token.revoke', { deviceId: device.deviceId, role: 'node' });
    expect((await node.peer.closed).code).toBe(4001);
    await expect(asOperator.peer.request('health')).resolves.toBeDefined();
    await Promise.all([asOperator.peer.close(), admin.close()]);
  });

  it('cannot act while its side of the close is outstanding', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const device = testDevice();
    const { peer } = await sampleOf(gateway, device);
    peer.socket.pause();
    await admin.request('device.token.revoke', { deviceId: device.deviceId, role: 'operator' });
    peer.socket.send(
      JSON.stringify({ type: 'req', id: 'late', method: 'set-heartbeats', params: { enabled: false } }),
    );
    await expect.poll(() => gateway.gateway.connections()).toBe(1);
    const health = (await admin.request('health', { probe: true })) as { heartbeatSeconds: number };
    expect(health.heartbeatSeconds).toBe(1800);
    peer.socket.terminate();
    await admin.close();
  });

  it('by revocation may come back when it is local, and from afar only when it is approved anew', async () => {
    await using gateway = await startTestGateway({ config: BEHIND_PROXY });
    const admin = await operator(gateway.url);
    const device = testDevice();
    const { peer } = await sampleOf(gateway, device, { scopes: READ });
    await admin.request('device.token.revoke', { deviceId: device.deviceId, role: 'operator' });
    await peer.closed;
    expect((await pend(gateway, { device, scopes: READ })).details.reason).toBe('role-upgrade');
    await admin.close();
  });
});
