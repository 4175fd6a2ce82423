import { beforeAll, describe, expect, test } from 'vitest';
import { buildBundle, openHome, startGatewayIn } from './testing/command-line.ts';
import { runInMemory } from './testing/memory-cli.ts';
import { startScriptedAgent } from './testing/scripted-agent.ts';
import { displayWidth } from './text-width.ts';

beforeAll(buildBundle);

/** A gateway with the echo model, and a command line that asks it. */
async function openDesk() {
  const home = await openHome();
  const { port } = await startGatewayIn(home, ['--dev']);
  return (...args: string[]) => home.run([...args, '--dev', '--port', String(port)]);
}

describe('sessions', () => {
  test('are listed, shown, renamed, found, begun anew and deleted', async () => {
    const oc = await openDesk();
    expect((await oc('sessions', 'list')).stdout).toEqual(
      expect.stringMatching(/^There are no sessions\. Begin one: openclaw --dev chat --port \d+\n$/),
    );
    await oc('agent', '-m', 'hello 世界');
    await oc('agent', '-m', 'Plan the trip to Kyoto', '--session', 'trip');
    const list = await oc('sessions', 'list');
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(/^agent:main:trip +just now\n {4}Plan the trip to Kyoto\n/);
    expect(list.stdout).toContain('agent:main:main');
    const show = await oc('sessions', 'show', 'trip', '--limit', '1');
    expect(show.stdout).toMatch(/^agent:main:trip\n {4}Title {2}Plan the trip to Kyoto\n/);
    expect(show.stdout).toContain('(1 earlier message; --limit shows more)\n\nPlan the trip to Kyoto\n');
    expect(await oc('sessions', 'rename', 'trip', '京都')).toMatchObject({
      code: 0,
      stdout: 'agent:main:trip is called "京都" now.\n',
    });
    expect((await oc('sessions', 'search', '京都')).stdout).toContain('agent:main:trip');
    expect((await oc('sessions', 'rename', 'trip', '')).stdout).toBe('agent:main:trip has no label now.\n');
    expect((await oc('sessions', 'abort', 'trip')).stdout).toBe('Nothing is running in trip.\n');
    const reset = await oc('sessions', 'reset', 'trip');
    expect(reset).toMatchObject({ code: 0, stderr: '' });
    expect(reset.stdout).toMatch(/^Began agent:main:trip anew\.\n/);
    expect((await oc('sessions', 'show', 'trip')).stdout).toContain('No messages yet.');
    const deleted = await oc('sessions', 'delete', 'trip');
    expect(deleted.stdout).toMatch(
      /^Deleted agent:main:trip\.\nThe old messages are in\s\S+\.jsonl\.deleted\.\S+\n$/,
    );
    expect(await oc('sessions', 'delete', 'trip')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('No session found: trip\n'),
    });
  });

  test('that do not exist are not made by giving them a label', async () => {
    const oc = await openDesk();
    const { code, stdout, stderr } = await oc('sessions', 'rename', 'tirp', 'Trip');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('No session found: tirp\nSee them: openclaw --dev sessions list');
    expect((await oc('sessions', 'list')).stdout).not.toContain('tirp');
  });

  test('that do not exist are errors, also with --json', async () => {
    const oc = await openDesk();
    const { code, stdout, stderr } = await oc('sessions', 'show', 'nope');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^No session found: nope\nSee them: openclaw --dev sessions list --port \d+\n$/);
    const json = await oc('sessions', 'show', 'nope', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, error: { type: 'gateway_request_error' } });
    expect(await oc('sessions', 'delete', 'main')).toMatchObject({ code: 1 });
  });

  test('are JSON for programs', async () => {
    const oc = await openDesk();
    await oc('agent', '-m', 'hello');
    const json = async (...args: string[]) => JSON.parse((await oc('sessions', ...args, '--json')).stdout);
    expect(await json('list')).toMatchObject({ count: 1, sessions: [{ key: 'agent:main:main' }] });
    expect(await json('show', 'main')).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant' }] });
    expect(await json('search', 'hello')).toMatchObject({ sessions: [{ key: 'agent:main:main' }] });
    expect(await json('rename', 'main', 'Home')).toMatchObject({ ok: true, key: 'agent:main:main' });
    expect(await json('abort', 'main')).toEqual({ ok: true, aborted: false, runIds: [] });
    expect(await json('reset', 'main')).toMatchObject({ ok: true, key: 'agent:main:main' });
  });
});

