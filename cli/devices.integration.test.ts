import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { deviceIdOf } from '../core/devices/keys.ts';
import { openDeviceRegistry } from '../core/devices/registry.ts';
import { systemClock } from '../core/lib/clock.ts';
import { silentLogger } from '../core/lib/log.ts';
import { buildBundle, type Home, openHome, startGatewayIn } from './testing/command-line.ts';

beforeAll(buildBundle);

const LIST = 'Ids and roles are shown by: openclaw devices list\n';

/** A stranger's request that waits in the files of `home`; made before its gateway starts. */
async function knock(
  home: Home,
  displayName: string,
  scopes = ['operator.read', 'operator.write'],
  { publicKey } = generateKeyPairSync('ed25519'),
) {
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const dir = join(home.dir, '.openclaw', 'tray', 'devices');
  const registry = await openDeviceRegistry({ dir, clock: systemClock, log: silentLogger });
  const { pending } = await registry.ask({
    deviceId: deviceIdOf(raw),
    publicKey: raw.toString('base64url'),
    displayName,
    platform: 'android',
    clientId: 'openclaw-android',
    clientMode: 'ui',
    role: 'operator',
    scopes,
    remoteIp: '192.0.2.9',
  });
  await registry.close();
  return pending;
}

async function openDoor(home: Home) {
  const { port, stop } = await startGatewayIn(home);
  const devices = (...args: string[]) => home.run(['devices', ...args, '--port', String(port)]);
  return Object.assign(devices, { stop });
}

describe('pairing', () => {
  test('a request is listed, approved by its id, and the device is listed as paired', async () => {
    const home = await openHome();
    const request = await knock(home, 'Kitchen tablet');
    const devices = await openDoor(home);
    const before = await devices('list');
    expect(before).toMatchObject({ code: 0, stderr: '' });
    expect(before.stdout).toContain('Pairing requests that wait: 1');
    expect(before.stdout).toContain(request.requestId);
    expect(before.stdout).toContain('Kitchen tablet (android)');
    expect(before.stdout).toContain('192.0.2.9');
    expect(before.stdout).toMatch(/Code +\d{3} \d{3}\n/);
    const approved = await devices('approve', request.requestId);
    expect(approved).toMatchObject({ code: 0, stderr: '' });
    expect(approved.stdout).toContain('Approved Kitchen tablet (android).');
    const after = JSON.parse((await devices('list', '--json')).stdout);
    expect(after.pending).toEqual([]);
    expect(after.paired).toMatchObject([
      { deviceId: request.deviceId, scopes: ['operator.read', 'operator.write'] },
    ]);
  });

  test('the only request may be approved without its id, and is shown first', async () => {
    const home = await openHome();
    const request = await knock(home, 'Phone', ['operator.admin']);
    const devices = await openDoor(home);
    const { code, stdout } = await devices('approve');
    expect(code).toBe(0);
    expect(stdout.indexOf(request.requestId)).toBeLessThan(stdout.indexOf('Approved Phone'));
    expect(stdout).toContain('operator.admin');
    expect(stdout).toContain(request.deviceId);
  });

  test('a request may be granted in part', async () => {
    const home = await openHome();
    const { requestId } = await knock(home, 'Tablet', ['operator.admin', 'operator.read']);
    const devices = await openDoor(home);
    expect(await devices('approve', requestId, '--scope', 'operator.read')).toMatchObject({ code: 0 });
    const { paired } = JSON.parse((await devices('list', '--json')).stdout);
    expect(paired).toMatchObject([{ scopes: ['operator.read'] }]);
  });

  test('of several requests none is chosen, neither to approve nor to reject', async () => {
    const home = await openHome();
    const first = await knock(home, 'One');
    const second = await knock(home, 'Two');
    const devices = await openDoor(home);
    for (const verb of ['approve', 'reject']) {
      const { code, stdout, stderr } = await devices(verb);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('2 pairing requests are waiting; name the one you mean:');
      expect(stderr).toContain(first.requestId);
      expect(stderr).toContain(second.requestId);
    }
    const document = JSON.parse((await devices('approve', '--json')).stdout);
    expect(document.error.details.pending).toHaveLength(2);
    expect(JSON.parse((await devices('list', '--json')).stdout).pending).toHaveLength(2);
  });

  test('a device that is known with more than it asks for can be approved again', async () => {
    const home = await openHome();
    const key = generateKeyPairSync('ed25519');
    const first = await knock(home, 'Laptop', ['operator.admin'], key);
    const devices = await openDoor(home);
    expect(await devices('approve', first.requestId)).toMatchObject({ code: 0 });
    await devices.stop();
    const again = await knock(home, 'Laptop', ['operator.read'], key);
    const reopened = await openDoor(home);
    const { code, stdout } = await reopened('approve', again.requestId);
    expect(code).toBe(0);
    expect(stdout).toContain('a device that is known already asks again');
  });

  test('a request is rejected', async () => {
    const home = await openHome();
    const { requestId } = await knock(home, 'Nobody');
    const devices = await openDoor(home);
    expect((await devices('reject', requestId)).stdout).toContain('Rejected Nobody (android).');
    expect(JSON.parse((await devices('list', '--json')).stdout)).toEqual({ pending: [], paired: [] });
  });

  test('nothing to decide and unknown ids are errors', async () => {
    const home = await openHome();
    const devices = await openDoor(home);
    expect(await devices('approve')).toMatchObject({ code: 1, stderr: 'No pairing request is waiting.\n' });
    expect(await devices('approve', 'nope')).toMatchObject({ code: 1, stderr: `unknown requestId\n${LIST}` });
    expect(JSON.parse((await devices('reject', 'nope', '--json')).stdout).error).toMatchObject({
      type: 'gateway_request_error',
      message: 'unknown requestId',
    });
    expect(await devices('remove', 'nope')).toMatchObject({ code: 1, stderr: `unknown deviceId\n${LIST}` });
    const rotated = await devices('rotate', 'nope');
    expect(rotated).toMatchObject({ code: 1, stderr: `device token rotation denied\n${LIST}` });
  });
});

