import { beforeAll, describe, expect, test } from 'vitest';
import { main } from './main.ts';
import { buildBundle, openHome, startGatewayIn } from './testing/command-line.ts';
import { memoryCli } from './testing/memory-cli.ts';
import {
  agentResult,
  approvalEvent,
  type Script,
  startScriptedAgent,
  tellRun,
} from './testing/scripted-agent.ts';

type Peer = Parameters<Script>[1];
type Request = Parameters<Script>[2];

/** A run that a test tells step by step. */
interface Told {
  runId: string;
  peer: Peer;
  run: ReturnType<typeof tellRun>;
  end(text: string, aborted?: boolean): void;
  fail(message: string): void;
}

/** A gateway whose next `agent` run is in the hands of the test. */
async function startRun(
  argv: string[],
  options: Parameters<typeof memoryCli>[1] = {},
  more: Record<string, Script> = {},
) {
  let start: (told: Told) => void = () => {};
  const started = new Promise<Told>((resolve) => {
    start = resolve;
  });
  const gateway = await startScriptedAgent({
    ...more,
    agent(params, peer, request: Request) {
      const runId = String(params.idempotencyKey);
      peer.answer(request, { runId, status: 'accepted', acceptedAt: 1 });
      start({
        runId,
        peer,
        run: tellRun(peer, runId),
        end: (text, aborted) => peer.answer(request, agentResult(runId, text, aborted)),
        fail: (message) => peer.refuse(request, { code: 'UNAVAILABLE', message }),
      });
    },
  });
  const cli = memoryCli(['agent', ...argv, ...gateway.at], options);
  const ended = main(cli);
  return { gateway, cli, ended, told: await started };
}

