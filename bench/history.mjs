/** Listing sessions and reading the newest messages: in a full store, beside an empty one. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { call } from './chats.mjs';
import { openMany } from './peer.mjs';
import { gateway, start } from './server-process.mjs';
import { alternate, median } from './statistics.mjs';

const SESSIONS = 10_000;
const MESSAGES = 100_000;

/** One line of a transcript, sealed as the gateway seals it. */
function line(record) {
  const text = JSON.stringify(record);
  const sum = (crc32(text) >>> 0).toString(16).padStart(8, '0');
  return `${text.slice(0, -1)},"sum":"${sum}"}\n`;
}

function transcript(key, messages) {
  const id = randomUUID();
  const createdAt = Date.now() - 60_000;
  const lines = [line({ type: 'session', version: 1, id, key, agentId: 'main', createdAt })];
  for (let seq = 1; seq <= messages; seq += 1) {
    const role = seq % 2 === 1 ? 'user' : 'assistant';
    const message = { role, content: [{ type: 'text', text: `message ${seq}` }], timestamp: createdAt + seq };
    lines.push(line({ type: 'message', id: randomUUID(), seq, message }));
  }
  return { id, text: lines.join('') };
}

function fill(stateDir) {
  const dir = join(stateDir, 'tray', 'sessions', 'main');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (let index = 0; index < SESSIONS; index += 1) {
    const [key, count] = index === 0 ? ['agent:main:main', MESSAGES] : [`agent:main:s${index}`, 2];
    const { id, text } = transcript(key, count);
    writeFileSync(join(dir, `${id}.jsonl`), text, { mode: 0o600 });
  }
}

export async function measureHistory([subject]) {
  const home = mkdtempSync(join(subject.env.HOME, 'full-'));
  const emptyHome = mkdtempSync(join(subject.env.HOME, 'empty-'));
  fill(join(home, '.openclaw'));
  const subjects = [gateway(home), gateway(emptyHome)];
  const servers = [];
  try {
    for (const one of subjects) servers.push(await start(one));
    const peers = await Promise.all(
      servers.map(async ({ port }, index) => (await openMany(subjects[index], port, 1))[0]),
    );
    const { totalCount } = await call(peers[0], 'sessions.list', { limit: 60 });
    const { totalMessages } = await call(peers[0], 'chat.history', { sessionKey: 'main', limit: 200 });
    if (totalCount !== SESSIONS || totalMessages !== MESSAGES)
      throw new Error(`The store has ${totalCount} sessions and ${totalMessages} messages`);
    const asks = [
      ['sessions.list', { limit: 60 }],
      ['chat.history', { sessionKey: 'main', limit: 200 }],
    ];
    const rows = [];
    for (const [method, params] of asks) rows.push(await compare(peers, method, params));
    for (const socket of peers) socket.close();
    return rows;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(home, { recursive: true, force: true });
    rmSync(emptyHome, { recursive: true, force: true });
  }
}

async function compare(peers, method, params) {
  const timed = async (socket) => {
    const startedAt = performance.now();
    await call(socket, method, params);
    return performance.now() - startedAt;
  };
  await alternate(30, peers, timed);
  const [ours, theirs] = (await alternate(100, peers, timed)).map(median);
  const what = `${method} limit ${params.limit}, ${SESSIONS} sessions or an empty store`;
  return { what, unit: 'ms', ours, theirs, target: { atMost: 5 } };
}
