import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { main } from './main.ts';
import { buildBundle, freePort, openHome, startGatewayIn } from './testing/command-line.ts';
import { memoryCli } from './testing/memory-cli.ts';
import {
  approvalEvent,
  type Door,
  type Script,
  SESSION,
  startScriptedAgent,
  tellRun,
} from './testing/scripted-agent.ts';

type Peer = Parameters<Script>[1];

interface Sent {
  runId: string;
  message: string;
  peer: Peer;
  run: ReturnType<typeof tellRun>;
}

/** A chat on a terminal, with a gateway whose answers are in the hands of the test. */
async function startChat(scripts: Record<string, Script> = {}, env: NodeJS.ProcessEnv = {}) {
  const sent: Sent[] = [];
  const waiting: ((sent: Sent) => void)[] = [];
  const door: Door = { bootId: 'boot-1' };
  const gateway = await startScriptedAgent(
    {
      'chat.history': () => ({ sessionKey: SESSION, messages: [], totalMessages: 0 }),
      'chat.send'(params, peer) {
        const runId = String(params.idempotencyKey);
        const one = { runId, message: String(params.message), peer, run: tellRun(peer, runId) };
        sent.push(one);
        setImmediate(() => waiting.shift()?.(one));
        return { runId, status: 'started' };
      },
      ...scripts,
    },
    door,
  );
  const cli = memoryCli(['chat', ...gateway.at], { isTTY: true, env });
  const ended = main(cli);
  onTestFinished(() => void cli.stdin.write('/quit\r'));
  await cli.shown('> ');
  const type = (text: string) => void cli.stdin.write(`${text}${env.TERM === 'dumb' ? '\n' : '\r'}`);
  /** What arrived at the gateway next. */
  const next = () => new Promise<Sent>((resolve) => waiting.push(resolve));
  const say = (text: string) => {
    const arrived = next();
    type(text);
    return arrived;
  };
  const screen = () => stripVTControlCharacters(cli.written('stdout'));
  return { gateway, cli, ended, type, say, next, sent, screen, door };
}

describe('a chat', () => {
  test('shows what was said before', async () => {
    const messages = [
      { role: 'user', content: 'Where to?' },
      { role: 'assistant', content: [{ type: 'text', text: '京都\u001b[2J' }] },
    ];
    const { gateway, cli, screen, type, ended } = await startChat({
      'chat.history': () => ({
        sessionKey: 'main',
        messages,
        totalMessages: 14,
        sessionInfo: { label: 'Trip', modelProvider: 'echo', model: 'echo-1' },
      }),
    });
    expect(screen()).toContain(
      'agent:main:main · Trip\necho/echo-1 · /help shows what can be typed\n\n(12 earlier messages)\n\n> Where to?\n京都\\u001b[2J\n',
    );
    expect(gateway.peers.at(-1)?.connect).toMatchObject({
      scopes: ['operator.read', 'operator.write'],
      caps: ['tool-events'],
    });
    type('/quit');
    expect(await ended).toBe(0);
    expect(cli.written('stdout')).toContain('\u001b[?2004l');
  });

  test('shows an answer as it is written, and then takes the next line', async () => {
    const { cli, say, screen } = await startChat();
    const { run, message } = await say('How are you, 世界?');
    expect(message).toBe('How are you, 世界?');
    run.text('Fi');
    await cli.shown('Fi');
    run.tool({ phase: 'start', args: { command: 'ls' } });
    await cli.shown('[exec] ls');
    run.text('Fine.', 'i:2');
    run.final('Fine.');
    await cli.shown('Fine.');
    const again = await say('And now?');
    again.run.final('Never streamed.');
    await cli.shown('Never streamed.');
    expect(screen()).toContain('Fi\n[exec] ls\nFine.\n\n> ');
  });

  test('keeps what is typed during an answer until it is there', async () => {
    const { cli, say, next, type, sent, screen } = await startChat();
    const first = await say('one');
    first.run.text('busy');
    await cli.shown('busy');
    const second = next();
    type('two');
    cli.stdin.write('half a l');
    expect(sent).toHaveLength(1);
    first.run.final('busy no more');
    const { message, run } = await second;
    expect(message).toBe('two');
    run.final('done');
    await cli.shown('done');
    const third = await say('ine');
    expect(third.message).toBe('half a line');
    expect(screen()).toContain('busy no more\n\n> two\ndone\n');
  });

  test('takes several pasted lines for one message', async () => {
    const { cli, next } = await startChat();
    const arrived = next();
    cli.stdin.write('\u001b[200~first\nsecond\n\u001b[201~');
    cli.stdin.write('third\r');
    expect((await arrived).message).toBe('first\nsecond\nthird');
  });

  test('says why an answer failed, and goes on', async () => {
    const { cli, say, screen } = await startChat();
    const { run } = await say('one');
    run.failed('No model is configured.\u001b[2J');
    run.failed('⚠️ Agent failed before reply');
    await cli.shown('No model is configured.\\u001b[2J');
    (await say('two')).run.final('better');
    await cli.shown('better');
    expect(screen()).not.toContain('before reply');
  });

  test('goes on when a message is refused', async () => {
    let isFirst = true;
    const { cli, type, screen } = await startChat({
      'chat.send'(params, peer, request) {
        if (!isFirst) return { runId: params.idempotencyKey, status: 'ok' };
        isFirst = false;
        peer.refuse(request, { code: 'INVALID_REQUEST', message: 'sending is not allowed' });
      },
    });
    type('one');
    await cli.shown('sending is not allowed');
    await cli.shown('> ');
    type('two');
    await cli.shown('two');
    await cli.shown('> ');
    expect(screen()).not.toContain('no answer');
  });

  test('shows answers to others in the same session', async () => {
    const { gateway, cli, screen, say } = await startChat();
    const peer = gateway.peers.at(-1) as Peer;
    const { run } = await say('mine');
    run.final('yours');
    await cli.shown('yours');
    tellRun(peer, 'r-other').text('theirs');
    tellRun(peer, 'r-other').final('theirs');
    await cli.shown('theirs');
    expect(screen()).toContain('(an answer to somebody else in this session)\ntheirs\n');
  });
});

