/** `gateway probe` of one gateway on this machine as a whole process, beside Node that does nothing. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { start } from './server-process.mjs';
import { alternate, median } from './statistics.mjs';

const bundle = join(import.meta.dirname, '..', 'dist', 'openclaw.cjs');

export async function measureProbe([gateway]) {
  const server = await start(gateway);
  const probe = [bundle, 'gateway', 'probe', '--json', '--port', `${server.port}`];
  try {
    const [ours, theirs] = await alternate(21, [probe, ['-e', '0']], (args) =>
      wholeProcess(args, gateway.env),
    );
    const target = { atMost: 2.5 };
    return [
      {
        what: 'gateway probe, a whole process',
        unit: 'ms',
        ours: median(ours),
        theirs: median(theirs),
        target,
      },
    ];
  } finally {
    await server.stop();
  }
}

function wholeProcess(args, env) {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The probe failed: ${stderr}`);
  return performance.now() - startedAt;
}