describe('a paired device', () => {
  test('gets another token, loses it, and is removed', async () => {
    const home = await openHome();
    const { requestId, deviceId } = await knock(home, 'Tablet', ['operator.admin']);
    const devices = await openDoor(home);
    await devices('approve', requestId);
    const rotated = await devices('rotate', deviceId);
    expect(rotated).toMatchObject({
      code: 0,
      stdout: [
        'Rotated the operator token of device',
        `${deviceId}.`,
        'Its open connections were closed. It gets the new token by itself when it next',
        'connects with the token or password of the gateway, or is paired again.',
        '',
      ].join('\n'),
    });
    const narrower = await devices('rotate', '--scope', 'operator.read', deviceId, '--json');
    expect(JSON.parse(narrower.stdout)).toMatchObject({ deviceId, scopes: ['operator.read'] });
    expect(JSON.parse((await devices('revoke', deviceId, '--json')).stdout)).toMatchObject({
      deviceId,
      role: 'operator',
    });
    expect((await devices('list')).stdout).toContain('revoked just now');
    expect((await devices('remove', deviceId)).stdout).toBe(`Removed device ${deviceId}.\n`);
    expect(JSON.parse((await devices('list', '--json')).stdout).paired).toEqual([]);
  });
});

test('the list fits 80 columns and shows no escape sequences of a hostile name', async () => {
  const home = await openHome();
  await knock(home, 'x\u001b[2J\u202e evil', [
    'operator.admin',
    'operator.approvals',
    'operator.pairing',
    'operator.read',
  ]);
  const devices = await openDoor(home);
  const { stdout } = await devices('list');
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
});

test('commands to go on with carry the profile', async () => {
  const home = await openHome();
  const { port } = await startGatewayIn(home, ['--profile', 'work']);
  const { stderr } = await home.run(['--profile', 'work', 'devices', 'approve', 'nope', '--port', `${port}`]);
  expect(stderr).toContain('openclaw --profile work devices list');
});
