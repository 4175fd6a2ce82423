import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Behaviour, ModelServer } from '../../core/testing/model-server.ts';
import type { GatewayProcess } from './gateway-process.ts';
import type { Check } from './peer-checks.ts';
import type { PeerGateway } from './peer-gateway.ts';
import type { Peer } from './peer-install.ts';
import { end, type Program, privateHome, type RunResult, run, startProgram } from './program.ts';

const PIECES = ['Half', ' an', ' answer.'];
const WHOLE = PIECES.join('');

/** A model that says all of it, and ends only when it is told to: what is seen before that was streamed. */
const unfinished: Behaviour = { type: 'hold', text: PIECES };
const answer = (text: string): Behaviour => ({ type: 'answer', text: [text] });

/** Our command line talks to agents of a gateway that none of us wrote. */
export function agentChecks(bundle: string, peer: Peer, gateway: PeerGateway, model: ModelServer): Check[] {
  const at = ['--url', gateway.url, '--token', gateway.token];
  const ours = (...args: string[]): Promise<RunResult> =>
    inHome(({ env }) => run(process.execPath, [bundle, ...args, ...at], env));
  const start = (env: NodeJS.ProcessEnv, input: string, ...args: string[]): Program =>
    startProgram(process.execPath, [bundle, ...args, ...at], env, input);
  return [
    [
      'our agent shows the answer while it is written',
      () =>
        inHome(async ({ env }) => {
          model.script(unfinished, answer('not asked for'));
          const program = start(env, '', 'agent', '--message', 'hello');
          await shown(program, WHOLE).finally(model.release);
          assert.equal(await ended(program), 0, program.output());
          assert.equal(program.output(), `${WHOLE}\n`);
        }),
    ],
    [
      'our agent --json prints what the run came to',
      async () => {
        model.script(answer('Told at once.'));
        const { exitCode, stdout, stderr } = await ours('agent', '--message', 'again', '--json');
        assert.equal(exitCode, 0, stderr);
        const { status, result } = JSON.parse(stdout) as {
          status: string;
          result: { payloads: { text: string }[] };
        };
        assert.equal(status, 'ok');
        assert.deepEqual(
          result.payloads.map(({ text }) => text),
          ['Told at once.'],
        );
      },
    ],
    [
      'our chat streams the answer to each line that is piped into it',
      () =>
        inHome(async ({ env }) => {
          model.script(unfinished, answer('The second one.'));
          const program = start(env, 'first\nsecond\n', 'chat');
          await shown(program, WHOLE).finally(model.release);
          assert.equal(await ended(program), 0, program.output());
          assert.equal(program.output(), `${WHOLE}\n\nThe second one.\n\n`);
        }),
    ],
    [
      'our sessions list names the session, and sessions show what was said in it',
      async () => {
        const list = await ours('sessions', 'list', '--json');
        assert.equal(list.exitCode, 0, list.stderr);
        const { sessions } = JSON.parse(list.stdout) as { sessions: { key: string }[] };
        assert.deepEqual(
          sessions.map(({ key }) => key),
          ['agent:main:main'],
        );
        assert.match((await ours('sessions', 'list')).stdout, /^agent:main:main /);
        const show = await ours('sessions', 'show', 'main');
        assert.equal(show.exitCode, 0, show.stderr);
        assert.match(show.stdout, /^> second\nThe second one\.$/m);
      },
    ],
    peer.era === 'v4'
      ? [
          'our approvals list says that none waits',
          async () => {
            const { exitCode, stdout, stderr } = await ours('approvals', 'list');
            assert.equal(exitCode, 0, stderr);
            assert.equal(stdout, 'Approvals that wait: 0\n');
          },
        ]
      : [
          'our approvals list says that this gateway cannot tell',
          async () => {
            const { exitCode, stderr } = await ours('approvals', 'list');
            assert.equal(exitCode, 1);
            assert.match(
              stderr,
              /^This gateway \(2026\.3\.13\) cannot list the approvals that wait\.\nFix: /,
            );
            const { stdout } = await ours('approvals', 'list', '--json');
            const { error } = JSON.parse(stdout) as { error: { code: string } };
            assert.equal(error.code, 'NOT_AVAILABLE');
          },
        ],
    // The last one: 2026.9.6 asks no provider for a minute that has refused its key.
    [
      'our agent says why there is no answer, and ends with 1',
      async () => {
        model.script({ type: 'status', status: 401, message: 'the key is not known' });
        const { exitCode, stdout, stderr } = await ours('agent', '--message', 'no key');
        assert.equal(exitCode, 1, stdout);
        assert.notEqual(stderr.trim(), '');
      },
    ],
  ];
}