describe('Ctrl-C', () => {
  test('stops the answer first, and leaves when it is pressed again', async () => {
    const aborted: unknown[] = [];
    const chat = await startChat({
      'chat.abort'(params, _peer) {
        aborted.push(params);
        return { ok: true, aborted: true, runIds: [] };
      },
    });
    const { run } = await chat.say('one');
    run.text('On and on');
    await chat.cli.shown('On and on');
    chat.cli.stdin.write('\u0003');
    run.aborted('On and on an');
    await chat.cli.shown('(stopped)');
    expect(chat.screen()).toContain('On and on an\n(stopped)\n');
    chat.cli.stdin.write('\u0003');
    expect(await chat.ended).toBe(130);
    expect(aborted).toEqual([{ sessionKey: SESSION }]);
  });

  test('only clears a line that is being typed', async () => {
    const { cli, say } = await startChat();
    cli.stdin.write('never mind\u0003');
    cli.stdin.write('\u0003');
    await cli.shown('Ctrl-C once more leaves');
    expect((await say('hello')).message).toBe('hello');
  });
});

describe('commands', () => {
  test('/help, /sessions and an empty line cost no message', async () => {
    const { cli, type, sent } = await startChat({
      'sessions.list': () => ({
        sessions: [{ key: 'agent:main:trip', label: '京都', updatedAt: Date.now() }],
      }),
    });
    type('/help');
    await cli.shown('begin the session anew');
    type('/sessions');
    await cli.shown('京都');
    type('');
    type('/stop');
    await cli.shown('unknown method: chat.abort');
    expect(sent).toEqual([]);
  });

  test('/sessions with a key goes there', async () => {
    const asked: unknown[] = [];
    const { cli, type, say } = await startChat({
      'chat.history': (params) => {
        asked.push(params.sessionKey);
        return { messages: [], totalMessages: 0 };
      },
    });
    type('/sessions trip');
    await cli.shown('agent:main:trip');
    (await say('hello')).run.final('there');
    await cli.shown('there');
    expect(asked).toEqual(['agent:main:main', 'agent:main:trip']);
  });

  test('/new begins anew as somebody who may', async () => {
    const { gateway, cli, type } = await startChat({
      'sessions.reset': ({ key }) => ({ ok: true, key, entry: { sessionId: 's2' } }),
    });
    type('/new');
    await cli.shown('agent:main:main begins anew');
    expect(gateway.asked.at(-1)).toMatchObject({
      method: 'sessions.reset',
      params: { key: SESSION, reason: 'new' },
      scopes: ['operator.admin'],
    });
  });
});

describe('a question of a tool', () => {
  test('is answered by the next line, not by what was typed before', async () => {
    let waiting: unknown[] = [];
    let decide: (decision: unknown) => void = () => {};
    const decided = new Promise((resolve) => {
      decide = resolve;
    });
    const { cli, say, type } = await startChat({
      'exec.approval.list': () => waiting,
      'exec.approval.resolve': ({ decision }) => {
        decide(decision);
        return { ok: true };
      },
    });
    const { run, runId } = await say('clean up');
    waiting = [approvalEvent(runId, 'rm -rf build')];
    cli.stdin.write('y');
    run.tool({ phase: 'start', args: { command: 'rm -rf build' } });
    await cli.shown('    | rm -rf build');
    await cli.shown('Allow it?');
    type('');
    expect(await decided).toBe('deny');
    run.tool({ phase: 'result', isError: true, result: { content: [{ type: 'text', text: 'denied' }] } });
    run.final('As you wish.');
    await cli.shown('As you wish.');
  });
});

