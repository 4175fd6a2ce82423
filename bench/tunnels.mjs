/** `openclaw tunnel` beside `ssh -L`, to the same sshd: bytes in a second, and what a round trip takes more. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from './peer.mjs';
import { roundTrip } from './requests.mjs';
import { start } from './server-process.mjs';
import { hasOpenSsh, ourTunnel, startHost, theirTunnel } from './ssh-host.mjs';
import { alternate, median } from './statistics.mjs';

const BYTES = 64 * 1024 * 1024;
const ROWS = ['tunnel, down', 'tunnel, up'];
const ROUND_TRIP = 'tunnel, added to a round trip';
/** Trips that are not counted: a tunnel lives for days, and its code is compiled in the first seconds. */
const WARM_UP = 5000;
const BATCHES = 15;
const TRIPS = 300;
const TARGETS = { bytes: { atLeast: 0.8 }, roundTrip: { atMost: 1.5 } };

export async function measureTunnels([subject]) {
  if (!hasOpenSsh()) {
    return [
      ...ROWS.map((what) => ({ what, unit: 'bytesPerSecond', target: TARGETS.bytes })),
      { what: ROUND_TRIP, unit: 'ms', target: TARGETS.roundTrip },
    ];
  }
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-bench-ssh-'));
  const host = await startHost(dir);
  try {
    return [...(await throughput(host)), await addedRoundTrip(host, subject)];
  } finally {
    host.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function throughput(host) {
  const server = spawn(process.execPath, [join(import.meta.dirname, 'data-server.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  const tunnels = await Promise.all([ourTunnel(host, Number(line)), theirTunnel(host, Number(line))]);
  const rows = [];
  for (const [index, move] of [down, up].entries()) {
    await alternate(1, tunnels, ({ port }) => move(port));
    const [ours, theirs] = (await alternate(5, tunnels, ({ port }) => move(port))).map(median);
    rows.push({ what: ROWS[index], unit: 'bytesPerSecond', ours, theirs, target: TARGETS.bytes });
  }
  for (const { stop } of tunnels) stop();
  server.kill();
  return rows;
}

const down = (port) => move(port, { path: `/${BYTES}` }, (asked) => asked.end());

const up = (port) =>
  move(port, { method: 'POST', path: '/', headers: { 'content-length': BYTES } }, (asked) => {
    const piece = Buffer.alloc(65_536, 'x');
    let left = BYTES;
    const give = () => {
      while (left > 0) {
        left -= piece.length;
        if (!asked.write(piece)) return asked.once('drain', give);
      }
      asked.end();
    };
    give();
  });

/** Bytes a second of one request on a connection of its own. */
function move(port, options, give) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const asked = request({ host: '127.0.0.1', port, agent: false, ...options }, (response) => {
      response.resume().on('end', () => resolve((BYTES * 1000) / (performance.now() - startedAt)));
    });
    asked.on('error', reject);
    give(asked);
  });
}

/**
 * Milliseconds that a `health` takes longer than without a tunnel: the median of batches, because what else the machine
 * does comes and goes in the course of seconds.
 */
async function addedRoundTrip(host, subject) {
  const server = await start(subject);
  const tunnels = await Promise.all([ourTunnel(host, server.port), theirTunnel(host, server.port)]);
  const ports = [server.port, ...tunnels.map(({ port }) => port)];
  const sockets = await Promise.all(ports.map((port) => open(subject, port)));
  await alternate(WARM_UP, sockets, roundTrip);
  const batches = await alternate(BATCHES, [sockets], addedIn);
  const [ours, theirs] = [0, 1].map((tunnel) => median(batches[0].map((added) => added[tunnel])));
  for (const socket of sockets) socket.close();
  for (const { stop } of tunnels) stop();
  await server.stop();
  const target = TARGETS.roundTrip;
  return { what: ROUND_TRIP, unit: 'ms', ours, theirs, target };
}

/** What the second and the third of the sockets take longer than the first. */
async function addedIn(sockets) {
  const [direct, ...tunnelled] = (await alternate(TRIPS, sockets, roundTrip)).map(median);
  return tunnelled.map((ms) => ms - direct);
}
