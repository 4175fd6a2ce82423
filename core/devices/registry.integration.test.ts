import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { pairedDevice, pendingDevice } from '../protocol/methods/devices.ts';
import type { Invalidation } from './device-ledger.ts';
import type { PairedDevice, PendingDevice } from './paired-device.ts';
import { type DeviceRegistry, openDeviceRegistry } from './registry.ts';
import {
  ADMIN,
  listeningLogger,
  newKey,
  OWNER,
  request,
  steppedClock,
  temporaryDir,
} from './testing/device-fixtures.ts';

type Wire<T extends z.ZodType> = z.infer<T>;
const onTheWire = (
  device: PairedDevice,
  pending: PendingDevice,
): [Wire<typeof pairedDevice>, Wire<typeof pendingDevice>] => [{ ...device }, { ...pending }];

async function fixture() {
  const temporary = await temporaryDir();
  const dir = join(temporary.path, 'devices');
  const clock = steppedClock();
  const log = listeningLogger();
  const open = (): Promise<DeviceRegistry> => openDeviceRegistry({ dir, clock, log });
  const registry = await open();
  const events: Invalidation[] = [];
  registry.onInvalidated((event) => events.push(event));
  return {
    dir,
    clock,
    log,
    registry,
    events,
    /** What a new process finds. */
    async reopen(): Promise<DeviceRegistry> {
      await registry.close();
      return open();
    },
    async [Symbol.asyncDispose]() {
      await registry.close();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

const tokenOf = (registry: DeviceRegistry, deviceId: string, role = 'operator'): string => {
  const current = registry.token(deviceId, role);
  if (current === undefined) throw new Error('no token');
  return current.token;
};

describe('silent pairing', () => {
  it('grants exactly what was asked and issues one token that stays the same', async () => {
    await using at = await fixture();
    const asked = request({ scopes: ['operator.write', 'operator.admin'] });
    expect(at.registry.assess(asked)).toEqual({ status: 'needs-approval', reason: 'not-paired' });
    const { device, requestId } = await at.registry.approveSilently(asked);
    expect(requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(device).toEqual({
      deviceId: asked.deviceId,
      publicKey: asked.publicKey,
      platform: 'linux',
      clientId: 'cli',
      clientMode: 'cli',
      role: 'operator',
      roles: ['operator'],
      scopes: ['operator.write', 'operator.admin'],
      approvedVia: 'silent',
      createdAtMs: at.clock.now(),
      approvedAtMs: at.clock.now(),
      tokens: [
        { role: 'operator', scopes: ['operator.admin', 'operator.write'], createdAtMs: at.clock.now() },
      ],
    });
    expect(at.registry.assess(asked)).toEqual({ status: 'paired', device });
    const token = at.registry.token(asked.deviceId, 'operator');
    expect(token?.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(token?.issuedAtMs).toBe(at.clock.now());
    expect(at.registry.token(asked.deviceId, 'operator')).toEqual(token);
  });

  it('adds roles and scopes and keeps the token', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    const token = tokenOf(at.registry, asked.deviceId);
    await at.registry.approveSilently({ ...asked, scopes: ['operator.approvals'] });
    const { device } = await at.registry.approveSilently({ ...asked, role: 'node', scopes: [] });
    expect(device.roles).toEqual(['operator', 'node']);
    expect(at.registry.checkToken(asked.deviceId, 'operator', token)).toEqual({
      ok: true,
      scopes: ['operator.approvals', 'operator.read'],
    });
    expect(at.registry.checkToken(asked.deviceId, 'node', token)).toEqual({ ok: false });
    expect(tokenOf(at.registry, asked.deviceId, 'node')).not.toBe(token);
  });

  it('never accepts a changed platform of an operator or a changed key', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    const changed = { ...asked, platform: 'darwin' };
    const before = at.registry.list();
    for (const each of [
      changed,
      { ...changed, scopes: ['operator.admin'] },
      { ...asked, ...newKey(), deviceId: asked.deviceId },
    ]) {
      await expect(at.registry.approveSilently(each)).rejects.toMatchObject({ code: 'NOT_PAIRED' });
    }
    expect(at.registry.list()).toEqual(before);
  });

  it('resolves a request of the same kind that was waiting', async () => {
    await using at = await fixture();
    const asked = request();
    const { pending } = await at.registry.ask(asked);
    const { requestId } = await at.registry.approveSilently(asked);
    expect(requestId).toBe(pending.requestId);
    expect(at.registry.list().pending).toEqual([]);
  });

  it('knows a device by its key, however the key is written', async () => {
    await using at = await fixture();
    const key = newKey();
    await at.registry.approveSilently(request({ ...key, publicKey: key.raw.toString('base64') }));
    expect(at.registry.assess(request(key)).status).toBe('paired');
  });
});

describe('a pairing request', () => {
  it('has a stable id and is refreshed by the same ask', async () => {
    await using at = await fixture();
    const asked = request({ scopes: ['operator.write', 'operator.read'], remoteIp: '192.0.2.9' });
    const first = await at.registry.ask(asked);
    expect(first).toEqual({
      created: true,
      pending: {
        ...asked,
        requestId: first.pending.requestId,
        roles: ['operator'],
        silent: false,
        isRepair: false,
        ts: at.clock.now(),
      },
    });
    at.clock.advance(4 * 60_000);
    const again = await at.registry.ask({
      ...asked,
      scopes: [...asked.scopes].reverse(),
      platform: ' Linux',
    });
    expect(again).toEqual({ created: false, pending: { ...first.pending, ts: at.clock.now() } });
    at.clock.advance(4 * 60_000);
    expect(at.registry.list().pending).toHaveLength(1);
    at.clock.advance(60_000);
    expect(at.registry.list().pending).toEqual([]);
    expect(await at.registry.approve(first.pending.requestId, ADMIN)).toBeUndefined();
    expect(await at.registry.ask(asked)).toMatchObject({
      created: true,
      pending: { requestId: first.pending.requestId },
    });
  });

  it('keeps its id over a restart, and another gateway derives another one', async () => {
    await using at = await fixture();
    await using other = await fixture();
    const asked = request();
    const { pending } = await at.registry.ask(asked);
    const reopened = await at.reopen();
    expect(reopened.list().pending).toEqual([pending]);
    expect(await reopened.ask(asked)).toMatchObject({ created: false });
    expect((await other.registry.ask(asked)).pending.requestId).not.toBe(pending.requestId);
    await reopened.close();
  });

  it('grants what it showed and nothing of another request of the device', async () => {
    await using at = await fixture();
    const asked = request();
    const small = await at.registry.ask(asked);
    const large = await at.registry.ask({ ...asked, scopes: ['operator.admin'] });
    expect(large.pending.requestId).not.toBe(small.pending.requestId);
    const outcome = await at.registry.approve(small.pending.requestId, ADMIN);
    expect(outcome?.device).toMatchObject({ scopes: ['operator.read'], approvedVia: 'owner' });
    expect(at.registry.list().pending).toEqual([large.pending]);
  });

  it('is answered once', async () => {
    await using at = await fixture();
    const { pending } = await at.registry.ask(request());
    const { requestId } = pending;
    const outcomes = await Promise.all([
      at.registry.approve(requestId, ADMIN),
      at.registry.approve(requestId, ADMIN),
      at.registry.reject(requestId),
    ]);
    expect(outcomes.map((outcome) => outcome !== undefined)).toEqual([true, false, false]);
  });

  it('grants nothing when rejected', async () => {
    await using at = await fixture();
    const asked = request();
    const { pending } = await at.registry.ask(asked);
    expect(await at.registry.reject(pending.requestId)).toEqual(pending);
    expect(await at.registry.reject(pending.requestId)).toBeUndefined();
    expect(at.registry.assess(asked).status).toBe('needs-approval');
  });

  it('is refused when it is larger than a device description can be', async () => {
    await using at = await fixture();
    await expect(at.registry.ask(request({ displayName: 'x'.repeat(9_000) }))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('cannot be changed through a list that was handed out', async () => {
    await using at = await fixture();
    const asked = request();
    const { pending } = await at.registry.ask(asked);
    pending.scopes.push('operator.admin');
    at.registry.list().pending[0]?.scopes.push('operator.admin');
    asked.scopes.push('operator.admin');
    const outcome = await at.registry.approve(pending.requestId, ADMIN);
    outcome?.device.scopes.push('operator.admin');
    expect(at.registry.list().paired[0]?.scopes).toEqual(['operator.read']);
  });
});

describe('approval by an owner', () => {
  it('pins the new details, replaces the token and ends live connections', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    const created = at.clock.now();
    const old = tokenOf(at.registry, asked.deviceId);
    at.clock.advance(1000);
    const moved = { ...asked, platform: 'darwin' };
    const { pending } = await at.registry.ask(moved);
    expect(pending.isRepair).toBe(true);
    const outcome = await at.registry.approve(pending.requestId, ADMIN);
    expect(outcome?.device.tokens).toEqual([
      { role: 'operator', scopes: ['operator.read'], createdAtMs: created, rotatedAtMs: created + 1000 },
    ]);
    expect(at.registry.assess(moved).status).toBe('paired');
    expect(at.registry.assess(asked)).toMatchObject({ reason: 'metadata-upgrade' });
    expect(at.registry.checkToken(asked.deviceId, 'operator', old)).toEqual({ ok: false });
    expect(at.registry.token(asked.deviceId, 'operator')?.issuedAtMs).toBe(created + 1000);
    expect(at.events).toEqual([{ deviceId: asked.deviceId, role: 'operator', reason: 'approved' }]);
  });

  it('needs a caller that holds everything the new token will carry (CVE-2026-33579)', async () => {
    await using at = await fixture();
    const asked = request({ scopes: ['operator.admin'] });
    await at.registry.approveSilently(asked);
    const { pending } = await at.registry.ask({ ...asked, scopes: ['operator.read'], platform: 'darwin' });
    const caller = { scopes: ['operator.pairing', 'operator.read'] };
    await expect(at.registry.approve(pending.requestId, caller)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'missing scope: operator.admin',
    });
    expect(at.registry.list().pending).toEqual([pending]);
    expect(at.events).toEqual([]);
  });
});

describe('token management', () => {
  it('refuses every wrong token of a paired device', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    const token = tokenOf(at.registry, asked.deviceId);
    for (const wrong of ['', ' ', token.slice(1), `${token}=`, token.toLowerCase(), 'undefined']) {
      expect(at.registry.checkToken(asked.deviceId, 'operator', wrong)).toEqual({ ok: false });
    }
    expect(at.registry.checkToken('unknown', 'operator', token)).toEqual({ ok: false });
    expect(at.registry.checkToken(asked.deviceId, 'operator', token)).toMatchObject({ ok: true });
  });

  it('rotates to a token that may be narrower', async () => {
    await using at = await fixture();
    const asked = request({ scopes: ['operator.write', 'operator.approvals'] });
    await at.registry.approveSilently(asked);
    const old = tokenOf(at.registry, asked.deviceId);
    at.clock.advance(5);
    const rotated = await at.registry.rotateToken(asked.deviceId, 'operator', ['operator.read'], ADMIN);
    expect(rotated).toEqual({
      token: tokenOf(at.registry, asked.deviceId),
      scopes: ['operator.read'],
      rotatedAtMs: at.clock.now(),
    });
    expect(at.registry.checkToken(asked.deviceId, 'operator', old)).toEqual({ ok: false });
    const again = await at.registry.rotateToken(asked.deviceId, 'operator', undefined, ADMIN);
    expect(again?.scopes).toEqual(['operator.read']);
    expect(at.events.map((event) => event.reason)).toEqual(['rotated', 'rotated']);
  });

  it('rotates neither beyond the approved scopes nor beyond those of the caller', async () => {
    await using at = await fixture();
    const { deviceId } = (await at.registry.approveSilently(request({ scopes: ['operator.write'] }))).device;
    const old = tokenOf(at.registry, deviceId);
    const rotate = (scopes: string[] | undefined, caller: string[]) =>
      at.registry.rotateToken(deviceId, 'operator', scopes, { scopes: caller });
    await expect(rotate(['operator.admin'], ['operator.admin'])).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    await expect(rotate(['operator.write'], ['operator.read'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(rotate(undefined, ['operator.pairing'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(tokenOf(at.registry, deviceId)).toBe(old);
    expect(at.events).toEqual([]);
  });

  it('knows nothing of unknown devices and roles', async () => {
    await using at = await fixture();
    const { deviceId } = (await at.registry.approveSilently(request())).device;
    expect(await at.registry.rotateToken('nope', 'operator', undefined, ADMIN)).toBeUndefined();
    expect(await at.registry.rotateToken(deviceId, 'node', undefined, ADMIN)).toBeUndefined();
    expect(await at.registry.revokeToken('nope', 'operator', OWNER)).toBeUndefined();
    expect(await at.registry.revokeToken(deviceId, '__proto__', OWNER)).toBeUndefined();
    expect(await at.registry.remove('nope', OWNER)).toBe(false);
    expect(at.events).toEqual([]);
  });

  it('keeps a revoked role revoked, also over a restart, until it is approved anew', async () => {
    await using at = await fixture();
    const asked = request({ scopes: ['operator.admin'] });
    await at.registry.approveSilently(asked);
    const old = tokenOf(at.registry, asked.deviceId);
    const revokedAtMs = at.clock.now();
    expect(await at.registry.revokeToken(asked.deviceId, 'operator', OWNER)).toEqual({ revokedAtMs });
    at.clock.advance(10);
    expect(await at.registry.revokeToken(asked.deviceId, 'operator', OWNER)).toEqual({ revokedAtMs });
    expect(at.events[0]).toEqual({ deviceId: asked.deviceId, role: 'operator', reason: 'revoked' });
    const reopened = await at.reopen();
    expect(reopened.token(asked.deviceId, 'operator')).toBeUndefined();
    expect(reopened.checkToken(asked.deviceId, 'operator', old)).toEqual({ ok: false });
    expect(await reopened.rotateToken(asked.deviceId, 'operator', undefined, ADMIN)).toBeUndefined();
    expect(reopened.assess(asked)).toMatchObject({
      reason: 'role-upgrade',
      device: { roles: [], scopes: [] },
    });
    await reopened.approveSilently({ ...asked, scopes: ['operator.read'] });
    expect(reopened.token(asked.deviceId, 'operator')).toMatchObject({ scopes: ['operator.read'] });
    expect(reopened.checkToken(asked.deviceId, 'operator', old)).toEqual({ ok: false });
    await reopened.close();
  });

  it('is ended by no other device that was granted less, whatever scopes its connection asked for', async () => {
    await using at = await fixture();
    const grant = async (scopes: string[], role = 'operator') =>
      (await at.registry.approveSilently(request({ scopes, role }))).device.deviceId;
    const strong = await grant(['operator.read', 'operator.pairing']);
    const weak = { scopes: ['operator.pairing'], deviceId: await grant(['operator.pairing']) };
    const forbidden = { code: 'FORBIDDEN', message: 'missing scope: operator.read' };
    await expect(at.registry.remove(strong, weak)).rejects.toMatchObject(forbidden);
    await expect(at.registry.revokeToken(strong, 'operator', weak)).rejects.toMatchObject(forbidden);
    expect(at.events).toEqual([]);
    const equal = {
      scopes: ['operator.pairing'],
      deviceId: await grant(['operator.pairing', 'operator.write']),
    };
    expect(await at.registry.revokeToken(strong, 'operator', equal)).toBeDefined();
    expect(await at.registry.remove(strong, weak)).toBe(true);
    expect(await at.registry.remove(await grant([], 'node'), weak)).toBe(true);
    expect(await at.registry.remove(weak.deviceId, weak)).toBe(true);
  });

  it('forgets a removed device for good: its old token is worthless after a new pairing', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    const old = tokenOf(at.registry, asked.deviceId);
    at.registry.touch(asked.deviceId);
    await at.registry.ask({ ...asked, scopes: ['operator.admin'] });
    expect(await at.registry.remove(asked.deviceId, OWNER)).toBe(true);
    expect(at.registry.list()).toEqual({ pending: [], paired: [] });
    expect(at.events).toEqual([{ deviceId: asked.deviceId, reason: 'removed' }]);
    const { device } = await at.registry.approveSilently(asked);
    expect(device).not.toHaveProperty('lastSeenAtMs');
    expect(at.registry.list().paired).toEqual([device]);
    expect(at.registry.checkToken(asked.deviceId, 'operator', old)).toEqual({ ok: false });
  });

  it('tells every listener, also after one that fails, and none that was taken off', async () => {
    await using at = await fixture();
    const { deviceId } = (await at.registry.approveSilently(request())).device;
    const heard: string[] = [];
    at.registry.onInvalidated(() => {
      throw new Error('listener');
    });
    at.registry.onInvalidated(() => heard.push('last'));
    at.registry.onInvalidated(() => heard.push('off'))();
    await at.registry.revokeToken(deviceId, 'operator', OWNER);
    expect(heard).toEqual(['last']);
    expect(at.log.lines).toEqual(['A listener failed on a device that lost its grant']);
  });
});

describe('the files', () => {
  it('keep pairings and tokens over a restart, and no token in clear', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    const token = at.registry.token(asked.deviceId, 'operator');
    const before = at.registry.list();
    const reopened = await at.reopen();
    expect(reopened.list()).toEqual(before);
    expect(reopened.token(asked.deviceId, 'operator')).toEqual(token);
    for (const name of await readdir(at.dir)) {
      expect(await readFile(join(at.dir, name), 'latin1')).not.toContain(token?.token);
    }
    await reopened.close();
  });

  it.skipIf(process.platform === 'win32')('are readable by their owner only', async () => {
    await using at = await fixture();
    await at.registry.approveSilently(request());
    await at.registry.ask(request());
    expect((await stat(at.dir)).mode & 0o777).toBe(0o700);
    const names = await readdir(at.dir);
    expect(names.sort()).toEqual(['paired.json', 'pending.json', 'token.key']);
    for (const name of names) expect((await stat(join(at.dir, name))).mode & 0o777).toBe(0o600);
  });

  it('hold every one of many concurrent changes', async () => {
    await using at = await fixture();
    const asked = Array.from({ length: 15 }, () => request());
    await Promise.all([
      ...asked.map((each) => at.registry.approveSilently(each)),
      ...asked.map((each) => at.registry.ask({ ...each, scopes: ['operator.admin'] })),
    ]);
    const reopened = await at.reopen();
    expect(
      reopened
        .list()
        .paired.map((device) => device.deviceId)
        .sort(),
    ).toEqual(asked.map((each) => each.deviceId).sort());
    expect(reopened.list().pending).toHaveLength(15);
    await reopened.close();
  });

  it.each([
    ['torn', (text: string) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['of another shape', () => '{"version":1,"devices":[{"deviceId":"x"}]}'],
    ['an array', () => '[]'],
  ])('are set aside and logged when paired.json is %s', async (_name, damage) => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    await at.registry.close();
    const path = join(at.dir, 'paired.json');
    const damaged = damage(await readFile(path, 'utf8'));
    const aside = `${path}.corrupt-${at.clock.now()}`;
    await writeFile(path, damaged);
    await writeFile(aside, 'an earlier one');
    const reopened = await at.reopen();
    expect(reopened.assess(asked)).toMatchObject({ reason: 'not-paired' });
    await reopened.approveSilently(request());
    expect(await readFile(aside, 'utf8')).toBe('an earlier one');
    expect(await readFile(`${aside}-1`, 'utf8')).toBe(damaged);
    expect(at.log.lines).toHaveLength(1);
    expect(at.log.lines[0]).toContain('paired.json is damaged');
    await reopened.close();
  });

  it('stop the opening when a later version wrote them', async () => {
    await using at = await fixture();
    const path = join(at.dir, 'paired.json');
    await writeFile(path, '{"version":2}');
    await expect(at.reopen()).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    expect(await readFile(path, 'utf8')).toBe('{"version":2}');
  });

  it('stop the opening when they cannot be read', async () => {
    await using at = await fixture();
    await mkdir(join(at.dir, 'paired.json'));
    await expect(at.reopen()).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    expect((await stat(join(at.dir, 'paired.json'))).isDirectory()).toBe(true);
  });

  it('survive the loss of the token key: devices stay paired, old tokens end, the log says so', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    const old = tokenOf(at.registry, asked.deviceId);
    await writeFile(join(at.dir, 'token.key'), 'short');
    const reopened = await at.reopen();
    expect(reopened.assess(asked).status).toBe('paired');
    expect(reopened.checkToken(asked.deviceId, 'operator', old)).toEqual({ ok: false });
    expect(reopened.checkToken(asked.deviceId, 'operator', tokenOf(reopened, asked.deviceId))).toMatchObject({
      ok: true,
    });
    expect(at.log.lines[0]).toContain('every device token was replaced');
    expect(await readFile(join(at.dir, `token.key.corrupt-${at.clock.now()}`), 'utf8')).toBe('short');
    await reopened.close();
  });

  it('decide: a change that could not be stored did not happen', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    const token = tokenOf(at.registry, asked.deviceId);
    await rm(at.dir, { recursive: true });
    const before = at.registry.list();
    await expect(at.registry.revokeToken(asked.deviceId, 'operator', OWNER)).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
    });
    await expect(at.registry.ask(request())).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    expect(at.registry.list()).toEqual(before);
    expect(at.events).toEqual([]);
    await mkdir(at.dir);
    await at.registry.revokeToken(asked.deviceId, 'operator', OWNER);
    expect(at.registry.checkToken(asked.deviceId, 'operator', token)).toEqual({ ok: false });
  });
});

describe('sightings', () => {
  const storedSighting = async (dir: string): Promise<unknown> =>
    JSON.parse(await readFile(join(dir, 'paired.json'), 'utf8')).devices[0].lastSeenAtMs;

  it('show at once and are stored later, in one write', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    at.clock.advance(30);
    at.registry.touch(asked.deviceId);
    at.registry.touch('unknown');
    expect(at.registry.list().paired[0]).toMatchObject({
      lastSeenAtMs: at.clock.now(),
      lastSeenReason: 'connect',
    });
    expect(await storedSighting(at.dir)).toBeUndefined();
    const seen = at.clock.now();
    at.clock.advance(60_000);
    await at.registry.reject('queued behind the write');
    expect(await storedSighting(at.dir)).toBe(seen);
  });

  it('are stored when the registry closes', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    at.registry.touch(asked.deviceId);
    await at.registry.close();
    expect(await storedSighting(at.dir)).toBe(at.clock.now());
    await expect(at.registry.ask(asked)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('do not keep the registry from closing when the disk fails', async () => {
    await using at = await fixture();
    const asked = request();
    await at.registry.approveSilently(asked);
    at.registry.touch(asked.deviceId);
    await rm(at.dir, { recursive: true });
    await at.registry.close();
    expect(at.log.lines).toEqual(['Could not store when devices were seen last']);
  });
});

describe('the list', () => {
  it('has the shape of the wire contract, newest first', async () => {
    await using at = await fixture();
    await at.registry.approveSilently(request({ displayName: 'One', deviceFamily: 'Linux' }));
    at.clock.advance(1);
    const { device } = await at.registry.approveSilently(request());
    await at.registry.ask(request());
    at.clock.advance(1);
    const { pending } = await at.registry.ask(
      request({ remoteIp: '192.0.2.1', browserOrigin: 'https://a.test' }),
    );
    const list = at.registry.list();
    expect(z.array(pairedDevice).parse(list.paired)).toEqual(list.paired);
    expect(z.array(pendingDevice).parse(list.pending)).toEqual(list.pending);
    expect([list.paired[0], list.pending[0]]).toEqual(onTheWire(device, pending));
  });
});
