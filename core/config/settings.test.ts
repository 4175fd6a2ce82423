import { describe, expect, it } from 'vitest';
import { type GatewayFlags, resolveGatewaySettings, type SettingsInput } from './settings.ts';

const settings = (
  flags: GatewayFlags = {},
  env: NodeJS.ProcessEnv = {},
  config: object = {},
  more: Partial<SettingsInput> = {},
) => resolveGatewaySettings({ flags, env, config: config as Record<string, unknown>, ...more });

describe('resolveGatewaySettings', () => {
  it('starts from the defaults', () => {
    expect(settings()).toEqual({
      port: { value: 18789, origin: 'default' },
      bind: { value: 'loopback', origin: 'default' },
      authMode: { value: 'token', origin: 'default' },
      token: { value: undefined, origin: 'default' },
      password: { value: undefined, origin: 'default' },
      mode: { value: undefined, origin: 'default' },
      tailscaleMode: { value: 'off', origin: 'default' },
      tailscaleResetOnExit: { value: false, origin: 'default' },
      wsLog: { value: 'auto', origin: 'default' },
      logLevel: { value: 'info', origin: 'default' },
      consoleLevel: { value: 'info', origin: 'default' },
    });
  });

  it('prefers flags to environment to configuration, and says which it was', () => {
    const config = { gateway: { port: 3, auth: { token: 'c' }, bind: 'lan', customBindHost: '10.0.0.1' } };
    const env = { OPENCLAW_GATEWAY_PORT: '2', OPENCLAW_GATEWAY_TOKEN: 'e' };
    expect(settings({ port: 1, token: 'f' }, env, config)).toMatchObject({
      port: { value: 1, origin: 'flag' },
      token: { value: 'f', origin: 'flag' },
      bind: { value: 'lan', origin: 'config' },
      customBindHost: '10.0.0.1',
    });
    expect(settings({}, env, config)).toMatchObject({
      port: { value: 2, origin: 'env' },
      token: { value: 'e', origin: 'env' },
    });
    expect(settings({}, {}, config)).toMatchObject({
      port: { value: 3, origin: 'config' },
      token: { value: 'c', origin: 'config' },
    });
  });

  it('refuses unusable flags in the words of the command line', () => {
    const refused: [GatewayFlags, string][] = [
      [{ port: Number.NaN }, 'Invalid --port. Use a port number from 1 to 65535, for example 18789.'],
      [{ port: 0 }, 'Invalid --port. Use a port number from 1 to 65535, for example 18789.'],
      [{ bind: 'bogus' }, 'Invalid --bind. Use "loopback", "lan", "tailnet", "auto", or "custom".'],
      [{ auth: 'bogus' }, 'Invalid --auth. Use "none", "token", "password", or "trusted-proxy".'],
      [{ tailscale: 'bogus' }, 'Invalid --tailscale. Use "off", "serve", or "funnel".'],
      [{ wsLog: 'bogus' as 'auto' }, 'Invalid --ws-log. Use "auto", "full", or "compact".'],
      [{ password: 'x', passwordFile: '/tmp/nope' }, 'Use either --password or --password-file.'],
    ];
    for (const [flags, message] of refused) {
      expect(() => settings(flags)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT', message }));
    }
    expect(() => settings({}, { OPENCLAW_GATEWAY_PORT: 'abc' })).toThrow('Invalid OPENCLAW_GATEWAY_PORT.');
    expect(() => settings({ token: ' ' })).toThrow('An empty token was given');
  });

  it('takes the placeholder for hidden secrets for no secret', () => {
    const hidden = '__OPENCLAW_REDACTED__';
    expect(() => settings({ token: hidden })).toThrow('--token: ');
    expect(() => settings({ password: hidden })).toThrow('--password: ');
    expect(() => settings({}, { OPENCLAW_GATEWAY_TOKEN: hidden })).toThrow('OPENCLAW_GATEWAY_TOKEN: ');
    expect(() => settings({}, { OPENCLAW_GATEWAY_TOKEN: hidden })).toThrow('set the secret itself');
  });

  it('infers the auth mode from the secret that is set, the closer one first', () => {
    const mode = (...args: Parameters<typeof settings>) => settings(...args).authMode;
    expect(mode({}, {}, { gateway: { auth: { password: 'p' } } })).toEqual({
      value: 'password',
      origin: 'default',
    });
    expect(mode({ password: 'p' }, {}, { gateway: { auth: { token: 't' } } }).value).toBe('password');
    expect(mode({ token: 't' }, { OPENCLAW_GATEWAY_PASSWORD: 'p' }).value).toBe('token');
    expect(mode({ auth: 'none' }, {}, { gateway: { auth: { mode: 'password' } } })).toEqual({
      value: 'none',
      origin: 'flag',
    });
  });

  it('reports token and password set together without a mode', () => {
    const both = { token: 't', password: 'p' };
    expect(settings({}, {}, { gateway: { auth: both } }).authConflict).toContain('gateway.auth.mode');
    expect(settings({}, {}, { gateway: { auth: { ...both, mode: 'token' } } }).authConflict).toBeUndefined();
    expect(settings({ auth: 'token' }, {}, { gateway: { auth: both } }).authConflict).toBeUndefined();
  });

  it('takes references from the lookup and fails only when the mode needs them', () => {
    const ref = { source: 'env', provider: 'default', id: 'X' };
    const config = { gateway: { auth: { token: ref } } };
    const lookup = (value?: string) => ({
      secrets: { secret: () => value, secretFailure: () => 'Environment variable "X" is missing or empty.' },
    });
    expect(settings({}, {}, config, lookup('resolved')).token).toEqual({
      value: 'resolved',
      origin: 'config',
    });
    expect(() => settings({}, {}, config, lookup())).toThrow(
      expect.objectContaining({
        code: 'SECRET_UNRESOLVED',
        message: expect.stringContaining('Environment variable "X" is missing or empty.'),
      }),
    );
    expect(settings({ auth: 'none' }, {}, config, lookup()).authMode.value).toBe('none');
    expect(settings({ token: 't' }, {}, config, lookup()).token.value).toBe('t');
  });

  it('says why a password file cannot be used', () => {
    expect(() => settings({ passwordFile: '/tmp/does-not-exist-here' })).toThrow(
      "Failed to inspect Gateway password file at /tmp/does-not-exist-here: Error: ENOENT: no such file or directory, lstat '/tmp/does-not-exist-here'",
    );
  });

  it('reads log levels and lets --verbose speak up on the console only', () => {
    const config = { logging: { level: 'warn', consoleLevel: 'error' } };
    expect(settings({ verbose: true }, {}, config)).toMatchObject({
      logLevel: { value: 'warn', origin: 'config' },
      consoleLevel: { value: 'debug', origin: 'flag' },
    });
    expect(settings({}, { OPENCLAW_LOG_LEVEL: 'TRACE' }, config).logLevel).toEqual({
      value: 'trace',
      origin: 'env',
    });
  });
});