describe('an answer', () => {
  test('is shown as it comes in, with its tools beside it', async () => {
    const { cli, ended, told } = await startRun(['--message', 'hi']);
    told.run.text('Let');
    await cli.shown('Let');
    told.run.text('Let me see.');
    told.run.tool({ phase: 'start', args: { command: 'ls' } });
    told.run.tool({ phase: 'result', isError: false, result: { content: [] } });
    told.run.text('Two', 'i:2');
    await cli.shown('Two');
    told.end('Two files.');
    expect(await ended).toBe(0);
    expect(cli.written('stdout')).toBe('Let me see.\n\nTwo files.\n');
    expect(cli.written('stderr')).toBe('[exec] ls\n');
  });

  test('takes what it is asked for from the flags, and the least scopes', async () => {
    const flags = ['-m', 'hi', '--agent', 'ops', '--session', 'trip', '--thinking', 'low', '--timeout', '9'];
    const { gateway, ended, told } = await startRun(flags);
    told.end('ok');
    await ended;
    expect(gateway.asked).toMatchObject([
      {
        method: 'agent',
        params: { message: 'hi', agentId: 'ops', sessionKey: 'trip', thinking: 'low', timeout: 9 },
        scopes: ['operator.read', 'operator.write'],
      },
    ]);
    expect(gateway.peers[0]?.connect?.caps).toEqual(['tool-events']);
  });

  test('comes at once with --no-stream', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi', '--no-stream']);
    told.run.text('Two');
    told.run.tool({ phase: 'start', args: { command: 'ls' } });
    await cli.shown('[exec] ls');
    expect(cli.written('stdout')).toBe('');
    told.end('Two files.');
    await ended;
    expect(cli.written('stdout')).toBe('Two files.\n');
  });

  test('is one document and nothing else with --json', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi', '--json']);
    told.run.text('Two');
    told.run.tool({ phase: 'start', args: { command: 'ls' } });
    told.end('Two files.');
    expect(await ended).toBe(0);
    expect(JSON.parse(cli.written('stdout'))).toEqual(agentResult(told.runId, 'Two files.'));
    expect(cli.written('stderr')).toBe('');
  });

  test('of another run is not mine', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi']);
    tellRun(told.peer, 'somebody-else').text('not for you');
    told.end('for you');
    await ended;
    expect(cli.written('stdout')).toBe('for you\n');
  });

  test('cannot command a terminal', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi'], { isTTY: true });
    told.run.text('a\u001b[2J\u202eb');
    told.run.tool({ phase: 'start', args: { command: '\u001b]0;x\u0007' } });
    told.end('a\u001b[2J\u202eb');
    await ended;
    expect(cli.written('stdout')).toBe('a\\u001b[2J\\u202eb\n');
    expect(cli.written('stderr')).toContain('[exec] \\u001b]0;x\\u0007');
  });

  test('that was cut off is a failure, and what there is of it is shown', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi']);
    told.run.text('Two fi');
    told.end('Two fi', true);
    expect(await ended).toBe(1);
    expect(cli.written('stdout')).toBe('Two fi\n');
    expect(cli.written('stderr')).toContain('before the answer was complete');
  });

  test('that failed says why on stderr', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi']);
    told.run.text('Two');
    told.fail('No model is configured. Set agents.defaults.model.');
    expect(await ended).toBe(1);
    expect(cli.written('stdout')).toBe('Two\n');
    expect(cli.written('stderr')).toBe('No model is configured. Set agents.defaults.model.\n');
  });

  test('that failed is no answer, though a gateway of protocol 3 passes its reason off as one', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi']);
    told.run.failed('401 the key is not known');
    told.end('401 the key is not known');
    expect(await ended).toBe(1);
    expect(cli.written('stdout')).toBe('');
    expect(cli.written('stderr')).toBe('401 the key is not known\n');
  });

  test('that follows a failed attempt is an answer', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi']);
    told.run.failed('429 too many');
    told.run.final('From the next model.');
    told.end('From the next model.');
    expect(await ended).toBe(0);
    expect(cli.written('stdout')).toBe('From the next model.\n');
  });

  test('is asked for in the main session, unless somebody names a session or an agent', async () => {
    for (const [flags, params] of [
      [[], { sessionKey: 'main' }],
      [['--session', 'trip'], { sessionKey: 'trip' }],
      [['--agent', 'ops'], { agentId: 'ops' }],
    ] as const) {
      const { gateway, ended, told } = await startRun(['-m', 'hi', ...flags]);
      told.end('ok');
      await ended;
      const { idempotencyKey: _key, message: _message, ...named } = gateway.asked.at(-1)?.params ?? {};
      expect(named).toEqual(params);
    }
  });

  test('that was lost with the gateway tells where it may be', async () => {
    const { cli, ended, told } = await startRun(['-m', 'hi', '--session', 'trip']);
    told.peer.socket.close(1012, 'service restart');
    expect(await ended).toBe(1);
    expect(cli.written('stderr')).toContain('gateway closed (1012): service restart');
    expect(cli.written('stderr')).toMatch(/openclaw sessions show trip --url ws:\S+ --token …/);
    expect(cli.written('stderr')).not.toContain('test-token');
  });
});

describe('Ctrl-C', () => {
  test('stops the run, keeps what was said, and ends with 130', async () => {
    const stopped: ((params: object) => void)[] = [];
    const asked = new Promise<object>((resolve) => stopped.push(resolve));
    const abort: Script = (params) => {
      stopped[0]?.(params);
      return { ok: true, aborted: true, runIds: [] };
    };
    const { cli, ended, told } = await startRun(
      ['-m', 'hi', '--session', 'trip'],
      {},
      { 'chat.abort': abort },
    );
    told.run.text('Two');
    await cli.shown('Two');
    cli.interrupt();
    expect(await asked).toEqual({ sessionKey: 'trip', runId: told.runId });
    told.end('Two fi', true);
    expect(await ended).toBe(130);
    expect(cli.written('stdout')).toBe('Two fi\n');
  });

  test('pressed twice waits for nothing', async () => {
    const { cli, ended } = await startRun(['-m', 'hi'], {}, { 'chat.abort': () => undefined });
    cli.interrupt();
    cli.interrupt();
    expect(await ended).toBe(130);
  });
});

