import { describe, expect, it } from 'vitest';
import { agentRoster } from '../../agents/roster.ts';
import { KEPT_MS } from '../../approvals/pending-approvals.ts';
import type { Json } from '../../lib/json.ts';
import { contract, type MethodName } from '../../protocol/contract.ts';
import type { EventName } from '../../protocol/events.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { openBench } from '../../tools/testing/tool-bench.ts';
import { errorShape } from '../answer.ts';
import { announceApprovals } from '../approval-events.ts';
import type { Broadcaster } from '../broadcast.ts';
import type { CallContext } from '../context.ts';
import { v3, v4 } from '../dialect.ts';
import { approvalHandlers } from './approvals.ts';

/** A real desk and real tools behind the handlers; parses params and checks results as dispatch does. */
async function openDesk() {
  const clock = new FakeClock();
  const bench = await openBench({ clock });
  const handlers = approvalHandlers({
    approvals: bench.desk,
    toolbox: bench.tools,
    roster: () => agentRoster({}, '/work'),
  }) as unknown as Record<string, (params: unknown, context: CallContext) => unknown>;
  const told: { event: EventName; payload: Json }[] = [];
  const broadcaster = { emit: (event: EventName, payload: Json) => told.push({ event, payload }) };
  const stop = announceApprovals(bench.desk, broadcaster as unknown as Broadcaster);
  const gone = new AbortController();
  const later: Promise<unknown>[] = [];
  const context: CallContext = {
    connId: 'c1',
    role: 'operator',
    scopes: ['operator.approvals'],
    client: { id: 'openclaw-macos', displayName: 'Ann', version: '1', platform: 'darwin', mode: 'ui' },
    takesAnyModel: false,
    deviceId: 'd1',
    signal: gone.signal,
    answerAgain: (promise) => later.push(promise),
  };
  const call = async (method: MethodName, params: unknown, as: Partial<CallContext> = {}): Promise<Json> => {
    const { params: accepts, result: promises } = contract[method];
    const result = await handlers[method]?.(accepts.parse(params), { ...context, ...as });
    promises.parse(result);
    return result as Json;
  };
  const refusal = async (method: MethodName, params: unknown): Promise<Json> =>
    call(method, params).then(
      (result) => ({ unexpected: result }),
      (error) => ({ ...errorShape(error) }),
    );
  return { clock, told, stop, gone, later, call, refusal, [Symbol.asyncDispose]: bench[Symbol.asyncDispose] };
}

const QUESTION = {
  id: 'one',
  command: 'rm -rf build',
  cwd: '/work',
  host: 'gateway',
  agentId: 'main',
  sessionKey: 'agent:main:main',
  timeoutMs: 60_000,
};

