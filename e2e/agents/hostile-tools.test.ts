import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TestPeer } from '../../core/testing/test-peer.ts';
import {
  type AgentHome,
  agentHome,
  client,
  converse,
  type Json,
  textOf,
  transcript,
  type WireMessage,
} from './agent-home.ts';

const posix = it.skipIf(process.platform === 'win32');

/** What the model was told of the tool it asked for. */
async function toolResult(
  stage: AgentHome,
  peer: TestPeer,
  name: string,
  args: Json,
  runId: string,
  sessionKey = 'main',
): Promise<string> {
  stage.server.script(
    { type: 'tool-call', name, args: [JSON.stringify(args)] },
    { type: 'answer', text: [' done'] },
  );
  expect(await converse(peer, `use ${name}`, runId, { sessionKey })).toMatchObject({ state: 'final' });
  const result = (await transcript(peer, sessionKey)).findLast(({ role }) => role === 'toolResult');
  return textOf(result as WireMessage);
}

async function running(stage: AgentHome): Promise<{ peer: TestPeer; workspace: string }> {
  await stage.home.start();
  const workspace = join(stage.home.stateDir, 'workspace');
  await mkdir(workspace, { recursive: true });
  return { peer: await client(stage.port), workspace };
}

describe('web_fetch', () => {
  it('fetches nothing from this machine, its network or the services of a cloud', async () => {
    await using stage = await agentHome();
    const { peer } = await running(stage);
    let hits = 0;
    const target = createServer((_request, response) => {
      hits += 1;
      response.end('secret');
    });
    await new Promise<void>((resolve) => target.listen(0, resolve));
    const { port } = target.address() as AddressInfo;
    const urls = [
      ...[
        '127.0.0.1',
        '127.1',
        '0177.0.0.1',
        '0x7f.1',
        '2130706433',
        '127.0.0.1.',
        '１２７.0.0.1',
        '①②⑦.0.0.1',
      ],
      ...['localhost', 'LOCALHOST', 'localhost.', hostname(), '0.0.0.0', '0'],
      ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]'],
      ...['[2002:7f00:1::]', '[fe80::1]'],
    ].map((host) => `http://${host}:${port}/`);
    const others = [
      'http://169.254.169.254/latest/meta-data/',
      'http://[fd00:ec2::254]/latest/',
      'http://[::ffff:169.254.169.254]/',
      'http://168.63.129.16/',
      'http://100.100.100.200/',
      'http://10.0.0.1/',
      'http://192.168.0.1/',
      'http://172.31.255.254/',
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'data:text/plain,secret',
      `http://user@127.0.0.1:${port}/`,
      `http://127.0.0.1:${stage.port}/healthz`,
    ];
    for (const [at, url] of [...urls, ...others].entries()) {
      const said = await toolResult(stage, peer, 'web_fetch', { url }, `fetch-${at}`);
      expect(said, url).toMatch(
        /not a public address|could not be resolved|Only http|user name|not an address/,
      );
    }
    expect(hits).toBe(0);
    await peer.close();
    await new Promise((resolve) => target.close(resolve));
  });
});

