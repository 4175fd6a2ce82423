/** How long a person waits for `gateway status --no-probe`, beside a Node process that does nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alternate, median } from './statistics.mjs';

const bundle = join(import.meta.dirname, '../dist/openclaw.cjs');

export async function measureStatus() {
  const home = mkdtempSync(join(tmpdir(), 'openclaw-bench-status-'));
  const env = { PATH: process.env.PATH, HOME: home };
  const commands = [
    [bundle, 'gateway', 'status', '--no-probe'],
    ['-e', '0'],
  ];
  try {
    const [ours, theirs] = await alternate(15, commands, async (args) => wholeProcess(args, env));
    return [
      {
        what: 'gateway status --no-probe, whole process',
        unit: 'ms',
        ours: median(ours),
        theirs: median(theirs),
        target: { atMost: 2.5 },
      },
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function wholeProcess(args, env) {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { env });
  return status === 0 ? performance.now() - startedAt : undefined;
}
