import assert from 'node:assert/strict';
import { connect } from '../../core/client/connect.ts';
import { systemClock } from '../../core/lib/clock.ts';
import { contract, type MethodName } from '../../core/protocol/contract.ts';
import { testDevice } from '../../core/testing/test-peer.ts';
import type { GatewayProcess } from './gateway-process.ts';
import type { PeerGateway } from './peer-gateway.ts';
import type { Peer } from './peer-install.ts';
import { privateHome, type RunResult, run } from './program.ts';

export type Check = [title: string, body: () => Promise<void>];

const CLIENT = { id: 'cli', version: '0.1.0', platform: 'linux', mode: 'cli' } as const;
const READ = ['operator.read'];

/** What our client is given to read where nothing at all does not do. Nobody has said anything in `main` yet. */
const PARAMS: Partial<Record<MethodName, object>> = {
  'config.schema.lookup': { path: 'gateway' },
  'sessions.preview': { keys: ['main'] },
  'sessions.search': { query: 'hello' },
  'sessions.messages.subscribe': { key: 'main' },
  'sessions.messages.unsubscribe': { key: 'main' },
  'chat.history': { sessionKey: 'main' },
};

const OFFERED_BY_NEITHER: MethodName[] = [
  'sessions.get',
  'sessions.resolve',
  'sessions.unsubscribe',
  'sessions.usage',
  'sessions.usage.timeseries',
  'sessions.usage.logs',
];

/** Reading methods of ours that a peer does not advertise; it may know one of them all the same. */
const NOT_OFFERED: Record<Peer['era'], MethodName[]> = {
  v4: OFFERED_BY_NEITHER,
  v3: [
    ...OFFERED_BY_NEITHER,
    'sessions.search',
    'sessions.subscribe',
    'sessions.messages.subscribe',
    'sessions.messages.unsubscribe',
    'exec.approval.list',
  ],
};

/** Needs no more than a look, though the scope allows more. */
const ONLY_LOOKS: MethodName[] = ['device.pair.list', 'exec.approvals.get', 'exec.approval.list'];

const READING = (Object.keys(contract) as MethodName[]).filter(
  (method) => ['any', ...READ].includes(contract[method].scope) || ONLY_LOOKS.includes(method),
);

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
      'our client calls every method of ours that only reads and that is offered there',
      async () => {
        const connection = await connect({ ...common, auth: { token }, device: testDevice() });
        const offered = new Set(connection.hello.features.methods);
        const missing = READING.filter((method) => !offered.has(method));
        assert.deepEqual(missing.sort(), [...NOT_OFFERED[peer.era]].sort(), 'what it does not offer');
        for (const method of READING.filter((method) => offered.has(method))) {
          const result = await connection.request(method, PARAMS[method] ?? {});
          assert.notEqual(result, undefined, `${method} is answered with nothing`);
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