describe('exec.approval.request', () => {
  it('is answered once somebody has decided, and everybody who may know is told', async () => {
    await using desk = await openDesk();
    const answer = desk.call('exec.approval.request', QUESTION);
    expect(await desk.call('exec.approval.resolve', { id: 'one', decision: 'allow-once' })).toEqual({
      ok: true,
    });
    const times = { createdAtMs: desk.clock.now(), expiresAtMs: desk.clock.now() + 60_000 };
    expect(await answer).toEqual({ id: 'one', decision: 'allow-once', ...times });
    const [asked, resolved] = desk.told;
    expect(asked).toMatchObject({
      event: 'exec.approval.requested',
      payload: {
        approvalKind: 'exec',
        id: 'one',
        request: {
          command: 'rm -rf build',
          cwd: '/work',
          host: 'gateway',
          agentId: 'main',
          sessionKey: 'agent:main:main',
          allowedDecisions: ['allow-once', 'deny'],
          systemRunPlan: null,
          turnSourceChannel: null,
        },
        ...times,
      },
    });
    expect(resolved).toMatchObject({
      event: 'exec.approval.resolved',
      payload: { id: 'one', decision: 'allow-once', resolvedBy: 'Ann', request: asked?.payload.request },
    });
    desk.stop();
    void desk.call('exec.approval.request', { ...QUESTION, id: 'two' });
    expect(desk.told).toHaveLength(2);
  });

  it('is accepted first and answered later when the caller asks for two phases', async () => {
    await using desk = await openDesk();
    const accepted = await desk.call('exec.approval.request', { ...QUESTION, twoPhase: true });
    expect(accepted).toMatchObject({ status: 'accepted', id: 'one' });
    await desk.call('exec.approval.resolve', { id: 'one', decision: 'deny' });
    expect(await desk.later[0]).toMatchObject({ id: 'one', decision: 'deny' });
  });

  it('has no decision when nobody decides in time, and is announced as denied', async () => {
    await using desk = await openDesk();
    const answer = desk.call('exec.approval.request', QUESTION);
    desk.clock.advance(60_000);
    expect(await answer).toMatchObject({ decision: null });
    expect(await desk.call('exec.approval.waitDecision', { id: 'one' })).toMatchObject({
      decision: null,
      terminalReason: 'timeout',
    });
    expect(desk.told.at(-1)?.payload).toMatchObject({ decision: 'deny', resolvedBy: null });
  });

  it('outlives the caller', async () => {
    await using desk = await openDesk();
    const answer = desk.refusal('exec.approval.request', QUESTION);
    desk.gone.abort();
    expect(await answer).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await desk.call('exec.approval.list', {})).toMatchObject([{ id: 'one', approvalKind: 'exec' }]);
  });

  it('shows the variables and their names', async () => {
    await using desk = await openDesk();
    void desk.call('exec.approval.request', { ...QUESTION, env: { B: '2', A: '1' } });
    const [row] = (await desk.call('exec.approval.list', undefined)) as unknown as Json[];
    expect(row?.request).toMatchObject({ env: { A: '1', B: '2' }, envKeys: ['A', 'B'] });
  });

  it('of a node is about its plan, whatever else the request says', async () => {
    await using desk = await openDesk();
    const plan = {
      argv: ['rm', '-rf', '/'],
      cwd: '/n',
      commandText: 'ls',
      agentId: 'main',
      sessionKey: null,
      mutableFileOperand: { argvIndex: 2, path: '/n/x', sha256: 'aa' },
    };
    const params = { id: 'n', command: 'ls', commandArgv: ['ls'], cwd: '/safe', host: 'node', nodeId: 'n1' };
    void desk.call('exec.approval.request', { ...params, systemRunPlan: plan });
    const [row] = (await desk.call('exec.approval.list', {})) as unknown as Json[];
    expect(row?.request).toMatchObject({
      command: 'rm -rf /',
      commandArgv: ['rm', '-rf', '/'],
      cwd: '/n',
      nodeId: 'n1',
    });
  });

  it.each([
    [{}, 'command is required'],
    [{ command: ' ' }, 'command is required'],
    [{ commandArgv: ['ls'] }, 'command is required'],
    [{ command: 'x', host: 'node' }, 'nodeId is required for host=node'],
    [{ command: 'x', host: 'node', nodeId: 'n' }, 'systemRunPlan is required for host=node'],
    [{ command: 'x', id: 'plugin:1' }, 'approval ids starting with plugin: are reserved'],
  ])('%j is refused', async (params, message) => {
    await using desk = await openDesk();
    expect(await desk.refusal('exec.approval.request', params)).toMatchObject({
      code: 'INVALID_REQUEST',
      message,
    });
    expect(desk.told).toEqual([]);
  });

  it('refuses an id that waits already', async () => {
    await using desk = await openDesk();
    void desk.call('exec.approval.request', QUESTION);
    expect(await desk.refusal('exec.approval.request', QUESTION)).toEqual({
      code: 'INVALID_REQUEST',
      message: 'approval id already pending',
    });
  });
});

