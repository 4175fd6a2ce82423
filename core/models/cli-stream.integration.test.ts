import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Json } from '../lib/json.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import type { ModelRequest } from './model.ts';
import { backendProgram, REPORTER } from './testing/backend-program.ts';
import { type Heard, heard, testRequest, testRunner } from './testing/model-fixture.ts';

const model = { provider: 'helper', model: 'default' };

async function run(script: string, backend: Json = {}, request: Partial<ModelRequest> = {}): Promise<Heard> {
  await using program = await backendProgram(script);
  await using runner = testRunner(program.config(backend), { env: { PATH: process.env.PATH } });
  return await heard(runner.stream(testRequest({ model, cwd: program.dir, ...request })));
}

async function report(backend: Json = {}, request: Partial<ModelRequest> = {}, env: NodeJS.ProcessEnv = {}) {
  await using program = await backendProgram(REPORTER);
  const config = program.config({ output: 'json', ...backend });
  await using runner = testRunner(config, { env: { PATH: process.env.PATH, ...env } });
  const { text, events, error } = await heard(
    runner.stream(testRequest({ model, cwd: program.dir, ...request })),
  );
  if (error) throw error;
  const told = JSON.parse(text) as {
    args: string[];
    stdin: string;
    cwd: string;
    env: Record<string, string>;
  };
  return { ...told, dir: program.dir, finish: events.at(-1) };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a program as a model', () => {
  it('streams its text while it runs', async () => {
    const { text, events } = await run(
      "process.stdout.write('Hel'); setTimeout(() => console.log('lo'), 20);",
    );
    expect(text).toBe('Hello\n');
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
  });

  it('gets the message as one argument, which no shell reads and which cannot become an option', async () => {
    const content = '--rm "$(touch pwned)" `id` ; echo *';
    const { args, stdin, cwd, dir } = await report(
      {},
      { system: undefined, messages: [{ role: 'user', content }] },
    );
    expect(args).toEqual([` ${content}`]);
    expect(stdin).toBe('');
    expect(cwd).toBe(dir);
  });

  it('gets a long message through stdin', async () => {
    const content = 'x'.repeat(300_000);
    const { args, stdin } = await report({}, { system: undefined, messages: [{ role: 'user', content }] });
    expect(args).toEqual([]);
    expect(stdin).toBe(content);
  });

  it('goes on with its session by the id it gave, and sends only what is new', async () => {
    const first = await report({ resumeArgs: ['--resume', '{sessionId}'] });
    expect(first.finish).toMatchObject({ sessionId: 'sess-1' });
    await using program = await backendProgram(REPORTER);
    const file = join(program.dir, 'helper.mjs');
    const second = await report(
      { resumeArgs: [file, '--resume', '{sessionId}'], input: 'stdin' },
      {
        session: { id: 'ours', resume: 'sess-1' },
        messages: [
          { role: 'user', content: 'old' },
          { role: 'assistant', content: 'older answer' },
          { role: 'user', content: 'new' },
        ],
      },
    );
    expect(second.args).toEqual(['--resume', 'sess-1']);
    expect(second.stdin).toBe('new');
  });

  it('sees a short list of variables and the configured ones, but no key of the gateway', async () => {
    const gateway = {
      OPENAI_API_KEY: 'k',
      OPENCLAW_GATEWAY_TOKEN: 't',
      HOME: '/home/me',
      LC_ALL: 'C',
      TZ: 'UTC',
    };
    const { env } = await report({ env: { EXTRA: 'yes' }, clearEnv: ['TZ'] }, {}, gateway);
    expect(env).toMatchObject({ HOME: '/home/me', LC_ALL: 'C', EXTRA: 'yes', NO_COLOR: '1' });
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['OPENAI_API_KEY']));
    for (const name of ['OPENAI_API_KEY', 'OPENCLAW_GATEWAY_TOKEN', 'TZ']) expect(env[name]).toBeUndefined();
  });

  it('streams JSON lines, with usage, and the whole message not twice', async () => {
    const lines = [
      { type: 'system', subtype: 'init', session_id: 'abc-1' },
      {
        type: 'stream_event',
        event: { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hel' } },
      },
      {
        type: 'stream_event',
        event: { type: 'content_block_delta', delta: { type: 'text_delta', text: 'lo' } },
      },
      { type: 'assistant', message: { content: [{ type: 'text', text: 'Hello' }] } },
      {
        type: 'result',
        is_error: false,
        result: 'Hello',
        usage: { input_tokens: 3, output_tokens: 2 },
        total_cost_usd: 0.5,
      },
    ];
    const script = `console.log('warming up'); for (const line of ${JSON.stringify(lines)}) console.log(JSON.stringify(line));`;
    const { text, events } = await run(script, { output: 'jsonl' });
    expect(text).toBe('Hello');
    expect(events.find((event) => event.type === 'usage')).toMatchObject({
      usage: { input: 3, output: 2, totalTokens: 5, cost: { total: 0.5 } },
    });
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'stop', sessionId: 'abc-1' });
  });

  it('runs one at a time, in the order of asking', async () => {
    const script = `
      import { appendFileSync } from 'node:fs';
      appendFileSync('order', 'in ');
      setTimeout(() => { appendFileSync('order', 'out '); console.log('done'); }, 30);`;
    await using program = await backendProgram(script);
    await using runner = testRunner(program.config(), { env: { PATH: process.env.PATH } });
    const request = testRequest({ model, cwd: program.dir });
    await Promise.all([1, 2, 3].map(() => heard(runner.stream(request))));
    expect(readFileSync(join(program.dir, 'order'), 'utf8')).toBe('in out in out in out ');
  });

  it('shows what it prints on the console when that is asked for', async () => {
    await using program = await backendProgram(
      "console.error('thinking\\u001b[31m hard'); console.log('done');",
    );
    const lines: string[] = [];
    const cliBackendLog = (line: string): void => void lines.push(line);
    await using runner = testRunner(program.config(), { env: {}, cliBackendLog });
    await heard(runner.stream(testRequest({ model, cwd: program.dir })));
    expect(lines[0]).toContain(`[helper] start ${process.execPath}`);
    expect(lines).toContain('[helper] stderr: thinking [31m hard');
    expect(lines).toContain('[helper] stdout: done');
    expect(lines.at(-1)).toBe('[helper] end code=0');
  });
});