/** The official command line talks to agents of our gateway. */
export function peerAgentChecks(peer: Peer, gateway: GatewayProcess, model: ModelServer): Check[] {
  const { url, token } = gateway;
  const theirs = (...args: string[]): Promise<RunResult> =>
    inHome(async ({ env, path }) => {
      const file = join(path, '.openclaw', 'openclaw.json');
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, JSON.stringify({ gateway: { mode: 'remote', remote: { url, token } } }));
      return run(peer.node, [peer.entry, ...args], env);
    });
  const called = async (method: string, params: object, ...more: string[]): Promise<unknown> => {
    const words = ['gateway', 'call', method, '--params', JSON.stringify(params), '--json', ...more];
    const { exitCode, stdout, stderr } = await theirs(...words);
    assert.equal(exitCode, 0, stderr || stdout);
    return JSON.parse(stdout);
  };
  return [
    ...(peer.era === 'v4' ? agentCommandChecks(theirs, model) : []),
    [
      'its gateway call agent --expect-final waits for the end of our run',
      async () => {
        model.script(answer('The end.'));
        const params = { message: 'hi', sessionKey: 'main', idempotencyKey: 'peer-call' };
        const final = (await called('agent', params, '--expect-final')) as { status: string };
        assert.equal(final.status, 'ok');
      },
    ],
    [
      'its gateway call sessions.list and chat.history read what was said',
      async () => {
        const { sessions } = (await called('sessions.list', {})) as { sessions: { key: string }[] };
        assert.deepEqual(
          sessions.map(({ key }) => key),
          ['agent:main:main'],
        );
        const { messages } = (await called('chat.history', { sessionKey: 'main' })) as {
          messages: { role: string; content: unknown }[];
        };
        const [question, answered] = messages.slice(-2);
        assert.equal(question?.role, 'user');
        assert.match(JSON.stringify(answered?.content), /"The end\."/);
      },
    ],
  ];
}

/** That of 2026.3.13 does not start without the library of a chat channel which is not installed here. */
function agentCommandChecks(theirs: (...args: string[]) => Promise<RunResult>, model: ModelServer): Check[] {
  return [
    [
      'its agent prints the answer of our model',
      async () => {
        model.script(answer('From ours.'));
        const before = model.requests.length;
        const { exitCode, stdout, stderr } = await theirs('agent', '--agent', 'main', '--message', 'hello');
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout.trim(), 'From ours.', stderr);
        assert.equal(model.requests.length - before, 1);
      },
    ],
    [
      'its agent --json reads what our run came to',
      async () => {
        model.script(answer('For programs.'));
        const { exitCode, stdout, stderr } = await theirs(
          ...['agent', '--agent', 'main', '--message', 'hello', '--json'],
        );
        assert.equal(exitCode, 0, stderr);
        const { status, result } = JSON.parse(stdout) as {
          status: string;
          result: { payloads: { text: string }[] };
        };
        assert.equal(status, 'ok');
        assert.equal(result.payloads[0]?.text, 'For programs.');
      },
    ],
  ];
}

type Home = Awaited<ReturnType<typeof privateHome>>;

async function inHome<T>(task: (home: Home) => Promise<T>): Promise<T> {
  const home = await privateHome();
  try {
    return await task(home);
  } finally {
    await home.remove();
  }
}

/** Resolves once the program has printed `text`. Rejects, and ends the program, when it never will. */
async function shown(program: Program, text: string): Promise<void> {
  const { child, output } = program;
  const timer = setTimeout(() => void end(program), 120_000);
  try {
    while (!output().includes(text)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`it ended before it said "${text}". It said:\n${output()}`);
      await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'close')]);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function ended({ child }: Program): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}