describe('a gateway that goes away', () => {
  /** What the gateway has of the first message. */
  const storedWith = (sent: readonly Sent[], answer: string) => {
    const [own] = sent;
    const user = { role: 'user', content: own?.message, idempotencyKey: `${own?.runId}:user` };
    return { messages: own ? [user, { role: 'assistant', content: answer }] : [] };
  };

  test('comes back without the answer being lost', async () => {
    const sent: Sent[] = [];
    const chat = await startChat({ 'chat.history': () => storedWith(sent, 'Half and whole') });
    const first = await chat.say('one');
    const { run, peer } = first;
    sent.push(first);
    run.text('Half');
    await chat.cli.shown('Half');
    chat.door.bootId = 'boot-2';
    peer.socket.close(1012, 'service restart');
    await chat.cli.shown('The connection is lost (service restart); trying again …');
    await chat.cli.shown('there again');
    await chat.cli.shown('the gateway was restarted');
    (await chat.say('two')).run.final('Good.');
    await chat.cli.shown('Good.');
    expect(chat.screen()).toContain('and whole\n');
  });

  test('tells when it never got the message', async () => {
    const chat = await startChat();
    const { peer } = await chat.say('one');
    chat.door.bootId = 'boot-2';
    peer.socket.close(1012, '');
    await chat.cli.shown('does not have your last message');
  });

  test('is waited for when only the connection was lost', async () => {
    const sent: Sent[] = [];
    let wait: (end: () => void) => void = () => {};
    const waits = new Promise<() => void>((resolve) => {
      wait = resolve;
    });
    const chat = await startChat({
      'agent.wait'(params, peer, request) {
        wait(() => peer.answer(request, { runId: params.runId, status: 'ok' }));
      },
      'chat.history': () => storedWith(sent, 'All of it'),
    });
    const first = await chat.say('one');
    sent.push(first);
    first.peer.socket.terminate();
    (await waits)();
    await chat.cli.shown('All of it');
    expect(chat.screen()).not.toContain('restarted');
  });

  test('ends the chat when only a person can mend it', async () => {
    const chat = await startChat();
    const { peer } = await chat.say('one');
    const details = { code: 'PAIRING_REQUIRED', requestId: 'r1' };
    chat.door.refusal = { code: 'NOT_PAIRED', message: 'pairing required', details };
    peer.socket.close(1008, 'device removed');
    expect(await chat.ended).toBe(1);
    expect(chat.screen()).toContain('pairing required\nRequest: r1\n');
  });
});

test('an address where nobody listens is an error like everywhere', async () => {
  const port = await freePort();
  const cli = memoryCli(['chat', '--url', `ws://127.0.0.1:${port}`, '--token', 't'], { isTTY: true });
  expect(await main(cli)).toBe(1);
  expect(cli.written('stderr')).toContain(`Gateway not reachable at ws://127.0.0.1:${port} (ECONNREFUSED).`);
  expect(cli.written('stdout')).toBe('');
});

test('a terminal that cannot move its cursor gets no escape sequences', async () => {
  const { cli, say } = await startChat({}, { TERM: 'dumb' });
  const { run } = await say('one');
  run.final('plain');
  await cli.shown('plain');
  expect(cli.written('stdout')).not.toContain('\u001b');
});

describe('with a gateway of its own', () => {
  beforeAll(buildBundle);

  test('lines of a pipe are answered one after the other', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home, ['--dev']);
    const at = ['--dev', '--port', String(port)];
    const first = await home.run(['chat', ...at], { input: 'one 世界\n/slow two three\n' });
    expect(first).toMatchObject({ code: 0, stdout: 'one 世界\n\ntwo three\n\n', stderr: '' });
    const shown = await home.run(['sessions', 'show', 'main', ...at]);
    expect(shown.stdout).toContain('> one 世界\none 世界\n\n> /slow two three\ntwo three\n');
  });

  test('/quit behind a message in a pipe waits for its answer, and nothing behind it is said', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home, ['--dev']);
    const at = ['--dev', '--port', String(port)];
    const left = await home.run(['chat', ...at], { input: '/slow one two\n/quit\nthree\n' });
    expect(left).toMatchObject({ code: 0, stdout: 'one two\n\n', stderr: '' });
    const shown = await home.run(['sessions', 'show', 'main', ...at]);
    expect(shown.stdout).toContain('one two');
    expect(shown.stdout).not.toContain('three');
  });
});
