import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SessionAccess, SessionRow } from './session-tools.ts';
import { openBench, textOf } from './testing/tool-bench.ts';

describe('the toolbox', () => {
  it('offers the tools that are not denied, with the schema that is checked', async () => {
    await using bench = await openBench({ config: { tools: { deny: ['group:web'] } } });
    const tools = bench.tools.forAgent('main');
    expect(tools.map(({ name }) => name)).toEqual([
      'read',
      'write',
      'edit',
      'ls',
      'exec',
      'sessions_list',
      'sessions_history',
      'sessions_send',
    ]);
    for (const { description, parameters } of tools) {
      expect(description).not.toBe('');
      expect(parameters.type).toBe('object');
    }
  });

  it('refuses a denied tool also when a model calls it all the same', async () => {
    await using bench = await openBench({ config: { tools: { deny: ['write'] } } });
    expect(textOf(await bench.call('write', { path: 'a', content: 'x' }))).toContain('denied');
    expect(textOf(await bench.call('ls', {}))).toBe('(empty directory)');
  });

  it('has a catalog of the published shape', async () => {
    await using bench = await openBench();
    const catalog = bench.tools.catalog('main');
    const path = new URL(
      '../../node_modules/@openclaw/gateway-protocol/protocol.schema.json',
      import.meta.url,
    );
    const { definitions } = JSON.parse(await readFile(path, 'utf8'));
    const group = definitions.ToolCatalogGroup;
    for (const row of catalog.groups) {
      expect(Object.keys(row).sort()).toEqual([...group.required].sort());
      for (const tool of row.tools) {
        expect(Object.keys(tool).sort()).toEqual([...definitions.ToolCatalogEntry.required].sort());
      }
    }
    expect(catalog.groups.map(({ id }) => id)).toEqual(['fs', 'runtime', 'web', 'sessions']);
    expect(catalog.profiles.map(({ id }) => id)).toEqual(['minimal', 'coding', 'messaging', 'full']);
  });

  it.each([
    'nothing',
    '__proto__',
    'constructor',
    'toString',
    'READ',
    ' read',
    '',
    'x'.repeat(100_000),
    '<b>\u001b[2J\n',
    null,
    {},
  ])('answers the made-up name %j with one short line', async (name) => {
    await using bench = await openBench();
    const result = await bench.call(name as string, {});
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/^Tool [\w.:?-]{0,64} not found$/);
  });

  it('asks about a tool that is set to ask, and does exactly what was shown', async () => {
    await using bench = await openBench({ config: { tools: { policy: { write: 'ask' } } } });
    const shown: string[] = [];
    bench.desk.onRequested(({ id, request, allowedDecisions }) => {
      shown.push(request.command);
      expect(allowedDecisions).toEqual(['allow-once', 'deny']);
      void bench.desk.resolve(id, shown.length === 1 ? 'allow-once' : 'deny', 'ann');
    });
    await bench.call('write', { path: 'a', content: 'x' });
    expect(await readFile(join(bench.workspace, 'a'), 'utf8')).toBe('x');
    expect(await bench.call('write', { path: 'a', content: 'y' })).toMatchObject({ isError: true });
    expect(await readFile(join(bench.workspace, 'a'), 'utf8')).toBe('x');
    expect(shown).toEqual(['write {"path":"a","content":"x"}', 'write {"path":"a","content":"y"}']);
  });
});

const rows: SessionRow[] = [
  { key: 'agent:main:main', agentId: 'main' },
  { key: 'agent:main:child', agentId: 'main', spawnedBy: 'agent:main:main' },
  { key: 'agent:main:stranger', agentId: 'main' },
  { key: 'agent:other:main', agentId: 'other' },
];

function sessionsOf(sent: unknown[]): SessionAccess {
  return {
    list: async ({ agentId, spawnedBy, limit }) =>
      rows
        .filter((row) => agentId === undefined || row.agentId === agentId)
        .filter((row) => spawnedBy === undefined || row.spawnedBy === spawnedBy)
        .slice(0, limit),
    find: async (key) => rows.find((row) => row.key === key),
    history: async () => [
      { role: 'user', content: 'question' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hidden' },
          { type: 'text', text: 'answer' },
        ],
      },
      { role: 'toolResult', content: [{ type: 'text', text: 'output' }] },
    ],
    send: async (request) => {
      sent.push(request);
      return { status: 'ok', runId: 'r', reply: 'fine' };
    },
  };
}

describe('sessions as another session sees them', () => {
  const seen = async (tools: object): Promise<string[]> => {
    await using bench = await openBench({ sessions: sessionsOf([]), config: { tools } });
    const { sessions } = JSON.parse(textOf(await bench.call('sessions_list', {})));
    return sessions.map(({ key }: SessionRow) => key.replace('agent:', ''));
  };

  it('are its own and those it started, unless configured otherwise', async () => {
    expect(await seen({})).toEqual(['main:main', 'main:child']);
    expect(await seen({ sessions: { visibility: 'self' } })).toEqual(['main:main']);
    expect(await seen({ sessions: { visibility: 'agent' } })).toEqual([
      'main:main',
      'main:child',
      'main:stranger',
    ]);
    expect(await seen({ sessions: { visibility: 'all' } })).toHaveLength(3);
    const between = { enabled: true, allow: ['main', 'other'] };
    expect(await seen({ sessions: { visibility: 'all' }, agentToAgent: between })).toHaveLength(4);
    expect(
      await seen({ sessions: { visibility: 'all' }, agentToAgent: { enabled: true, allow: ['main'] } }),
    ).toHaveLength(3);
  });

  it('answers alike for a session that is hidden and one that does not exist', async () => {
    await using bench = await openBench({ sessions: sessionsOf([]) });
    const [hidden, missing] = await Promise.all(
      ['agent:main:stranger', 'agent:main:none'].map((sessionKey) =>
        bench.call('sessions_history', { sessionKey }),
      ),
    );
    expect(hidden).toEqual(missing);
    expect(hidden?.isError).toBe(true);
  });

  it('shows the words of a history, and outputs of tools when asked', async () => {
    await using bench = await openBench({ sessions: sessionsOf([]) });
    const args = { sessionKey: 'agent:main:child' };
    expect(textOf(await bench.call('sessions_history', args))).toBe('user: question\n\nassistant: answer');
    expect(textOf(await bench.call('sessions_history', { ...args, includeTools: true }))).toContain('output');
  });

  it('sends to a session it may see, and never to itself', async () => {
    const sent: unknown[] = [];
    await using bench = await openBench({ sessions: sessionsOf(sent) });
    const send = async (sessionKey: string) =>
      textOf(await bench.call('sessions_send', { sessionKey, message: 'hi' }));
    expect(await send('agent:main:child')).toBe('fine');
    expect(await send('agent:main:main')).toContain('cannot send to itself');
    expect(await send('agent:other:main')).toContain('no such session');
    expect(sent).toMatchObject([
      {
        sessionKey: 'agent:main:child',
        message: 'hi',
        fromSessionKey: 'agent:main:main',
        timeoutMs: 120_000,
      },
    ]);
  });
});
