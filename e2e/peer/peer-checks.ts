import assert from 'node:assert/strict';
import { connect } from '../../core/client/connect.ts';
import { systemClock } from '../../core/lib/clock.ts';
import { contract } from '../../core/protocol/contract.ts';
import { testDevice } from '../../core/testing/test-peer.ts';
import type { GatewayProcess } from './gateway-process.ts';
import type { PeerGateway } from './peer-gateway.ts';
import type { Peer } from './peer-install.ts';
import { privateHome, type RunResult, run } from './program.ts';

export type Check = [title: string, body: () => Promise<void>];

const CLIENT = { id: 'cli', version: '0.1.0', platform: 'linux', mode: 'cli' } as const;
const READ = ['operator.read'];

/** Methods that an older peer does not have, or that need what an unconfigured gateway has not. */
const NEEDS_PARAMS = new Set(['config.schema.lookup']);

/** Our client library against a gateway that none of us wrote. */
export function clientChecks(peer: Peer, gateway: PeerGateway): Check[] {
  const { url, token } = gateway;
  const common = { url, client: CLIENT, clock: systemClock };
  const protocol = peer.era === 'v4' ? 4 : 3;
  return [
    [
      'our client connects with the token and reads the hello',
      async () => {
        const connection = await connect({ ...common, auth: { token }, device: testDevice() });
        assert.equal(connection.hello.protocol, protocol);
        assert.equal(connection.hello.server.version, peer.version);
        await connection.close();
      },
    ],
    [
      'our client calls every method of ours that only reads',
      async () => {
        const device = testDevice();
        const connection = await connect({ ...common, auth: { token }, device });
        const offered = new Set(connection.hello.features.methods);
        const methods = Object.entries(contract)
          .filter(
            ([method, { scope }]) => scope === 'any' || READ.includes(scope) || method === 'device.pair.list',
          )
          .map(([method]) => method)
          .filter((method) => !NEEDS_PARAMS.has(method));
        for (const method of methods) {
          assert.ok(offered.has(method), `${method} is not offered`);
          await connection.request(method, {});
        }
        const found = await connection.request('config.schema.lookup', { path: 'gateway' });
        assert.equal((found as { path: string }).path, 'gateway');
        await connection.close();
      },
    ],
    [
      'our client is paired silently, and comes back with the device token alone',
      async () => {
        const device = testDevice();
        const first = await connect({ ...common, auth: { token }, device, scopes: READ });
        const deviceToken = first.hello.auth?.deviceToken;
        await first.close();
        assert.match(deviceToken ?? '', /^[\w-]{43}$/);
        const again = await connect({ ...common, auth: { deviceToken }, device, scopes: READ });
        assert.ok(await again.request('status'));
        await again.close();
      },
    ],
    [
      'our client is told that its token is wrong',
      () =>
        assert.rejects(connect({ ...common, auth: { token: 'wrong' }, device: testDevice() }), {
          code: 'INVALID_REQUEST',
          message: /token mismatch/,
        }),
    ],
  ];
}

/** Our command line against a gateway that none of us wrote. */
export function commandLineChecks(bundle: string, { url, token }: PeerGateway): Check[] {
  const ours = (...args: string[]): Promise<RunResult> => inPrivateHome(process.execPath, [bundle, ...args]);
  const at = ['--url', url, '--token', token];
  return [
    [
      'our gateway health says that it is well',
      async () => {
        const { exitCode, stdout, stderr } = await ours('gateway', 'health', ...at);
        assert.equal(exitCode, 0, stderr);
        assert.match(stdout, /OK/);
      },
    ],
    ...['health', 'status', 'config.get'].map(
      (method): Check => [
        `our gateway call ${method} prints what it was answered`,
        async () => {
          const result = await ours('gateway', 'call', method, ...at, '--json');
          assert.equal(result.exitCode, 0, result.stderr);
          assert.ok(Object.keys(JSON.parse(result.stdout) as object).length > 2, result.stdout);
        },
      ],
    ),
    [
      'our devices list lists',
      async () => {
        const result = await ours('devices', 'list', ...at, '--json');
        assert.equal(result.exitCode, 0, result.stderr);
        assert.ok(Array.isArray((JSON.parse(result.stdout) as { paired: unknown[] }).paired));
      },
    ],
    [
      'our gateway health ends with 1 and says why when the token is wrong',
      async () => {
        const result = await ours('gateway', 'health', '--url', url, '--token', 'wrong');
        assert.equal(result.exitCode, 1, result.stdout);
        assert.match(result.stderr, /token mismatch/);
      },
    ],
  ];
}

/** The official command line against our gateway. */
export function peerCommandLineChecks(peer: Peer, { url, token }: GatewayProcess): Check[] {
  const theirs = (...args: string[]): Promise<RunResult> => inPrivateHome(peer.node, [peer.entry, ...args]);
  const at = ['--url', url, '--token', token];
  return [
    [
      'its gateway health says that we are well',
      async () => {
        const { exitCode, stdout, stderr } = await theirs('gateway', 'health', ...at);
        assert.equal(exitCode, 0, stderr);
        assert.match(stdout, /OK/);
      },
    ],
    ...['health', 'status', 'config.get', 'system-presence', 'channels.status', 'logs.tail'].map(
      (method): Check => [
        `its gateway call ${method} prints what we answer`,
        async () => {
          const result = await theirs('gateway', 'call', method, ...at, '--json');
          assert.equal(result.exitCode, 0, result.stderr);
          assert.ok(JSON.parse(result.stdout), result.stdout);
        },
      ],
    ),
    [
      'its gateway probe reaches us',
      async () => {
        const result = await theirs('gateway', 'probe', ...at, '--json');
        assert.equal(result.exitCode, 0, result.stderr);
        const { ok, targets } = JSON.parse(result.stdout) as {
          ok: boolean;
          targets: { url: string; connect: { ok: boolean } }[];
        };
        assert.equal(ok, true);
        assert.equal(targets.find((target) => target.url === url)?.connect.ok, true, result.stdout);
      },
    ],
    [
      'its gateway health ends badly and says why when the token is wrong',
      async () => {
        const result = await theirs('gateway', 'health', '--url', url, '--token', 'wrong');
        assert.notEqual(result.exitCode, 0, result.stdout);
        assert.match(result.stderr, /token mismatch/);
      },
    ],
  ];
}

async function inPrivateHome(command: string, args: string[]): Promise<RunResult> {
  const home = await privateHome();
  try {
    return await run(command, args, home.env);
  } finally {
    await home.remove();
  }
}