describe('exec.approval.resolve', () => {
  it('names the client when it has no other name', async () => {
    await using desk = await openDesk();
    void desk.call('exec.approval.request', QUESTION);
    const client = { id: 'cli', version: '1', platform: 'linux', mode: 'cli' } as const;
    await desk.call('exec.approval.resolve', { id: 'one', decision: 'deny' }, { client });
    expect(desk.told.at(-1)?.payload.resolvedBy).toBe('cli');
  });

  it('says the same to the same decision again, and refuses another', async () => {
    await using desk = await openDesk();
    void desk.call('exec.approval.request', QUESTION);
    const deny = { id: 'one', decision: 'deny' };
    await desk.call('exec.approval.resolve', deny);
    expect(await desk.call('exec.approval.resolve', deny)).toEqual({ ok: true });
    const refused = await desk.refusal('exec.approval.resolve', { id: 'one', decision: 'allow-once' });
    expect(refused).toEqual({
      code: 'INVALID_REQUEST',
      message: 'approval already resolved',
      details: { reason: 'APPROVAL_ALREADY_RESOLVED' },
    });
    expect(v3.error(refused as never)).toEqual({
      code: 'INVALID_REQUEST',
      message: 'unknown or expired approval id',
    });
    expect(desk.told).toHaveLength(2);
  });

  it('refuses what is not a decision, and one that is not offered', async () => {
    await using desk = await openDesk();
    void desk.call('exec.approval.request', QUESTION);
    const resolve = (decision: string) => desk.refusal('exec.approval.resolve', { id: 'one', decision });
    expect(await resolve('maybe')).toMatchObject({ message: 'invalid decision' });
    expect(await resolve('allow-always')).toMatchObject({
      message: 'allow-always is unavailable for this command',
      details: { reason: 'APPROVAL_ALLOW_ALWAYS_UNAVAILABLE' },
    });
    expect(await desk.call('exec.approval.get', { id: 'one' })).toMatchObject({
      commandText: 'rm -rf build',
      commandPreview: null,
      allowedDecisions: ['allow-once', 'deny'],
      host: 'gateway',
    });
  });

  it('takes no word of a message channel for who decided', async () => {
    await using desk = await openDesk();
    void desk.call('exec.approval.request', QUESTION);
    const reviewer = { channel: 'telegram', accountId: 'a', senderId: 's' };
    const params = { id: 'one', decision: 'allow-once', reviewer };
    expect(await desk.refusal('exec.approval.resolve', params)).toMatchObject({
      details: { reason: 'APPROVAL_NOT_FOUND' },
    });
  });
});

describe('an id that nobody knows', () => {
  it.each(['exec.approval.resolve', 'exec.approval.get'] as const)('is refused by %s', async (method) => {
    await using desk = await openDesk();
    const params = method === 'exec.approval.get' ? { id: 'none' } : { id: 'none', decision: 'deny' };
    const refused = await desk.refusal(method, params);
    expect(refused).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'unknown or expired approval id',
      details: { reason: 'APPROVAL_NOT_FOUND' },
    });
    expect(v4.error(refused as never)).toEqual(refused);
    expect(v3.error(refused as never)).toEqual({
      code: 'INVALID_REQUEST',
      message: 'unknown or expired approval id',
    });
  });

  it('is refused by exec.approval.waitDecision, and so is none', async () => {
    await using desk = await openDesk();
    const wait = (params: Json) => desk.refusal('exec.approval.waitDecision', params);
    expect(await wait({ id: 'none' })).toEqual({
      code: 'INVALID_REQUEST',
      message: 'approval expired or not found',
    });
    for (const id of [undefined, '', ' ', 7, {}]) {
      expect(await wait({ id })).toMatchObject({ message: 'id is required' });
    }
  });

  it('is one that was decided a while ago', async () => {
    await using desk = await openDesk();
    void desk.call('exec.approval.request', QUESTION);
    await desk.call('exec.approval.resolve', { id: 'one', decision: 'deny' });
    expect(await desk.call('exec.approval.waitDecision', { id: 'one' })).toMatchObject({
      decision: 'deny',
      terminalReason: 'user',
    });
    desk.clock.advance(KEPT_MS);
    expect(await desk.refusal('exec.approval.waitDecision', { id: 'one' })).toMatchObject({
      message: 'approval expired or not found',
    });
  });
});

