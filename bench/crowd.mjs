/** A thousand connections: what each costs in memory, and how fast one event reaches them all. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPresence, open, openMany } from './peer.mjs';
import { cpuMs, start } from './server-process.mjs';
import { alternate, lowerQuartile } from './statistics.mjs';

const size = 1000;
const probe = ['--expose-gc', '--require', join(import.meta.dirname, 'memory-probe.cjs')];

export async function measureCrowd(subjects) {
  const [ours, theirs] = await Promise.all(subjects.map((subject) => start(subject, probe)));
  try {
    const [ourBytes, ourCrowd] = await gather(subjects[0], ours);
    const [theirBytes, theirCrowd] = await gather(subjects[1], theirs);
    const memory = { what: 'memory of an idle connection', unit: 'kB', ours: ourBytes, theirs: theirBytes };
    return [...(await broadcasts(ourCrowd, theirCrowd)), { ...memory, target: { atMost: 2 } }];
  } finally {
    await Promise.all([ours.stop(), theirs.stop()]);
  }
}

/**
 * Opens the crowd; bytes of heap and buffers that each of its connections added, after a collection. A
 * first crowd comes and goes before, so that code compiled on the way counts for none of them.
 */
async function gather(subject, server) {
  const speaker = await open(subject, server.port);
  await leave(await openMany(subject, server.port, size));
  const before = await memoryOf(server);
  const sockets = await openMany(subject, server.port, size);
  await sleep(1000);
  const after = await memoryOf(server);
  const bytes = (after.heapUsed + after.external - before.heapUsed - before.external) / size;
  return [bytes, { subject, server, speaker, sockets }];
}

async function leave(sockets) {
  const gone = sockets.map((socket) => once(socket, 'close'));
  for (const socket of sockets) socket.close();
  await Promise.all(gone);
  await sleep(500);
}

async function memoryOf({ child }) {
  child.send('measure');
  const [usage] = await once(child, 'message');
  return usage;
}

async function broadcasts(ours, theirs) {
  const { bytes } = await hear(ours, announce);
  const say = new Map([
    [ours, announce],
    [theirs, JSON.stringify({ broadcast: bytes })],
  ]);
  const crowds = [ours, theirs];
  await alternate(2, crowds, (crowd) => hear(crowd, say.get(crowd)));
  const rounds = await alternate(61, crowds, (crowd) => hear(crowd, say.get(crowd)));
  const [ourMs, theirMs] = rounds.map((results) => lowerQuartile(results.map(({ ms }) => ms)));
  const [ourCpu, theirCpu] = rounds.map((results) => mean(results.map(({ cpu }) => cpu)));
  const what = `one event of ${bytes} bytes to ${size} clients`;
  const toRate = (ms) => (size * 1000) / ms;
  return [
    { what, unit: 'perSecond', ours: toRate(ourMs), theirs: toRate(theirMs), target: { atLeast: 0.8 } },
    { what: '  server CPU for it', unit: 'ms', ours: ourCpu, theirs: theirCpu },
  ];
}

const announce = '{"type":"req","id":"say","method":"system-event","params":{"text":"bench"}}';
const mean = (values) =>
  values.some((value) => value === undefined) ? undefined : values.reduce((a, b) => a + b, 0) / values.length;

/** Time from the request until the last of the crowd has the event, and the CPU time it cost the server. */
function hear({ server, speaker, sockets }, request) {
  return new Promise((resolve) => {
    let waiting = sockets.length;
    for (const socket of sockets) {
      socket.on('message', function receive(data) {
        if (!isPresence(data)) return;
        socket.off('message', receive);
        waiting -= 1;
        if (waiting > 0) return;
        const ms = performance.now() - startedAt;
        const cpu = cpuBefore === undefined ? undefined : cpuMs(server.pid) - cpuBefore;
        resolve({ ms, cpu, bytes: data.length });
      });
    }
    const cpuBefore = cpuMs(server.pid);
    const startedAt = performance.now();
    speaker.send(request);
  });
}