describe('the end of a program', () => {
  const family = `
    import { spawn } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: 'inherit' });
    writeFileSync('pids', process.pid + ' ' + child.pid);
    process.stdout.write('ready');
    setInterval(() => {}, 1000);`;

  it('comes on abort for the whole tree of its processes, also for one that ignores being asked', async () => {
    await using program = await backendProgram(family);
    await using runner = testRunner(program.config(), { env: { PATH: process.env.PATH } });
    const abort = new AbortController();
    const request = testRequest({ model, cwd: program.dir, signal: abort.signal });
    const { text, error } = await heard(runner.stream(request), () => abort.abort());
    expect(text).toBe('ready');
    expect(error?.kind).toBe('aborted');
    const pids = readFileSync(join(program.dir, 'pids'), 'utf8').split(' ').map(Number);
    expect(pids).toHaveLength(2);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000 });
  });

  it.skipIf(process.platform === 'win32')('comes for what has left its process group, too', async () => {
    await using program = await backendProgram(`
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      const stray = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
      writeFileSync('stray', String(stray.pid));
      process.stdout.write('started');
      setInterval(() => {}, 1000);`);
    await using runner = testRunner(program.config({}), { env: { PATH: process.env.PATH } });
    const stop = new AbortController();
    const request = testRequest({ model, cwd: program.dir, signal: stop.signal });
    await heard(runner.stream(request), () => stop.abort());
    const stray = Number(readFileSync(join(program.dir, 'stray'), 'utf8'));
    await vi.waitFor(() => expect(isAlive(stray)).toBe(false), { timeout: 5000 });
  });

  it('comes when its reader leaves, and when the runner is closed', async () => {
    await using program = await backendProgram(family);
    const runner = testRunner(program.config(), { env: { PATH: process.env.PATH } });
    const request = testRequest({ model, cwd: program.dir });
    for await (const _ of runner.stream(request)) break;
    const pids = readFileSync(join(program.dir, 'pids'), 'utf8').split(' ').map(Number);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000 });
    const { error } = await heard(runner.stream(request), () => void runner.close());
    expect(error?.kind).toBe('aborted');
  });

  it('comes when it is silent for too long', async () => {
    await using program = await backendProgram(family);
    const clock = new FakeClock();
    const reliability = { watchdog: { fresh: { noOutputTimeoutMs: 1000 } } };
    await using runner = testRunner(program.config({ reliability }), {
      clock,
      env: { PATH: process.env.PATH },
    });
    const answer = heard(runner.stream(testRequest({ model, cwd: program.dir })), () => clock.advance(1000));
    await vi.waitFor(() => expect(existsSync(join(program.dir, 'pids'))).toBe(true), { timeout: 10_000 });
    const { error } = await clock.drive(answer);
    expect(error).toMatchObject({ kind: 'timeout' });
    expect(error?.message).toContain('CLI backend "helper" printed nothing for 1 s and was ended.');
    const pids = readFileSync(join(program.dir, 'pids'), 'utf8').split(' ').map(Number);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000 });
  });

  it('comes when it prints without end', async () => {
    const script =
      "const line = 'x'.repeat(65536); const go = () => { while (process.stdout.write(line)); process.stdout.once('drain', go); }; go();";
    const { error } = await run(script, { output: 'json' });
    expect(error?.message).toContain('printed more than 16 MiB');
  });

  it('is not held up by a grandchild that keeps the output open', async () => {
    const script = `
      import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: ['ignore', 'inherit', 'ignore'] }).unref();
      process.stdout.write('done', () => process.exit(0));`;
    const { text, error } = await run(script);
    expect(error).toBeUndefined();
    expect(text).toBe('done');
  });
});

