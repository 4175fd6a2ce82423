import { beforeAll, expect, test } from 'vitest';
import { buildBundle, freePort, openHome } from './testing/command-line.ts';
import { configure, probe, startRecorder } from './testing/probing.ts';

beforeAll(buildBundle);

/** Every secret there is, each in its own place. */
const SECRETS = [
  'local-token',
  'remote-token',
  'env-token',
  'env-password',
  'flag-token',
  'flag-password',
] as const;
type Secret = (typeof SECRETS)[number];
const canary = (secret: Secret): string => `canary-${secret}-x7`;

/** Who heard what; each of the three gateways writes down every header and every frame. */
async function leaks(mode: 'local' | 'remote', flags: readonly Secret[], withUrl: boolean, withEnv: boolean) {
  const [explicit, remote, local] = [await startRecorder(), await startRecorder(), await startRecorder()];
  const home = await openHome();
  await configure(home, {
    gateway: {
      mode,
      port: local.port,
      auth: { mode: 'token', token: canary('local-token') },
      remote: { url: remote.url, token: canary('remote-token') },
    },
  });
  const env = withEnv
    ? { OPENCLAW_GATEWAY_TOKEN: canary('env-token'), OPENCLAW_GATEWAY_PASSWORD: canary('env-password') }
    : {};
  const given = flags.flatMap((flag) => [flag === 'flag-token' ? '--token' : '--password', canary(flag)]);
  await probe(home, [...(withUrl ? ['--url', explicit.url] : []), ...given], env);
  const heardBy = (gateway: typeof local) =>
    SECRETS.filter((secret) => gateway.heard().includes(canary(secret)));
  return { explicit: heardBy(explicit), remote: heardBy(remote), local: heardBy(local) };
}

const BOTH_FLAGS: Secret[] = ['flag-token', 'flag-password'];
const ENV: Secret[] = ['env-token', 'env-password'];
const REMOTE: Secret[] = ['remote-token'];
const LOCAL: Secret[] = ['local-token'];

test.each<[string, Parameters<typeof leaks>, Record<'explicit' | 'remote' | 'local', Secret[]>]>([
  ['the configured ones', ['local', [], false, false], { explicit: [], remote: REMOTE, local: LOCAL }],
  ['those of the environment', ['local', [], false, true], { explicit: [], remote: REMOTE, local: ENV }],
  [
    'those for an address',
    ['local', BOTH_FLAGS, true, true],
    { explicit: BOTH_FLAGS, remote: REMOTE, local: ENV },
  ],
  ['none for an address', ['local', [], true, true], { explicit: [], remote: REMOTE, local: ENV }],
  [
    'those given by hand',
    ['local', BOTH_FLAGS, false, true],
    { explicit: [], remote: REMOTE, local: BOTH_FLAGS },
  ],
  [
    'the configured ones, remote',
    ['remote', [], false, true],
    { explicit: [], remote: REMOTE, local: LOCAL },
  ],
  [
    'those given by hand, remote',
    ['remote', BOTH_FLAGS, false, true],
    { explicit: [], remote: BOTH_FLAGS, local: LOCAL },
  ],
])('of all secrets each gateway hears only its own: %s', async (_, args, heard) => {
  expect(await leaks(...args)).toEqual(heard);
});

test('the environment is for the remote gateway when commands ask that one and it has no secret of its own', async () => {
  const [remote, local] = [await startRecorder(), await startRecorder()];
  const home = await openHome();
  await configure(home, { gateway: { mode: 'remote', port: local.port, remote: { url: remote.url } } });
  await probe(home, [], { OPENCLAW_GATEWAY_TOKEN: canary('env-token') });
  expect([remote, local].map((gateway) => gateway.heard().includes(canary('env-token')))).toEqual([
    true,
    false,
  ]);
});

test('with an address in the environment, the secrets of the environment are for that one alone', async () => {
  const [explicit, local] = [await startRecorder(), await startRecorder()];
  const home = await openHome();
  await configure(home, { gateway: { mode: 'local', port: local.port } });
  const env = { OPENCLAW_GATEWAY_URL: explicit.url, OPENCLAW_GATEWAY_TOKEN: canary('env-token') };
  await probe(home, [], env);
  expect([explicit, local].map((gateway) => gateway.heard().includes(canary('env-token')))).toEqual([
    true,
    false,
  ]);
});

test('a remote token never helps out at the gateway of this machine', async () => {
  const local = await startRecorder();
  const home = await openHome();
  const remote = { url: `ws://127.0.0.1:${await freePort()}`, token: canary('remote-token') };
  await configure(home, { gateway: { mode: 'local', port: local.port, remote } });
  await probe(home);
  expect(local.peers.length).toBeGreaterThan(0);
  expect(local.heard()).not.toContain('canary');
});
