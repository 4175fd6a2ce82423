import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { resolveStatePaths } from '../core/config/paths.ts';
import { loadOrCreateIdentity } from '../core/devices/identity.ts';
import { systemClock } from '../core/lib/clock.ts';
import { whenTestEnds } from '../core/testing/test-end.ts';
import { DoctorDesk } from './doctor-desk.ts';
import { bundleText, collectBundle } from './support-bundle.ts';

const CANARIES = {
  token: 'canary-shared-token',
  apiKey: 'canary-key-of-a-provider',
  header: 'canary-in-a-header',
  urlPassword: 'canary-url-pw',
  comment: 'canary-in-a-comment',
  variable: 'canary-variable',
  envFile: 'canary-env-file',
  envBlock: 'canary-env-block',
  older: 'canary-of-an-older-file',
  secretFile: 'canary-secret-file',
  ownerToken: 'Canary0Owner0Token0Canary0Owner0Token0abcdef',
  deviceToken: 'Canary0Device0Token0Canary0Device0Token0abc',
  foreignCredential: 'Canary0Credential0Of0Another0Program',
  password: 'canary\\"quoted',
};
const USER = 'zaphodbeeblebrox';

const config = (dir: string): string => `{
  // "password": "${CANARIES.comment}"
  gateway: { mode: 'local', port: 18789, auth: { mode: 'token', token: '${CANARIES.token}', password: "${CANARIES.password}" } },
  models: { providers: { acme: {
    baseUrl: 'https://me:${CANARIES.urlPassword}@acme.example/v1', apiKey: '${CANARIES.apiKey}',
    headers: { 'X-Any': '${CANARIES.header}' }, models: [],
  } } },
  env: { ANY_NAME: '${CANARIES.envBlock}' },
  secrets: { providers: { box: { source: 'file', path: '${dir}/box.json' } } },
  channels: { telegram: { botToken: { source: 'file', provider: 'box', id: '/bot' } } },
}
`;

/** A home in which every place where a secret can be holds one, and the log repeats them all. */
async function homeOfSecrets() {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-test-'));
  whenTestEnds(() => rm(dir, { recursive: true, force: true }));
  const home = join(dir, USER);
  const env = { HOME: home, USER, ACME_TOKEN: CANARIES.variable, OPENCLAW_GATEWAY_TOKEN: 'canary-env-token' };
  const paths = resolveStatePaths(env);
  const { stateDir, trayDir } = paths;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const identity = join(trayDir, 'identity', 'device.json');
  await loadOrCreateIdentity(identity);
  const { privateKeyPem } = JSON.parse(await readFile(identity, 'utf8'));
  const key = String(privateKeyPem).split('\n')[1] ?? '';
  const everything = [...Object.values(CANARIES), 'canary-env-token', key, JSON.stringify(privateKeyPem)];
  const log = everything.map((secret, index) =>
    JSON.stringify({ message: `line ${index} says ${secret} to 203.0.113.9 in ${home}/x of ${USER}` }),
  );
  const files = {
    'openclaw.json': config(home),
    'openclaw.json.bak': `{ gateway: { auth: { token: '${CANARIES.older}' } } }`,
    '.env': `ANOTHER=${CANARIES.envFile}\n`,
    'tray/run/owner.json': JSON.stringify({ version: 1, token: CANARIES.ownerToken }),
    'tray/identity/device-tokens.json': JSON.stringify({
      version: 1,
      tokens: [{ token: CANARIES.deviceToken }],
    }),
    'credentials/other.json': JSON.stringify({ access: CANARIES.foreignCredential }),
    'tray/app.json': '{ "language": "en" }',
    '../box.json': JSON.stringify({ bot: CANARIES.secretFile }),
    'tray/logs/openclaw-2026-01-02.log': `${log.join('\n')}\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(stateDir, name)), { recursive: true, mode: 0o700 });
    await writeFile(join(stateDir, name), text, { mode: 0o600 });
  }
  const surroundings = { clock: systemClock, env, paths };
  const doctor = new DoctorDesk(surroundings, () => 'en');
  const collect = (hidesAddresses: boolean) =>
    collectBundle(
      {
        ...surroundings,
        doctor: () => doctor.look(),
        ask: async () => {
          throw new Error('nobody');
        },
      },
      { hidesAddresses },
    );
  return { collect, secrets: everything, home, stateDir };
}

it('holds no secret, no home directory and no name, wherever they stand', async () => {
  const { collect, secrets, home, stateDir } = await homeOfSecrets();
  const before = await readdir(stateDir, { recursive: true });
  const bundle = await collect(true);
  const text = bundleText(bundle);
  for (const secret of [...secrets, home, USER, '203.0.113.9']) expect(text).not.toContain(secret);
  expect(text).toContain('line 3 says');
  expect(text).toContain('18789');
  expect(bundle.hidden.secrets).toBeGreaterThanOrEqual(secrets.length);
  expect(bundle.hidden.homes).toBeGreaterThan(0);
  expect(bundle.hidden.addresses).toBeGreaterThan(0);
  expect(await readdir(stateDir, { recursive: true })).toEqual(before);
});

it('shows addresses when that is wanted', async () => {
  const { collect } = await homeOfSecrets();
  const bundle = await collect(false);
  expect(bundleText(bundle)).toContain('203.0.113.9');
  expect(bundle.hidden.addresses).toBe(0);
});
