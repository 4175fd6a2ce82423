/** From spawn to the first good /healthz, and what an idle server then occupies. */
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes, start } from './server-process.mjs';
import { alternate, median } from './statistics.mjs';

export async function measureStart(subjects) {
  const [ours, theirs] = await alternate(9, subjects, async (subject) => {
    const server = await start(subject);
    await server.stop();
    return server.readyMs;
  });
  const target = { atMost: 2 };
  return [{ what: 'spawn to /healthz', unit: 'ms', ours: median(ours), theirs: median(theirs), target }];
}

export async function measureIdleMemory(subjects) {
  const rounds = [];
  for (let round = 0; round < 3; round += 1) {
    const servers = await Promise.all(subjects.map((subject) => start(subject)));
    await sleep(3000);
    rounds.push(servers.map((server) => residentBytes(server.pid)));
    await Promise.all(servers.map((server) => server.stop()));
  }
  const [ours, theirs] = [0, 1].map((subject) => median(rounds.map((bytes) => bytes[subject])));
  return [{ what: 'idle resident memory', unit: 'MB', ours, theirs, target: { atMost: 1.6 } }];
}