describe('protocol 3', () => {
  it('says less of a question, but nothing less of what a reader has to be warned of', async () => {
    await using desk = await openDesk();
    void desk.call('exec.approval.request', { ...QUESTION, command: 'ls\u202e', runId: 'r' });
    const { event, payload } = desk.told[0] ?? { event: 'tick', payload: {} };
    const said = v3.event(event, payload) as Json;
    expect(said).not.toHaveProperty('approvalKind');
    expect(Object.keys(said.request as Json).sort()).toEqual([
      'agentId',
      'ask',
      'command',
      'cwd',
      'host',
      'nodeId',
      'resolvedPath',
      'security',
      'sessionKey',
      'systemRunBinding',
      'systemRunPlan',
      'turnSourceAccountId',
      'turnSourceChannel',
      'turnSourceThreadId',
      'turnSourceTo',
      'warningText',
    ]);
    expect((said.request as Json).warningText).toContain('U+202E');
  });

  it('knows no defaults in the rules and no reason of an end', async () => {
    await using desk = await openDesk();
    const rules = await desk.call('exec.approvals.get', {});
    expect(Object.keys(v3.result('exec.approvals.get', rules) as Json).sort()).toEqual([
      'exists',
      'file',
      'hash',
      'path',
    ]);
    const waited = { id: 'one', decision: null, createdAtMs: 1, expiresAtMs: 2 };
    const result = { ...waited, terminalReason: 'timeout' };
    expect(v3.result('exec.approval.waitDecision', result)).toEqual(waited);
    expect(v4.result('exec.approval.waitDecision', result)).toEqual(result);
  });
});

describe('exec.approvals.set', () => {
  it('replaces the rules for who has read them, and says what holds', async () => {
    await using desk = await openDesk();
    const file = { version: 1, agents: { main: { allowlist: [{ pattern: '/usr/bin/rg' }] } } };
    const { hash } = await desk.call('exec.approvals.set', { file });
    expect(await desk.call('exec.approvals.get', undefined)).toMatchObject({ exists: true, hash, file });
    expect(await desk.refusal('exec.approvals.set', { file })).toMatchObject({
      message: 'exec approvals base hash required; re-run exec.approvals.get and retry',
    });
    expect(await desk.refusal('exec.approvals.set', { file, baseHash: 'zz' })).toMatchObject({
      message: 'exec approvals changed since last load; re-run exec.approvals.get and retry',
    });
    const strict = { version: 1, defaults: { security: 'deny' } };
    expect(await desk.call('exec.approvals.set', { file: strict, baseHash: hash })).toMatchObject({
      resolvedDefaults: { security: 'deny', ask: 'on-miss', askFallback: 'deny', autoAllowSkills: false },
    });
  });
});

describe('tools.catalog', () => {
  it('lists the tools in their groups, of the default agent when none is named', async () => {
    await using desk = await openDesk();
    const catalog = await desk.call('tools.catalog', undefined);
    expect(catalog).toMatchObject({ agentId: 'main' });
    expect(await desk.call('tools.catalog', { agentId: 'main', includePlugins: true })).toEqual(catalog);
    const ids = (catalog.groups as { tools: Json[] }[]).flatMap(({ tools }) => tools.map(({ id }) => id));
    expect(ids).toEqual(
      expect.arrayContaining(['read', 'write', 'edit', 'exec', 'web_fetch', 'sessions_send']),
    );
  });

  it('knows no agent that is not configured', async () => {
    await using desk = await openDesk();
    expect(await desk.refusal('tools.catalog', { agentId: '__proto__' })).toEqual({
      code: 'INVALID_REQUEST',
      message: 'unknown agent id "__proto__"',
    });
  });
});
