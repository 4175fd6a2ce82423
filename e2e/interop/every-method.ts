import { contract, type MethodName } from '../../core/protocol/contract.ts';
import type { TestGateway } from '../../core/testing/test-gateway.ts';
import { TestPeer, testDevice } from '../../core/testing/test-peer.ts';

export interface Stage {
  gateway: Pick<TestGateway, 'url' | 'token'>;
  request(method: string, params?: unknown): Promise<unknown>;
}

/** Every method of the contract: a new one is called by each test that walks, without a change to it. */
export const METHODS = Object.keys(contract) as MethodName[];

/** Asks for every method of the contract once, with params that make it succeed, in the contract's order. */
export async function callEveryMethod(stage: Stage): Promise<Map<MethodName, unknown>> {
  const results = new Map<MethodName, unknown>();
  for (const method of METHODS) {
    const params = (await PARAMS[method]?.(stage)) ?? {};
    results.set(method, await stage.request(method, params));
  }
  return results;
}

/** What a method needs to succeed. A method that is not listed is asked with an empty object. */
const PARAMS: Partial<Record<MethodName, (stage: Stage) => unknown>> = {
  'system-event': () => ({
    text: 'Node: interop · mode ui',
    instanceId: 'interop-1',
    host: 'interop',
    mode: 'ui',
    version: '1',
    platform: 'linux',
    lastInputSeconds: 3,
    reason: 'periodic',
    tags: ['a'],
    roles: ['operator'],
    scopes: ['operator.read'],
  }),
  'set-heartbeats': () => ({ enabled: true }),
  'logs.tail': () => ({ limit: 10, sinceMs: 60_000 }),
  'gateway.restart.request': () => ({ reason: 'interop' }),
  'config.schema.lookup': () => ({ path: 'gateway' }),
  'config.set': async (stage) => ({ raw: await sourceText(stage), baseHash: await baseHash(stage) }),
  'config.patch': async (stage) => ({
    raw: '{ gateway: { controlUi: { basePath: "/ui" } } }',
    baseHash: await baseHash(stage),
    note: 'interop',
  }),
  'config.apply': async (stage) => ({ raw: await sourceText(stage), baseHash: await baseHash(stage) }),
  'device.pair.approve': async (stage) => ({ requestId: (await waitingDevice(stage)).requestId }),
  'device.pair.reject': async (stage) => ({ requestId: (await waitingDevice(stage)).requestId }),
  'device.pair.remove': async (stage) => ({ deviceId: await pairedDevice(stage) }),
  'device.token.rotate': async (stage) => ({ deviceId: await pairedDevice(stage), role: 'operator' }),
  'device.token.revoke': async (stage) => ({ deviceId: await pairedDevice(stage), role: 'operator' }),
  'sessions.get': async (stage) => ({ key: await session(stage), limit: 10 }),
  'sessions.preview': async (stage) => ({ keys: [await session(stage)], limit: 3, maxChars: 40 }),
  'sessions.search': () => ({ query: 'hello', limit: 5 }),
  'sessions.resolve': async (stage) => ({ key: await session(stage) }),
  'sessions.create': () => ({ label: 'interop', message: 'hello', idempotencyKey: 'interop-create' }),
  'sessions.send': async (stage) => ({ key: await session(stage), message: 'hello' }),
  'sessions.abort': async (stage) => ({ key: await session(stage), clearQueued: true }),
  'sessions.patch': async (stage) => ({ key: await session(stage), label: 'patched', thinkingLevel: 'off' }),
  'sessions.reset': async (stage) => ({ key: await session(stage), reason: 'new' }),
  'sessions.delete': async (stage) => ({ key: await session(stage) }),
  'sessions.compact': async (stage) => ({ key: await session(stage), maxLines: 1 }),
  // What happens to a session while it is followed comes as events.
  'sessions.unsubscribe': async (stage) => void (await session(stage)),
  'sessions.messages.subscribe': () => ({ key: 'main' }),
  'sessions.messages.unsubscribe': async (stage) => {
    await stage.request('sessions.send', { key: 'main', message: 'hello' });
    return { key: 'main' };
  },
  'sessions.usage': () => ({ limit: 5, range: '7d' }),
  'sessions.usage.timeseries': async (stage) => ({ key: await session(stage) }),
  'sessions.usage.logs': async (stage) => ({ key: await session(stage) }),
  'usage.cost': () => ({ days: 2 }),
  'chat.send': () => ({ sessionKey: 'main', message: 'hello', idempotencyKey: 'interop-send' }),
  'chat.history': () => ({ sessionKey: 'main', limit: 10 }),
  'chat.abort': () => ({ sessionKey: 'main' }),
  'chat.inject': () => ({ sessionKey: 'main', message: 'note', label: 'interop' }),
  agent: () => ({ message: 'hello', sessionKey: 'main', idempotencyKey: 'interop-agent' }),
  'agent.wait': () => ({ runId: 'interop-agent', timeoutMs: 10_000 }),
  'exec.approvals.set': async (stage) => ({
    file: { version: 1, agents: { main: { allowlist: [{ pattern: '/usr/bin/rg' }] } } },
    baseHash: ((await stage.request('exec.approvals.get', {})) as { hash: string }).hash,
  }),
  'exec.approval.request': () => ({ command: 'echo interop', timeoutMs: 1 }),
  'exec.approval.waitDecision': async (stage) => ({ id: await question(stage, 1) }),
  'exec.approval.resolve': async (stage) => ({ id: await question(stage, 60_000), decision: 'deny' }),
  'exec.approval.get': async (stage) => ({ id: await question(stage, 60_000) }),
};

/** A new session. */
async function session({ request }: Stage): Promise<string> {
  return ((await request('sessions.create', {})) as { key: string }).key;
}

async function question({ request }: Stage, timeoutMs: number): Promise<string> {
  const params = { command: 'echo interop', timeoutMs, twoPhase: true };
  return ((await request('exec.approval.request', params)) as { id: string }).id;
}

async function configOf({ request }: Stage): Promise<{ hash: string; parsed: Record<string, unknown> }> {
  return (await request('config.get', {})) as { hash: string; parsed: Record<string, unknown> };
}

const baseHash = async (stage: Stage): Promise<string> => (await configOf(stage)).hash;

/** The configuration as `config.get` shows it, redacted secrets included: writing it back keeps them. */
const sourceText = async (stage: Stage): Promise<string> => JSON.stringify((await configOf(stage)).parsed);

async function pairedDevice({ gateway }: Stage): Promise<string> {
  const device = testDevice();
  await connectAs(gateway, device, 'linux');
  return device.deviceId;
}

/** A paired device that comes back as another platform has to wait for approval, even on this machine. */
export async function waitingDevice({ gateway }: Pick<Stage, 'gateway'>) {
  const device = testDevice();
  await connectAs(gateway, device, 'linux');
  const response = await connectAs(gateway, device, 'darwin');
  const { details } = response.error as { details: { requestId: string } };
  return { device, requestId: details.requestId };
}

async function connectAs(gateway: Stage['gateway'], device: ReturnType<typeof testDevice>, platform: string) {
  const { peer, response } = await TestPeer.connect(gateway.url, {
    auth: { token: gateway.token },
    client: { platform },
    scopes: ['operator.read'],
    device,
  });
  await peer.close();
  return response;
}
