/** Asking: a whole `gateway health` process, and the `health` method on an open connection. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAnswer, open } from './peer.mjs';
import { start } from './server-process.mjs';
import { alternate, median } from './statistics.mjs';

export async function measureRequests(subjects) {
  const servers = await Promise.all(subjects.map((subject) => start(subject)));
  const targets = subjects.map((subject, index) => ({ subject, port: servers[index].port }));
  try {
    return [...(await wholeProcess(targets)), ...(await onOneConnection(targets))];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function wholeProcess(targets) {
  const [ours, theirs] = await alternate(15, targets, async ({ subject, port }) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, subject.query(port), {
      env: subject.env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`The query of the ${subject.name} ended with ${code}`);
    return performance.now() - startedAt;
  });
  const target = { atMost: 1.6 };
  return [
    { what: 'gateway health, whole process', unit: 'ms', ours: median(ours), theirs: median(theirs), target },
  ];
}

async function onOneConnection(targets) {
  const peers = await Promise.all(targets.map(({ subject, port }) => open(subject, port)));
  await alternate(1, peers, (socket) => rate(socket, 1000));
  const rates = await alternate(5, peers, (socket) => rate(socket, 1000));
  await alternate(1, peers, (socket) => latency(socket, 100));
  const latencies = await alternate(3, peers, (socket) => latency(socket, 200));
  for (const socket of peers) socket.close();
  const [ours, theirs] = rates.map(median);
  const [ourP50, theirP50] = latencies.map(median);
  return [
    { what: 'health, 1 connection, 32 in flight', unit: 'perSecond', ours, theirs, target: { atLeast: 0.5 } },
    { what: 'health, p50 when idle', unit: 'ms', ours: ourP50, theirs: theirP50, target: { below: 0.3 } },
  ];
}

const request = (id) => `{"type":"req","id":"${id}","method":"health"}`;

/** Answers per second with 32 requests in flight for `forMs`. */
function rate(socket, forMs) {
  return new Promise((resolve) => {
    let sent = 0;
    let answered = 0;
    const startedAt = performance.now();
    const ask = () => {
      sent += 1;
      socket.send(request(sent));
    };
    socket.on('message', function receive(data) {
      if (!isAnswer(data)) return;
      answered += 1;
      if (performance.now() - startedAt < forMs) return ask();
      if (answered < sent) return;
      socket.off('message', receive);
      resolve((answered * 1000) / (performance.now() - startedAt));
    });
    for (let index = 0; index < 32; index += 1) ask();
  });
}

/** Median round trip in ms of one request at a time, with a pause before each. */
async function latency(socket, count) {
  const times = [];
  for (let index = 0; index < count; index += 1) {
    await sleep(2);
    times.push(await roundTrip(socket));
  }
  return median(times);
}

export function roundTrip(socket) {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    socket.on('message', function receive(data) {
      if (!isAnswer(data)) return;
      socket.off('message', receive);
      resolve(performance.now() - startedAt);
    });
    socket.send(request('idle'));
  });
}
