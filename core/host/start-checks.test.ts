import { describe, expect, it } from 'vitest';
import { resolveStatePaths } from '../config/paths.ts';
import { startWords } from '../messages/start-messages.ts';
import { startProblems } from './start-checks.ts';

const SECRET = 'canary-secret';

const problems = (
  gateway: object | undefined,
  more: { env?: NodeJS.ProcessEnv; profile?: string; failures?: Record<string, string> } = {},
) =>
  startProblems({
    config: gateway === undefined ? {} : { gateway },
    exists: true,
    env: more.env ?? {},
    secrets: { secret: () => undefined, secretFailure: (path) => more.failures?.[path] },
    paths: resolveStatePaths(
      { HOME: '/home/u' },
      more.profile === undefined ? {} : { profile: more.profile },
    ),
  });

describe('startProblems', () => {
  it('finds nothing wrong with a configuration that a gateway starts with', () => {
    expect(problems({ mode: 'local' })).toEqual([]);
    expect(problems({ mode: 'local', tls: { enabled: true }, tailscale: { mode: 'serve' } })).toEqual([]);
    expect(problems({ mode: 'local', auth: { mode: 'password', password: SECRET } })).toEqual([]);
    expect(
      problems({ mode: 'local', auth: { mode: 'password' } }, { env: { OPENCLAW_GATEWAY_PASSWORD: SECRET } }),
    ).toEqual([]);
    expect(
      problems({ mode: 'local', bind: 'custom', customBindHost: '127.0.0.1', auth: { mode: 'none' } }),
    ).toEqual([]);
  });

  it.each([
    ['gateway.mode', undefined, 'set gateway.mode=local (current: unset)'],
    ['gateway.mode', { mode: 'remote' }, 'set gateway.mode=local (current: remote)'],
    [
      'gateway.auth.mode',
      { mode: 'local', auth: { token: SECRET, password: SECRET } },
      'gateway.auth.mode is not',
    ],
    ['gateway.auth.password', { mode: 'local', auth: { mode: 'password' } }, 'no password is configured'],
    ['gateway.bind', { mode: 'local', bind: 'custom' }, 'requires gateway.customBindHost'],
    [
      'gateway.customBindHost',
      { mode: 'local', bind: 'custom', customBindHost: 'moon' },
      'must be an IP address',
    ],
    ['gateway.auth.mode', { mode: 'local', bind: 'lan', auth: { mode: 'none' } }, 'without auth'],
    [
      'gateway.auth.trustedProxy',
      { mode: 'local', auth: { mode: 'trusted-proxy' } },
      'no trustedProxy config',
    ],
    [
      'gateway.tailscale.mode',
      { mode: 'local', tailscale: { mode: 'funnel' }, auth: { mode: 'token' } },
      'tailscale funnel requires gateway auth mode=password',
    ],
    [
      'gateway.tailscale.mode',
      { mode: 'local', tailscale: { mode: 'serve' }, auth: { mode: 'none' } },
      'without auth',
    ],
    ['gateway.tls.keyPath', { mode: 'local', tls: { enabled: true, certPath: '/x' } }, 'but not both'],
    [
      'gateway.tls.certPath',
      { mode: 'local', tls: { enabled: true, certPath: '/nowhere/cert.pem', keyPath: '/x' } },
      'There is no certificate file at /nowhere/cert.pem.',
    ],
    [
      'gateway.tls.certPath',
      { mode: 'local', tls: { enabled: true, autoGenerate: false } },
      'no certificate',
    ],
  ])('names %s for %j', (path, gateway, message) => {
    const [problem, ...others] = problems(gateway);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path, message: expect.stringContaining(message) });
    expect(problem?.fix ?? '').not.toBe('');
    expect(JSON.stringify(problem)).not.toContain(SECRET);
  });

  it('names a required secret that cannot be resolved', () => {
    const auth = { mode: 'token', token: `\${MY_TOK}` };
    const failures = { 'gateway.auth.token': 'Environment variable "MY_TOK" is missing or empty.' };
    expect(problems({ mode: 'local', auth }, { failures })).toEqual([
      {
        path: 'gateway.auth.token',
        message: expect.stringContaining('"MY_TOK" is missing or empty'),
        fix: expect.stringContaining('Fix the reference'),
      },
    ]);
  });

  it('finds every problem at once, and names the profile in the command that helps', () => {
    const found = problems(
      { auth: { mode: 'password' }, tls: { enabled: true, certPath: '/x' } },
      { profile: 'work' },
    );
    expect(found.map(({ path }) => path)).toEqual([
      'gateway.mode',
      'gateway.tls.keyPath',
      'gateway.auth.password',
    ]);
    expect(found[0]?.fix).toBe('openclaw --profile work config set gateway.mode local');
  });

  it('does not ask a development profile for gateway.mode', () => {
    expect(problems({}, { profile: 'dev' })).toEqual([]);
  });
});

it.each([
  ['no mode', undefined],
  ['token and password', { mode: 'local', auth: { token: SECRET, password: SECRET } }],
  ['no password', { mode: 'local', auth: { mode: 'password' } }],
  ['no address to bind to', { mode: 'local', bind: 'custom' }],
  ['no such address', { mode: 'local', bind: 'custom', customBindHost: 'moon' }],
  ['no authentication in a network', { mode: 'local', bind: 'lan', auth: { mode: 'none' } }],
  ['no proxy', { mode: 'local', auth: { mode: 'trusted-proxy' } }],
  ['a funnel', { mode: 'local', tailscale: { mode: 'funnel' }, auth: { mode: 'token' } }],
  ['serving to everybody', { mode: 'local', tailscale: { mode: 'serve' }, auth: { mode: 'none' } }],
  ['half a certificate', { mode: 'local', tls: { enabled: true, certPath: '/none.pem' } }],
])('%s is told in English and in Chinese', (_, gateway) => {
  const [problem] = problems(gateway);
  if (!problem?.told) throw new Error('nothing to say');
  const { message, fix } = problem;
  expect(startWords(problem.told, 'en')).toEqual({ message, fix });
  const chinese = startWords(problem.told, 'zh-CN');
  expect(chinese.message).toMatch(/\p{sc=Han}/u);
  if (!/^[a-z]/.test(chinese.fix)) expect(chinese.fix).toMatch(/\p{sc=Han}/u);
});