describe('a file tool', () => {
  it('reads and writes inside the workspace only, whatever links lie there', async () => {
    await using stage = await agentHome();
    const { peer, workspace } = await running(stage);
    const outside = join(stage.home.dir, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret.txt'), 'top secret');
    await symlink(outside, join(workspace, 'link'));
    await symlink(join(outside, 'secret.txt'), join(workspace, 'file-link'));
    await symlink(stage.home.configPath, join(workspace, 'config-link'));
    await symlink('/proc/self', join(workspace, 'proc'));
    await mkdir(join(workspace, 'a'));
    await symlink('../link', join(workspace, 'a', 'b'));
    const tries: [string, Json][] = [
      ['read', { path: 'link/secret.txt' }],
      ['read', { path: 'a/b/secret.txt' }],
      ['read', { path: 'file-link' }],
      ['read', { path: 'config-link' }],
      ['read', { path: '../openclaw.json' }],
      ['read', { path: join(outside, 'secret.txt') }],
      ['read', { path: 'link/../../../outside/secret.txt' }],
      ['read', { path: '/proc/self/environ' }],
      ['read', { path: 'proc/environ' }],
      ['read', { path: `proc/cwd/.openclaw/openclaw.json` }],
      ['ls', { path: 'link' }],
      ['ls', { path: 'proc/fd' }],
      ['ls', { path: '..' }],
      ['write', { path: 'link/secret.txt', content: 'pwned' }],
      ['write', { path: 'file-link', content: 'pwned' }],
      ['write', { path: 'link/new.txt', content: 'pwned' }],
      ['write', { path: 'a/b/c/new.txt', content: 'pwned' }],
      ['write', { path: '/dev/null', content: 'pwned' }],
      ['edit', { path: 'file-link', oldText: 'top', newText: 'pwned' }],
    ];
    for (const [at, [name, args]] of tries.entries()) {
      const said = await toolResult(stage, peer, name, args, `fs-${at}`);
      expect(said, `${name} ${JSON.stringify(args)}`).toMatch(
        /is outside the workspace|closed to tools|does not exist/,
      );
    }
    expect(await readdir(outside)).toEqual(['secret.txt']);
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('top secret');
    await peer.close();
  });

  posix('changes its own name of a file with two names, and not the other', async () => {
    await using stage = await agentHome();
    const { peer, workspace } = await running(stage);
    const other = join(stage.home.dir, 'other.txt');
    await writeFile(other, 'kept');
    await link(other, join(workspace, 'mine.txt'));
    await toolResult(stage, peer, 'write', { path: 'mine.txt', content: 'changed' }, 'write');
    expect(await readFile(other, 'utf8')).toBe('kept');
    expect(await readFile(join(workspace, 'mine.txt'), 'utf8')).toBe('changed');
    await peer.close();
  });

  posix('is not held up by a pipe, and not filled by a file of terabytes', async () => {
    await using stage = await agentHome();
    const { peer, workspace } = await running(stage);
    execFileSync('mkfifo', [join(workspace, 'pipe')]);
    await writeFile(join(workspace, 'huge'), '');
    await truncate(join(workspace, 'huge'), 2 ** 40);
    for (const name of ['read', 'edit', 'write']) {
      const args = { path: 'pipe', oldText: 'a', newText: 'b', content: 'c' };
      const own = Object.fromEntries(Object.entries(args).filter(([key]) => TAKES[name]?.includes(key)));
      expect(await toolResult(stage, peer, name, own, `pipe-${name}`)).toContain('not a regular file');
    }
    expect(await toolResult(stage, peer, 'read', { path: 'huge' }, 'huge')).toContain('binary');
    const edit = { path: 'huge', oldText: 'a', newText: 'b' };
    expect(await toolResult(stage, peer, 'edit', edit, 'huge-edit')).toContain('is larger than');
    await peer.close();
  });
});

const TAKES: Record<string, string[]> = {
  read: ['path'],
  edit: ['path', 'oldText', 'newText'],
  write: ['path', 'content'],
};

describe('a command', () => {
  const requested = (frame: Json): boolean => frame.event === 'exec.approval.requested';

  /** Answers the next question after `before`, and tells what was asked. */
  function decideNext(peer: TestPeer, decision: string, before: () => Promise<unknown> = async () => {}) {
    const seen = peer.events('exec.approval.requested').length;
    return peer
      .waitFor((frame) => requested(frame) && peer.events('exec.approval.requested').length > seen)
      .then(async () => {
        const asked = peer.events('exec.approval.requested').at(-1)?.payload as Json & { id: string };
        await before();
        const answer = await peer.requestRaw('exec.approval.resolve', { id: asked.id, decision });
        return { request: asked.request as Json, ok: answer.ok };
      });
  }

  posix.each([
    ['whose script is exchanged', { argv: ['sh', 'run.sh'] }, 'run.sh'],
    ['whose script is made after the question', { argv: ['sh', 'later.sh'] }, 'later.sh'],
    ['that names its script in pieces', { command: "sh r''un.sh" }, 'run.sh'],
    ['that goes to its script first', { command: 'cd sub; sh run.sh' }, 'sub/run.sh'],
    ['that names its script by a variable', { command: 'sh $PWD/run.sh' }, 'run.sh'],
    ['that is exchanged itself', { argv: ['./run.sh'] }, 'run.sh'],
  ])('%s between question and answer does not run', async (_name, args, path) => {
    await using stage = await agentHome();
    const { peer, workspace } = await running(stage);
    await mkdir(join(workspace, 'sub'));
    const script = join(workspace, path);
    if (path !== 'later.sh') await writeFile(script, '#!/bin/sh\necho good\n');
    if (path !== 'later.sh') await chmod(script, 0o755);
    const decided = decideNext(peer, 'allow-once', () => writeFile(script, '#!/bin/sh\ntouch evil\n'));
    const said = await toolResult(stage, peer, 'exec', args, 'exchanged');
    expect((await decided).ok).toBe(true);
    expect(said).toContain('changed after it was shown');
    expect(await readdir(workspace)).not.toContain('evil');
    await peer.close();
  });

  posix('is shown whole, with what does not show named, and the rule of one covers no other', async () => {
    await using stage = await agentHome();
    const { peer } = await running(stage);
    const hidden = `echo safe \u202e${' '.repeat(3000)}; echo tail\u00a0`;
    const shown = decideNext(peer, 'deny');
    expect(await toolResult(stage, peer, 'exec', { command: hidden }, 'hidden')).toContain('denied');
    const { request } = await shown;
    expect(request.command).toBe(hidden);
    for (const part of ['U+202E', 'U+00A0', 'characters', 'blanks'])
      expect(request.warningText).toContain(part);
    const always = decideNext(peer, 'allow-always');
    await toolResult(stage, peer, 'exec', { argv: ['echo', 'a'] }, 'rule');
    expect((await always).ok).toBe(true);
    expect(await toolResult(stage, peer, 'exec', { argv: ['echo', 'a'] }, 'covered')).toBe('a');
    for (const [at, argv] of [
      ['echo', 'a', 'b'],
      ['echo', 'a '],
      ['sh', '-c', 'echo a'],
    ].entries()) {
      const asked = decideNext(peer, 'deny');
      expect(await toolResult(stage, peer, 'exec', { argv }, `other-${at}`)).toContain('denied');
      await asked;
    }
    await peer.close();
  });

  posix('brings no variable that changes what runs, and sees no key of the gateway', async () => {
    await using stage = await agentHome([], { tools: { exec: { security: 'full', ask: 'off' } } });
    await stage.home.start([], { STUB_SECRET: 'canary', OPENAI_API_KEY: 'canary' });
    const peer = await client(stage.port);
    for (const name of ['PATH', 'LD_PRELOAD', 'NODE_OPTIONS', 'BASH_ENV']) {
      const args = { argv: ['env'], env: { [name]: '/tmp' } };
      expect(await toolResult(stage, peer, 'exec', args, `env-${name}`)).toContain('may not be set');
    }
    const said = await toolResult(stage, peer, 'exec', { argv: ['env'] }, 'env');
    expect(said).toContain('PATH=');
    expect(said).not.toContain('canary');
    await peer.close();
  });
});

describe('sessions_*', () => {
  it('reach no session of another agent, nor one that this session did not begin', async () => {
    const agents = {
      list: [{ id: 'main' }, { id: 'other' }],
      defaults: { model: { primary: 'stub/echo-1' } },
    };
    await using stage = await agentHome([{ type: 'answer', text: [' private answer'] }], { agents });
    const { peer } = await running(stage);
    const hidden = ['agent:other:main', 'agent:main:diary'];
    for (const sessionKey of hidden) {
      await converse(peer, 'private question', `in ${sessionKey}`, { sessionKey });
    }
    const missing = await toolResult(
      stage,
      peer,
      'sessions_history',
      { sessionKey: 'agent:main:none' },
      'none',
    );
    for (const sessionKey of [
      ...hidden,
      'diary',
      ' agent:other:main ',
      'AGENT:OTHER:MAIN',
      'agent:nobody:main',
      'agent:../x:y',
    ]) {
      const history = await toolResult(stage, peer, 'sessions_history', { sessionKey }, `read ${sessionKey}`);
      expect(history).toBe(missing);
      const args = { sessionKey, message: 'pwned' };
      expect(await toolResult(stage, peer, 'sessions_send', args, `send ${sessionKey}`)).toBe(missing);
    }
    const listed = await toolResult(stage, peer, 'sessions_list', { search: 'private' }, 'list');
    expect(listed).not.toMatch(/diary|agent:other/);
    for (const sessionKey of hidden) expect((await transcript(peer, sessionKey)).length).toBe(2);
    await peer.close();
  });
});