describe('a failing program', () => {
  it('is reported with its exit code and its last words, and its partial text stays', async () => {
    const { text, error } = await run(
      "process.stdout.write('Hel'); console.error('warning\\nno luck today'); process.exitCode = 3;",
    );
    expect(text).toBe('Hel');
    expect(error).toMatchObject({ kind: 'server', retryable: false });
    expect(error?.message).toBe('CLI backend "helper" ended with exit code 3: no luck today');
  });

  it.each([
    ['Please log in first', 'auth'],
    ["You've hit your usage limit", 'rate-limit'],
    ['prompt is too long', 'context'],
  ] as const)('is understood when it says %j', async (words, kind) => {
    const line = JSON.stringify({ type: 'error', message: words });
    const { error } = await run(`console.log(${JSON.stringify(line)}); process.exitCode = 1;`, {
      output: 'jsonl',
    });
    expect(error?.kind).toBe(kind);
    expect(error?.message).toContain(words);
  });

  it('is not taken for an empty answer', async () => {
    expect((await run('')).error?.message).toContain('ended without an answer');
  });

  it('is named with what to do when it does not exist', async () => {
    const { error } = await run('', { command: 'no-such-program-here' });
    expect(error?.kind).toBe('no-model');
    expect(error?.message).toContain('"no-such-program-here" is not on the PATH of the gateway');
    expect(error?.message).toContain('agents.defaults.cliBackends.helper.command');
  });

  it('is never taken from the current directory', async () => {
    expect((await run('', { command: './helper.mjs' })).error?.message).toContain('relative path');
    expect((await run('', { command: 'helper.mjs' })).error?.message).toContain('is not on the PATH');
  });

  it('cannot run in a directory that does not exist', async () => {
    expect((await run('', {}, { cwd: '/nonexistent/place' })).error?.message).toContain('does not exist');
  });

  it('is known by name without configuration, and says so when it is not installed', async () => {
    await using runner = testRunner({}, { env: { PATH: '/nonexistent' } });
    const { error } = await heard(
      runner.stream(testRequest({ model: { provider: 'claude-cli', model: 'opus' } })),
    );
    expect(error?.message).toContain('CLI backend "claude-cli" cannot run: "claude" is not on the PATH');
  });
});