describe('a tool that needs an approval', () => {
  const withApproval = async (options: Parameters<typeof memoryCli>[1]) => {
    let decide: (decision: string) => void = () => {};
    const decided = new Promise<string>((resolve) => {
      decide = resolve;
    });
    let waiting: unknown[] = [];
    const running = await startRun(['-m', 'hi'], options, {
      'exec.approval.list': () => waiting,
      'exec.approval.resolve': (params) => {
        decide(`${params.id} ${params.decision}`);
        return { ok: true };
      },
    });
    const { told } = running;
    waiting = [
      approvalEvent('somebody-else', 'not mine'),
      approvalEvent(told.runId, 'rm -rf build && echo 完成'),
    ];
    told.run.tool({ phase: 'start', args: { command: 'rm …' } });
    return { ...running, decided };
  };

  test.each([
    ['y', 'allow-once'],
    ['always', 'allow-always'],
    ['', 'deny'],
  ])('is decided on the terminal: %j means %s', async (answer, decision) => {
    const { gateway, cli, ended, told, decided } = await withApproval({ isTTY: true });
    cli.stdin.write('y\r');
    await cli.shown('Allow it?');
    cli.stdin.write(`${answer}\r`);
    expect(await decided).toBe(`ap-1 ${decision}`);
    told.end('Done.');
    expect(await ended).toBe(0);
    expect(cli.written('stderr')).toContain('    | rm -rf build && echo 完成\n');
    expect(cli.written('stderr')).not.toContain('not mine');
    expect(gateway.peers[1]?.connect?.scopes).toEqual(['operator.approvals']);
  });

  test('is left to others without a terminal, and says how', async () => {
    const { cli, ended, told } = await withApproval({});
    await cli.shown('approvals deny ap-1');
    told.end('Done.');
    expect(await ended).toBe(0);
    expect(cli.written('stderr')).toMatch(/Allow it: openclaw approvals approve ap-1 --url \S+ --token …\n/);
    expect(cli.written('stdout')).toBe('Done.\n');
  });

  test('is no longer asked for when somebody else was faster', async () => {
    const { gateway, cli, ended, told } = await withApproval({ isTTY: true });
    await cli.shown('Allow it?');
    gateway.peers[1]?.event('exec.approval.resolved', { id: 'ap-1', decision: 'deny' });
    await cli.shown('decided elsewhere');
    told.end('Well.');
    expect(await ended).toBe(0);
    expect(gateway.asked.map(({ method }) => method)).not.toContain('exec.approval.resolve');
  });
});

test.each([
  [[], 'There is no message.'],
  [['--message', ' '], 'The message is empty.'],
  [['--message', '-'], 'The message is empty.'],
  [['--message', 'x', '--timeout', '-1'], 'Invalid --timeout.'],
])('%j is refused before anybody is asked', async (argv, problem) => {
  const cli = memoryCli(['agent', ...argv]);
  expect(await main(cli)).toBe(1);
  expect(cli.written('stderr')).toContain(problem);
});

describe('with a gateway of its own', () => {
  beforeAll(buildBundle);

  test('a message gets its answer, in three ways', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home, ['--dev']);
    const at = ['--dev', '--port', String(port)];
    const plain = await home.run(['agent', '--message', 'hello 世界', ...at]);
    expect(plain).toMatchObject({ code: 0, stdout: 'hello 世界\n', stderr: '' });
    const piped = await home.run(['agent', '-m', '-', '--session', 'trip', ...at], {
      input: 'line 1\nline 2\n',
    });
    expect(piped).toMatchObject({ code: 0, stdout: 'line 1\nline 2\n' });
    const json = JSON.parse((await home.run(['agent', '-m', 'again', '--json', ...at])).stdout);
    expect(json).toMatchObject({ status: 'ok', result: { payloads: [{ text: 'again' }] } });
    const failed = await home.run(['agent', '-m', '/fail out of tea', ...at]);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain('out of tea');
  });

  test.skipIf(process.platform === 'win32')('Ctrl-C stops the run and keeps what was said', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home, ['--dev']);
    const at = ['--dev', '--port', String(port)];
    const words = Array.from({ length: 200 }, (_, index) => `w${index}`).join(' ');
    const running = home.start(['agent', '-m', `/slow ${words}`, ...at]);
    await running.shown('w1 ');
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^w0 w1 .*\n$/);
    const shown = await home.run(['sessions', 'show', 'main', '--json', ...at]);
    const { messages } = JSON.parse(shown.stdout);
    expect(messages.at(-1)).toMatchObject({ role: 'assistant', openclawAbort: { aborted: true } });
    expect(messages.at(-1).content[0].text).toBe(stdout.trimEnd());
  });
});