describe('a search', () => {
  const scripts = {
    'sessions.list': () => ({ sessions: [] }),
    'sessions.search': () => ({
      results: [
        hit('agent:main:a', 'user', `to Kyoto ${'and on '.repeat(20)}`),
        hit('agent:main:b', 'assistant', 'Kyoto\u001b[2J 京都'),
        hit('agent:main:a', 'assistant', 'Kyoto it is'),
      ],
      truncated: true,
    }),
  };
  const hit = (sessionKey: string, role: string, snippet: string) => ({
    sessionKey,
    sessionId: 's',
    messageId: 'm',
    role,
    snippet,
    timestamp: Date.now(),
    score: 1,
  });

  test('shows what was said, session by session, in 80 columns', async () => {
    const gateway = await startScriptedAgent(scripts);
    const { exitCode, stdout, stderr } = await runInMemory(['sessions', 'search', 'kyoto', ...gateway.at]);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.filter((line) => !line.startsWith(' '))).toEqual([
      'Messages: 3 hits',
      'agent:main:a',
      'agent:main:b',
      '',
    ]);
    expect(stdout).toContain('    agent, just now: Kyoto\\u001b[2J 京都\n');
    for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
    expect(stderr).toContain('There is more');
  });

  test('says so when a gateway looks for titles only, and when nothing is found', async () => {
    const gateway = await startScriptedAgent(
      { 'sessions.list': () => ({ sessions: [] }) },
      {
        bootId: 'b',
        methods: ['sessions.list'],
      },
    );
    const { exitCode, stderr } = await runInMemory(['sessions', 'search', 'kyoto', ...gateway.at]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('This gateway looks for titles only');
    expect(stderr).toContain('Nothing was found for "kyoto".');
  });
});

describe('usage', () => {
  test('is counted from what was said', async () => {
    const oc = await openDesk();
    await oc('agent', '-m', 'one two three');
    const { code, stdout } = await oc('gateway', 'usage-cost', '--days', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Usage cost \(2 days\)\nTotal: \$0\.0000 · 6 tokens\nLatest day: \d{4}-\d\d-\d\d · /,
    );
    const json = await oc('gateway', 'usage-cost', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ totals: { totalTokens: 6 } });
  });

  test('reads as it does elsewhere', async () => {
    const day = (date: string, totalTokens: number, totalCost: number) => ({ date, totalTokens, totalCost });
    const gateway = await startScriptedAgent({
      'usage.cost': () => ({
        updatedAt: 1,
        days: 2,
        daily: [day('2026-11-21', 1234, 12.345), day('2026-11-22', 60, 0.00008), day('2026-11-23', 0, 0)],
        totals: { totalTokens: 1294, totalCost: 12.34508, missingCostEntries: 1 },
        cacheStatus: { status: 'refreshing' },
      }),
    });
    const argv = ['gateway', 'usage-cost', '--days', '2', '--all-agents', ...gateway.at];
    expect((await runInMemory(argv)).stdout).toBe(
      [
        'Usage cost (2 days)',
        'Usage totals may be incomplete (refreshing). Run this command again later.',
        'Total: $12.35 · 1,294 tokens',
        'Latest day: 2026-11-22 · $0.0001 · 60 tokens',
        '1 answer has no known price.',
        '',
      ].join('\n'),
    );
    expect(gateway.asked.at(-1)?.params).toEqual({ days: 2, agentScope: 'all' });
    const both = await runInMemory([...argv, '--agent', 'main']);
    expect(both).toMatchObject({ exitCode: 1, stderr: 'Use either --agent or --all-agents.\n' });
  });
});
