import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agentHome, textOf, type WireMessage } from '../agents/agent-home.ts';
import { TOKEN, wsUrl } from '../fixtures/gateway-process.ts';
import { ReferenceClient } from './reference-client.ts';

type Json = Record<string, unknown>;

const SCOPES = ['operator.read', 'operator.write', 'operator.approvals'];
const RUN = 'official-run';

/** The shipped gateway, a model that asks for `command` as often as there are decisions, and the official client. */
async function stageFor(command: (dir: string) => string, decisions: number) {
  const stage = await agentHome();
  const asked = command(stage.home.dir);
  const args = JSON.stringify({ command: asked });
  stage.server.script(
    ...Array.from({ length: decisions }, (_, at) => ({
      type: 'tool-call' as const,
      id: `call-${at}`,
      name: 'exec',
      args: [args.slice(0, 15), args.slice(15)],
    })),
    { type: 'hold', text: ['What', ' came', ' of it.'] },
  );
  await stage.home.start();
  const reference = new ReferenceClient({ url: wsUrl(stage.port), token: TOKEN.token, scopes: SCOPES });
  await reference.hello();
  const decided = new Set<unknown>();
  const decide = async (decision: string): Promise<Json> => {
    const { payload } = await reference.event('exec.approval.requested', ({ id }) => !decided.has(id));
    const { id, request } = payload as { id: string; request: Json };
    decided.add(id);
    await reference.request('exec.approval.resolve', { id, decision });
    await reference.event('exec.approval.resolved', (told) => told.id === id && told.decision === decision);
    return request;
  };
  const close = async (): Promise<void> => {
    await reference[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
  };
  return { stage, command: asked, reference, decide, [Symbol.asyncDispose]: close };
}

const chat =
  (state: string, text: string) =>
  (payload: Json): boolean =>
    payload.runId === RUN && payload.state === state && textOf(payload.message as WireMessage) === text;

const start = { sessionKey: 'main', message: 'do it', idempotencyKey: RUN };
const ANSWER = 'What came of it.';

/** What the model was told last. */
function toldToModel({ server }: { server: { requests: { body: Json }[] } }): string {
  const messages = server.requests.at(-1)?.body.messages as { role: string; content: unknown }[];
  const last = messages.at(-1);
  expect(last?.role).toBe('tool');
  return JSON.stringify(last?.content);
}

it('the official client allows a command once: that very command runs once, and the answer streams to its end', async () => {
  const tricky = (dir: string): string =>
    `printf '%s|' 'two  spaces' "$((6*7))" '京都' $'tab\\there' >> "${join(dir, 'proof of it')}"; echo $((6*7))told`;
  await using scene = await stageFor(tricky, 2);
  const { reference, stage, decide, command } = scene;
  expect(await reference.request('chat.send', start)).toMatchObject({ runId: RUN, status: 'started' });

  expect(await decide('allow-once')).toMatchObject({ command, sessionKey: 'agent:main:main' });
  // Once is once: the same command is asked for again.
  expect(await decide('deny')).toMatchObject({ command });

  await reference.event('chat', chat('delta', ANSWER));
  expect(reference.events.some(({ payload }) => (payload as Json)?.state === 'final')).toBe(false);
  stage.server.release();
  await reference.event('chat', chat('final', ANSWER));

  const proof = (await readFile(join(stage.home.dir, 'proof of it'), 'utf8')).split('|');
  expect(proof.slice(0, 3)).toEqual(['two  spaces', '42', '京都']);
  expect(proof).toHaveLength(5);
  expect(toldToModel(stage)).toMatch(/denied/);
  expect(JSON.stringify(stage.server.requests[1]?.body.messages)).toContain('42told');
  const { messages } = await reference.request<{ messages: WireMessage[] }>('chat.history', {
    sessionKey: 'main',
  });
  const roles = ['user', 'assistant', 'toolResult', 'assistant', 'toolResult', 'assistant'];
  expect(messages.map(({ role }) => role)).toEqual(roles);
  expect(reference.gaps).toEqual([]);
});

it('the official client denies a command: it never runs, the model is told, and its answer streams to the end', async () => {
  await using scene = await stageFor((dir) => `echo x > "${join(dir, 'proof')}"`, 1);
  const { reference, stage, decide, command } = scene;
  await reference.request('chat.send', start);
  expect(await decide('deny')).toMatchObject({ command });
  await reference.event('chat', chat('delta', ANSWER));
  stage.server.release();
  await reference.event('chat', chat('final', ANSWER));
  await expect(readFile(join(stage.home.dir, 'proof'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(toldToModel(stage)).toMatch(/denied/);
});
