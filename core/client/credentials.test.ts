import { describe, expect, it } from 'vitest';
import { RpcError } from '../protocol/errors.ts';
import { type CredentialSource, firstCredential, isDead, secondCredential } from './credentials.ts';
import type { DeviceTokenStore, StoredDeviceToken } from './device-token-store.ts';
import { parseEndpoint } from './endpoint.ts';
import { createTestIdentity } from './testing/test-identity.ts';

const HOME = 'ws://127.0.0.1:18789';
const stored: StoredDeviceToken = { token: 'device-secret', scopes: ['operator.read'] };

const tokens: DeviceTokenStore = {
  get: async (key) => (key.endpoint.url === HOME ? stored : undefined),
  put: async () => {},
  drop: async () => {},
};

const source = (fields: Partial<CredentialSource> = {}): CredentialSource => ({
  endpoint: parseEndpoint(HOME),
  role: 'operator',
  device: createTestIdentity(),
  tokens,
  ...fields,
});

const mismatch = (canRetryWithDeviceToken: boolean) =>
  new RpcError('INVALID_REQUEST', 'unauthorized', { code: 'AUTH_TOKEN_MISMATCH', canRetryWithDeviceToken });

describe('the first credential', () => {
  it.each([
    [{ token: 't', deviceToken: 'd' }, { token: 't' }],
    [{ password: 'p', deviceToken: 'd' }, { password: 'p' }],
    [
      { token: 't', password: 'p' },
      { token: 't', password: 'p' },
    ],
    [{ deviceToken: 'd' }, { deviceToken: 'd' }],
  ])('is the explicit one: of %j goes %j', async (auth, sent) => {
    expect((await firstCredential(source({ auth }))).auth).toEqual(sent);
  });

  it.each([undefined, {}, { token: '' }, { token: '', password: '', deviceToken: '' }])(
    'is the stored device token when %j is all that was given',
    async (auth) => {
      expect(await firstCredential(source({ auth }))).toEqual({
        auth: { deviceToken: 'device-secret' },
        scopes: ['operator.read'],
        stored,
      });
    },
  );

  it.each([
    ['another port', { endpoint: parseEndpoint('ws://127.0.0.1:18790') }],
    ['another scheme', { endpoint: parseEndpoint('wss://127.0.0.1:18789') }],
    ['no device', { device: undefined }],
    ['no store', { tokens: undefined }],
  ])('is none for %s', async (_, fields) => {
    expect((await firstCredential(source(fields))).auth).toBeUndefined();
  });

  it('asks for the scopes given, else those of the token, else the usual ones', async () => {
    expect((await firstCredential(source({ scopes: ['operator.write'] }))).scopes).toEqual([
      'operator.write',
    ]);
    expect((await firstCredential(source({ auth: { token: 't' } }))).scopes).toContain('operator.admin');
    expect((await firstCredential(source({ auth: { token: 't' }, role: 'node' }))).scopes).toEqual([]);
  });
});

describe('the second credential', () => {
  const refused = { auth: { token: 'bad' }, scopes: ['operator.read'] };

  it('is the stored token, when the gateway refused an explicit one and invites it', async () => {
    expect((await secondCredential(source(), refused, mismatch(true)))?.auth).toEqual({
      deviceToken: 'device-secret',
    });
  });

  it('is none uninvited, after another error, or when the stored token was refused itself', async () => {
    expect(await secondCredential(source(), refused, mismatch(false))).toBeUndefined();
    expect(await secondCredential(source(), refused, new Error('x'))).toBeUndefined();
    expect(await secondCredential(source(), { ...refused, stored }, mismatch(true))).toBeUndefined();
  });

  it('is none at an endpoint that did not issue the token', async () => {
    const elsewhere = source({ endpoint: parseEndpoint('ws://127.0.0.1:18790') });
    expect(await secondCredential(elsewhere, refused, mismatch(true))).toBeUndefined();
  });
});

describe('a stored token', () => {
  const unknown = new RpcError('INVALID_REQUEST', 'unauthorized', { code: 'AUTH_DEVICE_TOKEN_MISMATCH' });

  it('is dead when the gateway does not know it', () => {
    expect(isDead({ auth: {}, scopes: ['operator.read'], stored }, unknown)).toBe(true);
  });

  it('lives on when more scopes were asked for than it has, which v3 answers alike', () => {
    expect(isDead({ auth: {}, scopes: ['operator.admin'], stored }, unknown)).toBe(false);
  });

  it('is not blamed for explicit credentials or other errors', () => {
    expect(isDead({ auth: {}, scopes: [] }, unknown)).toBe(false);
    expect(isDead({ auth: {}, scopes: [], stored }, mismatch(true))).toBe(false);
  });
});
