import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { type ConnectRequest, TestPeer, testDevice } from '../testing/test-peer.ts';
import { join, refused, TOKEN } from './testing/server-fixtures.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const FAMILY = { deviceFamily: ' Linux ', platform: ' LINUX' };

function refusalOf(message: string, code: string, reason: string) {
  return { code: 'INVALID_REQUEST', message, details: { code: `DEVICE_AUTH_${code}`, reason } };
}

const MISMATCH = refusalOf('device identity mismatch', 'DEVICE_ID_MISMATCH', 'device-id-mismatch');
const STALE = refusalOf('device signature expired', 'SIGNATURE_EXPIRED', 'device-signature-stale');
const NONCE = refusalOf('device nonce mismatch', 'NONCE_MISMATCH', 'device-nonce-mismatch');
const SIGNATURE = refusalOf('device signature invalid', 'SIGNATURE_INVALID', 'device-signature');

async function expectRefusal(request: ConnectRequest, error: unknown, message: string): Promise<void> {
  for (const protocol of [4, 3]) {
    const answer = await refused(gateway.url, { auth: TOKEN, ...request, protocol });
    expect(answer).toEqual({ error, close: { code: 1008, reason: message } });
  }
}

/** A device whose key is written in another of the accepted ways. */
function deviceWithKeyAs(format: 'pem' | 'base64'): DeviceIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return {
    deviceId: createHash('sha256').update(raw).digest('hex'),
    publicKey: format === 'pem' ? pem : raw.toString('base64'),
    sign: (payload) => sign(null, Buffer.from(payload), privateKey).toString('base64url'),
  };
}

describe('a device that proves its key', () => {
  for (const signatureVersion of ['v2', 'v3'] as const) {
    it(`may sign the payload of version ${signatureVersion}, in both eras`, async () => {
      for (const protocol of [4, 3]) {
        const request = { auth: TOKEN, device: testDevice(), client: FAMILY, signatureVersion, protocol };
        const { peer } = await join(gateway.url, request);
        await peer.close();
      }
    });
  }

  it('may be 110 seconds ahead or behind', async () => {
    for (const skew of [-110_000, 110_000]) {
      const peer = await TestPeer.open(gateway.url);
      const signedAt = peer.challenge.ts + skew;
      expect(await peer.hello({ auth: TOKEN, device: testDevice(), signedAt })).toMatchObject({ ok: true });
      await peer.close();
    }
  });

  it('may write its key as PEM or plain base64 and is the same device', async () => {
    for (const format of ['pem', 'base64'] as const) {
      const device = deviceWithKeyAs(format);
      const { peer } = await join(gateway.url, { auth: TOKEN, device });
      const { paired } = (await peer.request('device.pair.list')) as {
        paired: { deviceId: string; publicKey: string }[];
      };
      const row = paired.find(({ deviceId }) => deviceId === device.deviceId);
      expect(row?.publicKey).toMatch(/^[\w-]{43}$/);
      await peer.close();
    }
  });

  it('may put blanks around the nonce', async () => {
    const peer = await TestPeer.open(gateway.url);
    const deviceChange = { nonce: ` ${peer.challenge.nonce} ` };
    expect(await peer.hello({ auth: TOKEN, device: testDevice(), deviceChange })).toMatchObject({ ok: true });
    await peer.close();
  });

  it('does not sign a password', async () => {
    const peer = await TestPeer.open(gateway.url);
    const auth = { password: 'test-token' };
    expect(await peer.hello({ auth, device: testDevice() })).toMatchObject({ ok: true });
    await peer.close();
  });
});

