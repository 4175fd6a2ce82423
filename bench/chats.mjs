/** Talking to a model through the gateway, beside talking to the same model server without it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { openMany } from './peer.mjs';
import { start } from './server-process.mjs';
import { alternate, median } from './statistics.mjs';

const here = import.meta.dirname;
const SUBSCRIBERS = 200;
const STREAMS = 50;
const DELTAS = 300;
const EVERY_MS = 10;
const MODELS = ['1x0', '1000x0', `${DELTAS}x${EVERY_MS}`, '3x0'];

export async function measureChats([subject]) {
  const model = fork(join(here, 'model-process.mjs'));
  const [modelPort] = await once(model, 'message');
  configure(subject.env.OPENCLAW_STATE_DIR, modelPort);
  const server = await start(subject, ['--require', join(here, 'delay-probe.cjs')]);
  try {
    const measured = { subject, server, modelPort };
    return [...(await firstDelta(measured)), ...(await fanOut(measured)), ...(await manyStreams(measured))];
  } finally {
    await server.stop();
    model.kill('SIGTERM');
  }
}

/** Writes the configuration of a gateway whose models are at this port. */
export function configure(stateDir, port) {
  const provider = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    apiKey: 'x',
    api: 'openai-completions',
    models: MODELS.map((id) => ({ id, name: id })),
  };
  const agents = { defaults: { model: { primary: `bench/${MODELS[0]}` }, heartbeat: { every: '0m' } } };
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(
    join(stateDir, 'openclaw.json'),
    JSON.stringify({ models: { providers: { bench: provider } }, agents, tools: { deny: ['*'] } }),
    { mode: 0o600 },
  );
}

let asked = 0;

/** Sends a request and resolves with its payload. */
export function call(socket, method, params) {
  asked += 1;
  const id = `c${asked}`;
  return new Promise((resolve, reject) => {
    socket.on('message', function receive(data) {
      if (!data.subarray(0, 200).includes(`"id":"${id}"`)) return;
      const frame = JSON.parse(data.toString());
      if (frame.type !== 'res') return;
      socket.off('message', receive);
      if (frame.ok) resolve(frame.payload);
      else reject(new Error(`${method}: ${frame.error.message}`));
    });
    socket.send(JSON.stringify({ type: 'req', id, method, params }));
  });
}

const say = (socket, sessionKey) => {
  asked += 1;
  return call(socket, 'chat.send', { sessionKey, message: 'hello', idempotencyKey: `bench-${asked}` });
};

const isDelta = (data) => data.subarray(0, 64).includes('"event":"agent"') && data.includes('"assistant"');
const isFinal = (data) => data.subarray(0, 64).includes('"event":"chat"') && data.includes('"state":"final"');

/** Sends one message after the other, each when the answer to the one before has ended. */
export async function converse(socket, sessionKey, messages) {
  const isOurs = (data) => isFinal(data) && data.includes(`"sessionKey":"${sessionKey}"`);
  for (let sent = 0; sent < messages; sent += 1) {
    const ended = hear(socket, isOurs);
    await say(socket, sessionKey);
    await ended;
  }
}

/** Resolves when `isWanted` holds for `count` messages. */
function hear(socket, isWanted, count = 1) {
  return new Promise((resolve) => {
    let heard = 0;
    socket.on('message', function receive(data) {
      if (!isWanted(data)) return;
      heard += 1;
      if (heard < count) return;
      socket.off('message', receive);
      resolve(performance.now());
    });
  });
}

async function firstDelta({ subject, server, modelPort }) {
  const [socket] = await openMany(subject, server.port, 1);
  let sessions = 0;
  const through = async () => {
    // A session each: what a model server is told besides the message is the same both ways.
    sessions += 1;
    const key = `agent:main:first-${sessions}`;
    await call(socket, 'sessions.create', { key });
    const ended = hear(socket, isFinal);
    const delta = hear(socket, isDelta);
    const startedAt = performance.now();
    await say(socket, key);
    const ms = (await delta) - startedAt;
    await ended;
    return ms;
  };
  const agent = new Agent({ keepAlive: true });
  const ways = [through, () => ask(modelPort, agent)];
  await alternate(30, ways, (way) => way());
  const [ours, theirs] = (await alternate(200, ways, (way) => way())).map(median);
  agent.destroy();
  socket.close();
  return [
    { what: 'first delta of an answer', unit: 'ms', ours, theirs },
    { what: '  added by the gateway, p50', unit: 'ms', ours: ours - theirs, theirs, target: { below: 3 } },
  ];
}

/** Asks the model server itself; milliseconds until the first text. */
function ask(port, agent) {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    let ms;
    const headers = { 'content-type': 'application/json' };
    const to = { port, host: '127.0.0.1', method: 'POST', path: '/v1/chat/completions', agent, headers };
    const request = httpRequest(to, (response) => {
      response.on('data', (data) => {
        if (ms === undefined && data.includes('"content"')) ms = performance.now() - startedAt;
      });
      response.on('end', () => resolve(ms));
    });
    request.on('error', reject);
    request.end(
      JSON.stringify({ model: MODELS[0], stream: true, messages: [{ role: 'user', content: 'hello' }] }),
    );
  });
}

async function fanOut({ subject, server }) {
  const sockets = await openMany(subject, server.port, SUBSCRIBERS);
  const [speaker] = sockets;
  await call(speaker, 'sessions.create', { key: 'agent:main:fan', model: `bench/${MODELS[1]}` });
  const all = Promise.all(sockets.map((socket) => hear(socket, isFinal)));
  const counts = sockets.map(() => 0);
  for (const [index, socket] of sockets.entries())
    socket.on('message', (data) => {
      if (isDelta(data)) counts[index] += 1;
    });
  const startedAt = performance.now();
  await say(speaker, 'agent:main:fan');
  await all;
  const seconds = (performance.now() - startedAt) / 1000;
  for (const socket of sockets) socket.close();
  const least = Math.min(...counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const what = `deltas told to ${SUBSCRIBERS} clients`;
  return [
    { what, unit: 'perSecond', ours: total / seconds, theirs: total / seconds },
    { what: '  deltas each of them has, at least', unit: 'count', ours: least, theirs: 1000 },
  ];
}

async function manyStreams({ subject, server }) {
  const [socket] = await openMany(subject, server.port, 1);
  socket.setMaxListeners(0);
  const keys = Array.from({ length: STREAMS }, (_, index) => `agent:main:stream-${index}`);
  for (const key of keys) await call(socket, 'sessions.create', { key, model: `bench/${MODELS[2]}` });
  const texts = new Map();
  socket.on('message', (data) => {
    if (!isDelta(data)) return;
    const { sessionKey, data: said } = JSON.parse(data.toString()).payload;
    texts.set(sessionKey, (texts.get(sessionKey) ?? '') + said.delta);
  });
  server.child.send('reset');
  const ended = hear(socket, isFinal, STREAMS);
  await Promise.all(keys.map((key) => say(socket, key)));
  await ended;
  server.child.send('measure');
  const [{ p99 }] = await once(server.child, 'message');
  const expected = Array.from({ length: DELTAS }, (_, index) => `${index} `).join('');
  const lost = keys.filter((key) => texts.get(key) !== expected).length;
  socket.close();
  const what = `${STREAMS} answers at ${1000 / EVERY_MS} deltas/s, event loop delay p99`;
  return [
    { what, unit: 'ms', ours: p99, theirs: 20, target: { below: 20 } },
    { what: '  answers of them with a gap', unit: 'count', ours: lost, theirs: 0, target: { below: 1 } },
  ];
}
