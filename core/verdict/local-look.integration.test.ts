import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireInstanceLock, readInstanceLock } from '../host/instance-lock.ts';
import { systemClock } from '../lib/clock.ts';
import type { ServiceFacts } from '../service/service-facts.ts';
import { freePort } from '../testing/free-port.ts';
import { inspectGateway } from './inspect-gateway.ts';
import { type LocalSubject, lookAtThisMachine } from './local-look.ts';
import type { Hooks } from './network-look.ts';
import { judge } from './verdict.ts';
import { wordsFor } from './words.ts';

const WELL = { exists: true, issues: [], startProblems: [], canRecover: false };
const SERVICE: ServiceFacts = {
  manager: 'systemd',
  name: 'openclaw-gateway.service',
  scope: 'user',
  state: 'running',
  isEnabled: true,
};

/** A state directory with a free port and nothing wrong, and what a test makes of it. */
async function subject(fields: Partial<LocalSubject> = {}): Promise<LocalSubject> {
  const stateDir = await mkdtemp(join(tmpdir(), 'openclaw-look-'));
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const trayDir = join(stateDir, 'tray');
  await mkdir(join(trayDir, 'run'), { recursive: true, mode: 0o700 });
  const port = await freePort();
  const configPath = join(stateDir, 'openclaw.json');
  const nothing = async () => undefined;
  return {
    stateDir,
    trayDir,
    configPath,
    port,
    config: WELL,
    exposed: () => [],
    service: nothing,
    ...fields,
  };
}

async function listen(port: number) {
  const server = createServer((socket) => void socket.on('error', () => {}).destroy());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  onTestFinished(close);
  return { port: (server.address() as { port: number }).port, close };
}

async function verdictOn(given: LocalSubject) {
  const look = await lookAtThisMachine(given, systemClock);
  const { layer, finding, warnings } = judge(look.evidence);
  return { layer, code: finding?.code, values: finding?.values, warnings, look };
}

test('nobody listens and no lock is there: no gateway runs', async () => {
  expect(await verdictOn(await subject())).toMatchObject({ layer: 'process', code: 'GATEWAY_NOT_RUNNING' });
});

test('a listener that is no gateway is told with its process, and a free port is named', async () => {
  const given = await subject();
  await listen(given.port);
  const { layer, code, values, look } = await verdictOn(given);
  expect({ layer, code }).toEqual({ layer: 'port', code: 'PORT_FOREIGN' });
  expect(values?.holder).toContain(`pid ${process.pid}`);
  expect(look.fix.freePort).toBeGreaterThan(given.port);
});

test('from a listener that is no gateway no answer is waited for, however much time there is', async () => {
  const given = await subject();
  const silent = createServer((socket) => void onTestFinished(() => void socket.destroy()));
  silent.listen(given.port, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const network = {
    url: `ws://127.0.0.1:${given.port}`,
    dial: {},
    connect: ({ signal }: Hooks) =>
      new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  };
  const { verdict, network: asked } = await inspectGateway(
    { local: given, network, command: 'openclaw' },
    { clock: systemClock, timeoutMs: 3_600_000, methods: ['status'] },
  );
  expect(verdict).toMatchObject({ layer: 'port', finding: { code: 'PORT_FOREIGN' } });
  expect(asked).toBeUndefined();
});

test('a lock of a process that has ended is stale, and stays where it is', async () => {
  const given = await subject();
  const options = { ...given, version: '1.0.0', bootId: 'b', clock: systemClock };
  const lock = await acquireInstanceLock(options);
  if (!lock.ok) throw new Error('the directory is new');
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const record = { ...lock.record, pid: child.pid ?? 0 };
  await writeFile(join(given.trayDir, 'run', 'gateway.lock'), JSON.stringify(record));
  expect(await verdictOn(given)).toMatchObject({
    layer: 'process',
    code: 'LOCK_STALE',
    values: { pid: child.pid },
  });
});

test('a process that has the lock and does not listen yet is starting', async () => {
  const given = await subject();
  await acquireInstanceLock({ ...given, version: '1.0.0', bootId: 'b', clock: systemClock });
  expect(await verdictOn(given)).toMatchObject({ code: 'GATEWAY_STARTING', values: { pid: process.pid } });
  expect(await readInstanceLock(given.trayDir)).toBeDefined();
});

test('a gateway that runs on another port than the one asked for is not taken for one that answers there', async () => {
  const given = await subject();
  await acquireInstanceLock({ ...given, version: '1.0.0', bootId: 'b', clock: systemClock });
  const [port, running] = [await freePort(), given.port];
  const { code, values, look } = await verdictOn({ ...given, port });
  expect({ code, values }).toMatchObject({ code: 'GATEWAY_ON_OTHER_PORT', values: { port, running } });
  const context = { command: 'openclaw', port, ...look.fix };
  const words = wordsFor({ code: 'GATEWAY_ON_OTHER_PORT', values: values ?? {} }, context, 'en');
  expect(words.command).toBe(`openclaw gateway status --port ${running}`);
});

test.each([
  ['missing', { exists: false }, 'CONFIG_MISSING'],
  ['broken', { issues: [{ path: 'gateway', message: 'is odd' }] }, 'CONFIG_UNREADABLE'],
  ['broken after it worked', { issues: [{ path: '', message: 'odd' }], canRecover: true }, 'CONFIG_INVALID'],
  [
    'not for a start',
    { startProblems: [{ path: 'gateway.mode', message: 'set it' }] },
    'CONFIG_BLOCKS_START',
  ],
])('a configuration that is %s is told first', async (_, fields, code) => {
  const given = await subject({ config: { ...WELL, ...fields } });
  expect(await verdictOn(given)).toMatchObject({ layer: 'config', code });
});

test.each([
  ['failed', 'SERVICE_FAILED'],
  ['stopped', 'SERVICE_STOPPED'],
] as const)('a service that has %s is told before the process that is missing', async (state, code) => {
  const given = await subject({ service: async () => ({ facts: { ...SERVICE, state }, drift: [] }) });
  expect(await verdictOn(given)).toMatchObject({ layer: 'service', code });
});

test('a service that cannot be asked is no fault of the gateway', async () => {
  const given = await subject({
    service: async () => ({ facts: { ...SERVICE, state: 'unknown', detail: 'no bus' }, drift: [] }),
  });
  expect(await verdictOn(given)).toMatchObject({ layer: 'process', code: 'GATEWAY_NOT_RUNNING' });
});

test('a service that would start something else is told before that it failed', async () => {
  const drift = [
    { code: 'SERVICE_DISABLED', level: 'advice', values: {} },
    { code: 'SERVICE_PROGRAM_GONE', level: 'error', values: { path: '/gone' } },
  ] as const;
  const facts = { ...SERVICE, state: 'failed' } as const;
  const { layer, code, warnings, look } = await verdictOn(
    await subject({ service: async () => ({ facts, drift }) }),
  );
  expect({ layer, code }).toEqual({ layer: 'service', code: 'SERVICE_PROGRAM_GONE' });
  expect(warnings.map((warning) => warning.code)).toEqual(['SERVICE_DISABLED']);
  expect(look.fix.hasService).toBe(true);
});
