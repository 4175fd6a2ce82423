import { describe, expect, test } from 'vitest';
import { resolveGatewaySettings } from '../config/settings.ts';
import { decideToken, type TokenSubject } from './install-token.ts';

interface Given {
  token?: string;
  auth?: Record<string, unknown>;
  /** What the service will have: `.env` and the `env` block. */
  env?: NodeJS.ProcessEnv;
  shell?: TokenSubject['shell'];
  secret?: string;
}

function decide({
  token,
  auth = {},
  env = {},
  shell = { token: undefined, password: undefined },
  secret,
}: Given) {
  const config = { gateway: { auth } };
  const secrets = { secret: () => secret, secretFailure: () => (secret ? undefined : 'gone') };
  return decideToken({
    given: token,
    shell,
    written: config,
    settings: () => resolveGatewaySettings({ flags: {}, env, config, secrets }),
    newToken: () => 'new',
  });
}

const ref = { source: 'env', provider: 'default', id: 'MY_TOKEN' };
const blocked = (code: string) => ({ kind: 'blocked', problem: expect.objectContaining({ code }) });

describe('the token of a service', () => {
  test('is made when token auth has none', () => {
    expect(decide({})).toEqual({ kind: 'store', token: 'new', note: 'TOKEN_GENERATED' });
    expect(decide({ auth: { mode: 'token' } })).toEqual({
      kind: 'store',
      token: 'new',
      note: 'TOKEN_GENERATED',
    });
  });

  test('stays where it is when the service will find it there', () => {
    expect(decide({ auth: { token: 'configured' } })).toEqual({ kind: 'keep' });
    expect(decide({ env: { OPENCLAW_GATEWAY_TOKEN: 'from .env' } })).toEqual({ kind: 'keep' });
    expect(decide({ auth: { token: 'same' }, token: 'same' })).toEqual({ kind: 'keep' });
  });

  test('is the one that was given, or that only the shell has', () => {
    expect(decide({ token: 'mine' })).toEqual({ kind: 'store', token: 'mine', note: 'TOKEN_STORED' });
    expect(decide({ token: 'mine', auth: { token: 'old' } })).toMatchObject({ kind: 'store', token: 'mine' });
    const shell = { token: 'of the shell', password: undefined };
    expect(decide({ shell })).toEqual({ kind: 'store', token: 'of the shell', note: 'TOKEN_STORED' });
    expect(decide({ shell, auth: { token: 'configured' } })).toEqual({ kind: 'keep' });
  });

  test('is neither stored nor replaced when it is a SecretRef that resolves', () => {
    expect(decide({ auth: { token: ref }, secret: 'resolved' })).toEqual({ kind: 'keep' });
    expect(decide({ auth: { token: ref }, secret: 'resolved', token: 'x' })).toEqual(
      blocked('TOKEN_IS_REFERENCE'),
    );
  });

  test('is never made up in place of a SecretRef that does not resolve', () => {
    expect(() => decide({ auth: { token: ref } })).toThrow('gone');
    const shell = { token: 'of the shell', password: undefined };
    expect(() => decide({ auth: { token: ref }, shell })).toThrow('gone');
  });

  test('is still needed when only the shell has a password', () => {
    const shell = { token: undefined, password: 'of the shell' };
    expect(decide({ shell })).toEqual({ kind: 'store', token: 'new', note: 'TOKEN_GENERATED' });
    expect(decide({ shell, auth: { mode: 'password' } })).toEqual(blocked('PASSWORD_ONLY_IN_SHELL'));
    expect(decide({ auth: { mode: 'password' } })).toEqual(blocked('PASSWORD_MISSING'));
  });

  test('is not needed with a password that the service will have', () => {
    expect(decide({ auth: { password: 'p' } })).toEqual({ kind: 'keep' });
    expect(decide({ env: { OPENCLAW_GATEWAY_PASSWORD: 'p' } })).toEqual({ kind: 'keep' });
    expect(decide({ auth: { mode: 'none' } })).toEqual({ kind: 'keep' });
  });

  test('and a password without a mode are refused, also when the token is only given', () => {
    expect(decide({ auth: { token: 't', password: 'p' } })).toEqual(blocked('AUTH_MODE_UNCLEAR'));
    expect(decide({ auth: { token: ref, password: ref } })).toEqual(blocked('AUTH_MODE_UNCLEAR'));
    expect(decide({ auth: { password: 'p' }, token: 't' })).toEqual(blocked('AUTH_MODE_UNCLEAR'));
    expect(decide({ auth: { token: 't', password: 'p', mode: 'token' } })).toEqual({ kind: 'keep' });
  });

  test('is refused where it would count for nothing, or cannot be one', () => {
    expect(decide({ token: 't', auth: { mode: 'none' } })).toEqual(blocked('TOKEN_NOT_USED'));
    expect(decide({ token: 't', auth: { mode: 'password', password: 'p' } })).toEqual(
      blocked('TOKEN_NOT_USED'),
    );
    for (const token of ['', '  ', 'a\nb']) expect(decide({ token })).toEqual(blocked('TOKEN_UNUSABLE'));
  });
});