describe('a device is refused', () => {
  it('when its clock is 130 seconds off', async () => {
    for (const protocol of [4, 3]) {
      for (const skew of [-130_000, 130_000]) {
        const peer = await TestPeer.open(gateway.url);
        const signedAt = peer.challenge.ts + skew;
        const { error } = await peer.hello({ auth: TOKEN, device: testDevice(), signedAt, protocol });
        expect(error).toEqual(STALE);
        expect(await peer.closed).toEqual({ code: 1008, reason: STALE.message });
      }
    }
  });

  it('when it signed the nonce of another socket', async () => {
    const other = await TestPeer.open(gateway.url);
    const deviceChange = { nonce: other.challenge.nonce };
    await expectRefusal({ device: testDevice(), deviceChange }, NONCE, NONCE.message);
    await other.close();
  });

  it('when the nonce is empty or absent, as a matter of shape', async () => {
    const empty = await refused(gateway.url, {
      auth: TOKEN,
      device: testDevice(),
      deviceChange: { nonce: '' },
    });
    expect(empty.error.message).toBe(
      'invalid connect params: at /device/nonce: must not have fewer than 1 characters',
    );
    const absent = await refused(gateway.url, {
      auth: TOKEN,
      device: testDevice(),
      deviceChange: { nonce: undefined },
    });
    expect(absent.error.message).toBe(
      "invalid connect params: at /device: must have required property 'nonce'",
    );
  });

  it('when the signature is not one', async () => {
    for (const signature of ['x', 'A'.repeat(86), `${'A'.repeat(86)}==`, '…'.repeat(64)]) {
      await expectRefusal(
        { device: testDevice(), deviceChange: { signature } },
        SIGNATURE,
        SIGNATURE.message,
      );
    }
  });

  it('when another key signed', async () => {
    const device = { ...testDevice(), sign: testDevice().sign };
    await expectRefusal({ device }, SIGNATURE, SIGNATURE.message);
  });

  it('when anything that was signed is not what was sent', async () => {
    const changes: ((params: Record<string, unknown>) => void)[] = [
      (params) => {
        params.scopes = ['operator.read', 'operator.admin'];
      },
      (params) => {
        params.role = 'node';
      },
      (params) => {
        params.client = { ...(params.client as object), id: 'gateway-client' };
      },
      (params) => {
        params.client = { ...(params.client as object), mode: 'backend' };
      },
      (params) => {
        params.client = { ...(params.client as object), platform: 'darwin' };
      },
      (params) => {
        params.client = { ...(params.client as object), deviceFamily: 'Mac' };
      },
      (params) => {
        params.auth = { ...TOKEN, token: 'other' };
      },
      (params) => {
        params.device = { ...(params.device as object), signedAt: Date.now() + 1_000 };
      },
    ];
    for (const change of changes) {
      const peer = await TestPeer.open(gateway.url);
      const params = peer.connectParams({ auth: TOKEN, device: testDevice(), scopes: ['operator.read'] });
      change(params);
      const { error } = await peer.requestRaw('connect', params);
      expect(error).toEqual(SIGNATURE);
    }
  });

  it('when its id is not the hash of its key', async () => {
    const { deviceId } = testDevice();
    await expectRefusal({ device: { ...testDevice(), deviceId } }, MISMATCH, MISMATCH.message);
    const upper = testDevice();
    await expectRefusal(
      { device: { ...upper, deviceId: upper.deviceId.toUpperCase() } },
      MISMATCH,
      MISMATCH.message,
    );
  });

  it('when its key cannot be read', async () => {
    for (const publicKey of [
      'x',
      'A'.repeat(42),
      'A'.repeat(44),
      '-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----',
    ]) {
      await expectRefusal({ device: testDevice(), deviceChange: { publicKey } }, MISMATCH, MISMATCH.message);
    }
  });

  it('for the first fault in the order identity, age, nonce, signature', async () => {
    const signedAt = Date.now() - 900_000;
    const all = { id: 'nope', nonce: 'nope', signature: 'nope' };
    await expectRefusal({ device: testDevice(), signedAt, deviceChange: all }, MISMATCH, MISMATCH.message);
    const { id: _id, ...but } = all;
    await expectRefusal({ device: testDevice(), signedAt, deviceChange: but }, STALE, STALE.message);
    await expectRefusal({ device: testDevice(), deviceChange: but }, NONCE, NONCE.message);
  });

  it('before its credential is looked at, so that a bad signature tells nothing about the token', async () => {
    const request = { device: testDevice(), deviceChange: { signature: 'x' }, auth: { token: 'wrong' } };
    expect((await refused(gateway.url, request)).error).toEqual(SIGNATURE);
  });
});
