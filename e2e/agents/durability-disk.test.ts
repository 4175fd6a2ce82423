import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canMount, mountSmallDisk } from '../../core/store/testing/small-disk.ts';
import { startModelServer } from '../../core/testing/model-server.ts';
import { freePort, health, TestHome, TOKEN, until } from '../fixtures/gateway-process.ts';
import { agentHome, client, converse, type Json, modelConfig, textOf, transcript } from './agent-home.ts';

function mounted(at?: string) {
  const disk = mountSmallDisk(6 * 1024, at);
  if (!disk) throw new Error('no disk');
  return { ...disk, [Symbol.dispose]: disk.remove };
}

describe.runIf(canMount())('transcripts that can only be read', () => {
  it('are read, refuse messages in words that say what to do, and take them once they can be written', async () => {
    await using stage = await agentHome([
      { type: 'answer', text: [' stored'] },
      { type: 'hold', text: [' cut'] },
      { type: 'answer', text: [' fine'] },
    ]);
    const { home, port } = stage;
    const sessions = join(home.trayDir, 'sessions');
    await mkdir(sessions, { recursive: true, mode: 0o700 });
    using disk = mounted(sessions);
    const first = await home.start();
    const before = await client(port);
    await converse(before, 'before', 'before');
    await before.request('chat.send', { sessionKey: 'main', message: 'cut off', idempotencyKey: 'cut' });
    const file = join(sessions, 'main', String((await readdir(join(sessions, 'main')))[0]));
    await until('the answer on the disk', async () => (await readFile(file, 'utf8')).includes(' cut"'));
    first.signal('SIGKILL');
    await first.ended;

    disk.setReadOnly(true);
    const second = await home.start();
    const peer = await client(port);
    expect((await transcript(peer, 'main')).map(textOf)).toEqual(['before', ' stored', 'cut off']);
    const { sessions: rows } = await peer.request('sessions.list', {});
    expect(rows).toMatchObject([{ key: 'agent:main:main', status: 'killed', abortedLastRun: true }]);
    for (const sessionKey of ['main', 'agent:main:new']) {
      const send = { sessionKey, message: 'now?', idempotencyKey: `to ${sessionKey}` };
      for (const method of ['chat.send', 'agent']) {
        await expect(peer.request(method, send)).rejects.toMatchObject({
          code: 'UNAVAILABLE',
          message: expect.stringMatching(
            /\(EROFS\)\. Its disk is mounted read-only: make it writable, then try again/,
          ),
          details: { code: 'STORE_UNWRITABLE' },
          retryable: true,
        });
      }
    }
    const cut = { sessionKey: 'main', message: 'cut off', idempotencyKey: 'cut' };
    expect(await peer.request('chat.send', cut)).toEqual({ runId: 'cut', status: 'ok' });
    expect(await health(port)).toBe(200);

    disk.setReadOnly(false);
    expect(await converse(peer, 'now?', 'to main')).toMatchObject({ state: 'final' });
    const told = [
      'before',
      ' stored',
      'cut off',
      expect.stringMatching(/^ cut⚠️ The gateway stopped/),
      'now?',
      ' fine',
    ];
    expect((await transcript(peer, 'main')).map(textOf)).toEqual(told);
    await peer.close();
    second.signal('SIGKILL');
    await second.ended;
    await home.start();
    const again = await client(port);
    expect((await transcript(again, 'main')).map(textOf)).toEqual(told);
    await again.close();
  });
});

describe.runIf(canMount())('a state directory that can only be read', () => {
  it('keeps the gateway from starting, and is named with what to do about it', async () => {
    using disk = mounted();
    await using server = await startModelServer();
    const port = await freePort();
    await using home = await TestHome.create();
    const config: Json = {
      gateway: { mode: 'local', port, auth: { mode: 'token', token: TOKEN.token } },
      ...modelConfig(server),
    };
    await writeFile(join(disk.path, 'openclaw.json'), JSON.stringify(config), { mode: 0o600 });
    const env = { OPENCLAW_STATE_DIR: disk.path };
    disk.setReadOnly(true);
    const { code, stderr } = await home.run([], env);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/\(EROFS\)\. Its disk is mounted\s+read-only: make it writable/);
    expect(stderr).toContain(disk.path);
    disk.setReadOnly(false);
    await home.start([], env);
    const peer = await client(port);
    expect(await converse(peer, 'hello', 'hello')).toMatchObject({ state: 'final' });
    await peer.close();
  });
});
