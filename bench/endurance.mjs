/** What a gateway occupies after many messages, beside what it occupied after a few. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { call, configure, converse } from './chats.mjs';
import { openMany } from './peer.mjs';
import { gateway, start } from './server-process.mjs';

const here = import.meta.dirname;
const MODEL = '3x0';
const SESSIONS = 10;
/** A question and its answer are two messages. */
const MESSAGES = 20_000;
/** Enough to fill every cache there is: each of them has a bound. */
const MESSAGES_BEFORE = 8_000;

export async function measureEndurance([subject]) {
  const home = mkdtempSync(join(subject.env.HOME, 'long-'));
  const own = gateway(home);
  const model = fork(join(here, 'model-process.mjs'));
  const [modelPort] = await once(model, 'message');
  configure(own.env.OPENCLAW_STATE_DIR, modelPort);
  const server = await start(own, ['--expose-gc', '--require', join(here, 'memory-probe.cjs')]);
  try {
    const [socket] = await openMany(own, server.port, 1);
    socket.setMaxListeners(0);
    const keys = Array.from({ length: SESSIONS }, (_, index) => `agent:main:long-${index}`);
    for (const key of keys) await call(socket, 'sessions.create', { key, model: `bench/${MODEL}` });
    const talk = async (messages) => {
      const each = messages / 2 / SESSIONS;
      await Promise.all(keys.map((key) => converse(socket, key, each)));
      return memoryOf(server);
    };
    const before = await talk(MESSAGES_BEFORE);
    const after = await talk(MESSAGES);
    socket.close();
    return [
      {
        what: `heap after ${MESSAGES} more messages`,
        unit: 'MB',
        ours: after.used,
        theirs: before.used,
        target: { atMost: 1.1 },
      },
      { what: '  resident memory', unit: 'MB', ours: after.rss, theirs: before.rss },
    ];
  } finally {
    await server.stop();
    model.kill('SIGTERM');
    rmSync(home, { recursive: true, force: true });
  }
}

/** Bytes after a collection. */
async function memoryOf({ child }) {
  child.send('measure');
  const [{ heapUsed, external, rss }] = await once(child, 'message');
  return { used: heapUsed + external, rss };
}
