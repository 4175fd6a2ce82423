/** What `gateway discover` costs beyond the time it listens, as a whole process, beside an empty Node. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { gatewayEnv } from './server-process.mjs';
import { alternate, median } from './statistics.mjs';

const LISTEN_MS = 100;
const bundle = join(import.meta.dirname, '..', 'dist', 'openclaw.cjs');

/** Milliseconds from spawn to exit. */
async function lifetime(args, env) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - startedAt;
}

export async function measureDiscover(_subjects, home) {
  const env = gatewayEnv(home);
  const discover = [bundle, 'gateway', 'discover', '--json', '--timeout', `${LISTEN_MS}`];
  const [ours, theirs] = await alternate(15, [discover, ['-e', '0']], (args) => lifetime(args, env));
  return [
    {
      what: 'discover beyond its time-out',
      unit: 'ms',
      ours: median(ours) - LISTEN_MS,
      theirs: median(theirs),
      target: { atMost: 2.5 },
    },
  ];
}
