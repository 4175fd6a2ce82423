import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../approvals/approval-request.ts';
import type { PendingApproval } from '../approvals/pending-approvals.ts';
import { openBench, type ToolBench, textOf } from './testing/tool-bench.ts';

const free = { tools: { policy: { exec: 'allow' } } };
const node = process.execPath;

/** Answers each question and keeps what was asked. */
function answerAll(
  bench: ToolBench,
  decision: ApprovalDecision,
  before?: () => Promise<unknown>,
): PendingApproval[] {
  const asked: PendingApproval[] = [];
  bench.desk.onRequested((pending) => {
    asked.push(pending);
    void (async () => {
      await before?.();
      await bench.desk.resolve(pending.id, decision, 'ann');
    })();
  });
  return asked;
}

/** A process that has ended but was not fetched by its parent yet does not run any more. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return !state.startsWith('Z');
}

async function pidsIn(path: string, count: number): Promise<number[]> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const pids = text.split('\n').filter(Boolean).map(Number);
    if (pids.length >= count) return pids;
    await wait(10);
  }
}

describe('running commands', () => {
  it('runs a program with arguments as they are, without a shell', async () => {
    await using bench = await openBench({ config: free });
    const argv = [
      node,
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      'a b',
      '$HOME',
      '`id`',
      '',
    ];
    expect(textOf(await bench.call('exec', { argv }))).toBe('["a b","$HOME","`id`",""]');
  });

  it.runIf(process.platform !== 'win32')(
    'runs a line in the shell, in the workspace, and reports its end',
    async () => {
      await using bench = await openBench({ config: free });
      expect(textOf(await bench.call('exec', { command: 'pwd; echo err >&2' }))).toBe(
        `${bench.workspace}\nerr`,
      );
      const failed = await bench.call('exec', { command: 'echo x; exit 3' });
      expect(failed).toMatchObject({ isError: true, details: { status: 'exited', exitCode: 3 } });
      expect(textOf(failed)).toBe('x\n[exit code 3]');
      expect(textOf(await bench.call('exec', { command: 'true' }))).toBe('(no output)');
      expect(textOf(await bench.call('exec', { command: 'kill -9 $$' }))).toBe('[ended by SIGKILL]');
    },
  );

  it('keeps beginning and end of a long output and says how much is missing', async () => {
    await using bench = await openBench({ config: free });
    const script = "process.stdout.write('BEGIN'+'x'.repeat(5e6)+'END')";
    const text = textOf(await bench.call('exec', { argv: [node, '-e', script] }));
    expect(text.startsWith('BEGIN')).toBe(true);
    expect(text.endsWith('END')).toBe(true);
    expect(text).toContain('of 5000008 bytes of output left out');
    expect(text.length).toBeLessThan(210_000);
  });

  it('gives a command no key of the gateway and nothing to read', async () => {
    const env = { ...process.env, OPENAI_API_KEY: 'canary-1', OPENCLAW_GATEWAY_TOKEN: 'canary-2' };
    await using bench = await openBench({ config: free, env });
    const script = 'console.log(JSON.stringify(process.env), require("fs").readFileSync(0).length)';
    const text = textOf(await bench.call('exec', { argv: [node, '-e', script], env: { OWN_VALUE: 'mine' } }));
    expect(text).not.toContain('canary');
    expect(text).toContain('"OWN_VALUE":"mine"');
    expect(text.endsWith(' 0')).toBe(true);
  });

  it.each([
    [{}, 'Give either'],
    [{ command: 'x', argv: ['y'] }, 'Give either'],
    [{ argv: [] }, 'argv must have'],
    [{ argv: [''] }, 'name of a program'],
    [{ argv: ['no-such-program-here'] }, 'no program'],
    [{ argv: ['echo', 'a\0b'] }, 'NUL'],
    [{ argv: ['echo', '\ud800'] }, 'surrogate'],
    [{ argv: ['echo'], cwd: '..' }, 'outside the workspace'],
    [{ argv: ['echo'], cwd: 'missing' }, 'does not exist'],
    [{ argv: ['echo'], env: { 'A B': 'x' } }, 'no name of a variable'],
    [{ argv: ['echo'], env: JSON.parse('{"__proto__":"x"}') }, ''],
    [{ argv: 'echo' }, 'must be a list'],
    [{ command: 5 }, 'must be a text'],
    ['rm -rf', 'must be an object'],
  ])('answers %j with an error', async (args, part) => {
    await using bench = await openBench({ config: free });
    const result = await bench.call('exec', args);
    if (part === '') return expect(result.content).toHaveLength(1);
    expect(result).toMatchObject({ isError: true });
    expect(textOf(result)).toContain(part);
  });
});

describe.runIf(process.platform !== 'win32')('ending commands', () => {
  const family = (file: string): string =>
    `echo $$ >> ${file}; sleep 300 & echo $! >> ${file}; (setsid sh -c 'echo $$ >> ${file}; sleep 300' &) ; wait; sleep 300`;

  it('kills the whole family on abort, also what left the process group', async () => {
    await using bench = await openBench({ config: free });
    const running = bench.call('exec', { command: family('pids') });
    const pids = await pidsIn(join(bench.workspace, 'pids'), 3);
    bench.abort.abort();
    expect(await running).toMatchObject({ isError: true, details: { status: 'aborted' } });
    expect(pids.filter(alive)).toEqual([]);
  });

  it('kills the whole family when time is over', async () => {
    await using bench = await openBench({ config: free });
    const result = await bench.call('exec', { command: family('pids'), timeoutSeconds: 1 });
    expect(result).toMatchObject({ isError: true, details: { status: 'timeout' } });
    expect(textOf(result)).toContain('[ended after 1 s');
    expect((await pidsIn(join(bench.workspace, 'pids'), 3)).filter(alive)).toEqual([]);
  });

  it('leaves nothing running in the background and does not wait for it', async () => {
    await using bench = await openBench({ config: free });
    const result = await bench.call('exec', { command: 'sleep 300 & echo $! > pid; echo done' });
    expect(textOf(result)).toBe('done');
    expect((await pidsIn(join(bench.workspace, 'pid'), 1)).filter(alive)).toEqual([]);
  });

  it('starts nothing when the run was stopped already', async () => {
    await using bench = await openBench({ config: free });
    bench.abort.abort();
    expect(await bench.call('exec', { command: 'touch made' })).toMatchObject({ isError: true });
    expect(existsSync(join(bench.workspace, 'made'))).toBe(false);
  });
});

describe.runIf(process.platform !== 'win32')('asking before a command', () => {
  it('asks by default, shows what will run, and runs it when allowed', async () => {
    await using bench = await openBench();
    const asked = answerAll(bench, 'allow-once');
    expect(textOf(await bench.call('exec', { command: 'echo hi' }))).toBe('hi');
    expect(asked).toMatchObject([
      {
        request: {
          command: 'echo hi',
          commandArgv: ['/bin/sh', '-c', 'echo hi'],
          cwd: bench.workspace,
          host: 'gateway',
          agentId: 'main',
          sessionKey: 'agent:main:main',
          runId: 'run-1',
          toolCallId: 'call-1',
          resolvedPath: '/bin/sh',
          security: 'allowlist',
          ask: 'on-miss',
        },
      },
    ]);
    await bench.call('exec', { command: 'echo hi' });
    expect(asked).toHaveLength(2);
  });

  it('runs nothing when denied, and tells the model', async () => {
    await using bench = await openBench();
    answerAll(bench, 'deny');
    const result = await bench.call('exec', { command: 'touch made' });
    expect(result).toMatchObject({ isError: true, details: { status: 'approval-denied' } });
    expect(existsSync(join(bench.workspace, 'made'))).toBe(false);
  });

  it('takes the question back when the run is stopped', async () => {
    await using bench = await openBench();
    bench.desk.onRequested(() => bench.abort.abort());
    expect(await bench.call('exec', { command: 'touch made' })).toMatchObject({ isError: true });
    expect(bench.desk.list()).toEqual([]);
    expect(existsSync(join(bench.workspace, 'made'))).toBe(false);
  });

  it('does not ask again for the very same command after "allow always", but for any other', async () => {
    await using bench = await openBench();
    const asked = answerAll(bench, 'allow-always');
    await bench.call('exec', { argv: ['echo', 'a'] });
    await bench.call('exec', { argv: ['echo', 'a'] });
    expect(asked).toHaveLength(1);
    await bench.call('exec', { argv: ['echo', 'a', 'b'] });
    await bench.call('exec', { command: 'echo a' });
    expect(asked.map(({ request }) => request.command)).toEqual(['echo a', 'echo a b', 'echo a']);
  });

  it('obeys the stricter of configuration, approvals file and session', async () => {
    await using bench = await openBench({ config: free });
    const asked = answerAll(bench, 'allow-once');
    await bench.call('exec', { argv: ['true'] });
    expect(asked).toHaveLength(0);
    await bench.call('exec', { argv: ['true'] }, { exec: { ask: 'always' } });
    expect(asked).toHaveLength(1);
    await bench.desk.set({ version: 1, agents: { main: { security: 'deny' } } }, undefined);
    expect(await bench.call('exec', { argv: ['true'] })).toMatchObject({ isError: true });
  });

  it('asks although configuration allows everything but the agent is set to ask', async () => {
    await using bench = await openBench({
      config: {
        tools: { exec: { security: 'full', ask: 'off' } },
        agents: { entries: { main: { tools: { policy: { exec: 'ask' } } } } },
      },
    });
    const asked = answerAll(bench, 'deny');
    await bench.call('exec', { argv: ['true'] });
    expect(asked).toHaveLength(1);
  });
});

describe.runIf(process.platform !== 'win32')(
  'CVE-2026-32971: a script that changes after approval does not run',
  () => {
    it.each([
      [{ argv: ['./run.sh'] }],
      [{ argv: ['sh', 'run.sh'] }],
      [{ command: 'sh run.sh' }],
      [{ command: 'true && sh ./run.sh; echo' }],
    ])('%j', async (args) => {
      await using bench = await openBench();
      const script = join(bench.workspace, 'run.sh');
      await writeFile(script, '#!/bin/sh\necho good\n', { mode: 0o755 });
      answerAll(bench, 'allow-once', () => writeFile(script, '#!/bin/sh\ntouch evil\n'));
      const result = await bench.call('exec', args);
      expect(textOf(result)).toContain('changed after it was shown');
      expect(existsSync(join(bench.workspace, 'evil'))).toBe(false);
    });

    it.each([
      ['is made while a person looks', { argv: ['sh', 'later.sh'] }, 'later.sh'],
      ['is named in pieces', { command: `sh ru''n.sh` }, 'run.sh'],
      ['is named with a stroke in its name', { command: 'sh r\\un.sh' }, 'run.sh'],
      ['has a blank in its name', { command: 'sh "my run.sh"' }, 'my run.sh'],
      ['lies where the command goes first', { command: 'cd sub && sh run.sh' }, 'sub/run.sh'],
    ])('nor one that %s', async (_name, args, path) => {
      await using bench = await openBench();
      await mkdir(join(bench.workspace, 'sub'));
      const script = join(bench.workspace, path);
      if (path !== 'later.sh') await writeFile(script, 'echo good\n');
      answerAll(bench, 'allow-once', () => writeFile(script, 'touch evil\n'));
      const result = await bench.call('exec', args);
      expect(textOf(result)).toContain('changed after it was shown');
      expect(existsSync(join(bench.workspace, 'evil'))).toBe(false);
    });

    it('nor by a rule that was made before there was such a script', async () => {
      await using bench = await openBench();
      const argv = ['sh', 'later.sh'];
      const stop = bench.desk.onRequested(({ id }) => void bench.desk.resolve(id, 'allow-always', 'ann'));
      await bench.call('exec', { argv });
      stop();
      await writeFile(join(bench.workspace, 'later.sh'), 'echo evil\n');
      const asked = answerAll(bench, 'deny');
      expect(textOf(await bench.call('exec', { argv }))).not.toContain('evil');
      expect(asked[0]?.allowedDecisions).toEqual(['allow-once', 'deny']);
    });

    it.each([
      [{ command: 'sh ./*.sh' }],
      [{ command: 'cd sub && make' }],
      [{ command: 'sh $NAME' }],
      [{ argv: ['sh', '-c', 'sh ./*.sh'] }],
      [{ argv: ['ls', 'sub'] }],
    ])(
      'and %j, which can mean another file tomorrow, is not offered to be allowed for good',
      async (args) => {
        await using bench = await openBench();
        await mkdir(join(bench.workspace, 'sub'));
        const asked = answerAll(bench, 'deny');
        await bench.call('exec', args);
        expect(asked[0]?.allowedDecisions).toEqual(['allow-once', 'deny']);
      },
    );

    it('runs it when it did not change, and never offers to allow it for good', async () => {
      await using bench = await openBench();
      await writeFile(join(bench.workspace, 'run.sh'), '#!/bin/sh\necho good\n', { mode: 0o755 });
      const asked = answerAll(bench, 'allow-once');
      expect(textOf(await bench.call('exec', { argv: ['./run.sh'] }))).toBe('good');
      expect(asked[0]?.allowedDecisions).toEqual(['allow-once', 'deny']);
    });
  },
);

describe.runIf(process.platform !== 'win32')(
  'CVE-2026-44114 and CVE-2026-43531: the surroundings decide nothing',
  () => {
    it.each([
      'LD_PRELOAD',
      'PATH',
      'NODE_OPTIONS',
      'BASH_ENV',
      'GIT_SSH_COMMAND',
      'PYTHONSTARTUP',
      'OPENCLAW_HOME',
    ])('refuses the variable %s', async (name) => {
      await using bench = await openBench({ config: free });
      const result = await bench.call('exec', { argv: ['true'], env: { [name]: 'x' } });
      expect(textOf(result)).toContain('may not be set');
    });

    it('never takes a file of the workspace for a program of the system', async () => {
      const env = { ...process.env };
      await using bench = await openBench({ config: free, env });
      await mkdir(join(bench.workspace, 'bin'));
      for (const dir of ['', 'bin']) {
        await writeFile(join(bench.workspace, dir, 'uname'), '#!/bin/sh\necho evil\n', { mode: 0o755 });
      }
      env.PATH = `:.:bin:${bench.workspace}/bin:${process.env.PATH}`;
      expect(textOf(await bench.call('exec', { argv: ['uname'] }))).not.toContain('evil');
      expect(textOf(await bench.call('exec', { command: 'uname' }))).not.toContain('evil');
    });

    it('refuses a directory that is a link out of the workspace', async () => {
      await using bench = await openBench({ config: free });
      await symlink(bench.root, join(bench.workspace, 'out'));
      expect(textOf(await bench.call('exec', { argv: ['pwd'], cwd: 'out' }))).toContain(
        'outside the workspace',
      );
    });
  },
);
