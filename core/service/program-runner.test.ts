import { expect, test } from 'vitest';
import { systemRunner } from './program-runner.ts';

test.skipIf(process.platform === 'win32')(
  'a program that never ends is ended at the limit of the runner, whatever time the caller allows',
  async () => {
    const run = systemRunner({ PATH: process.env.PATH }, { limitMs: 50 });
    const ended = await run('sleep', ['600'], { timeoutMs: 600_000 });
    expect(ended).toMatchObject({ exitCode: null, failure: 'timeout' });
  },
);
