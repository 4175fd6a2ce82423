import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { resolveStatePaths } from '../config/paths.ts';
import { systemClock } from '../lib/clock.ts';
import { openService } from './open-service.ts';

test.skipIf(process.platform === 'win32').each([
  ['a machine', {}],
  ['a container', { container: 'docker' }],
])(
  'on %s, a systemctl that never answers is told as that, and not as one that is missing',
  async (_, more) => {
    const dir = await mkdtemp(join(tmpdir(), 'openclaw-silent-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    await writeFile(join(dir, 'systemctl'), '#!/bin/sh\nexec sleep 600\n');
    await chmod(join(dir, 'systemctl'), 0o755);
    const env = { ...more, HOME: dir, XDG_RUNTIME_DIR: dir, PATH: [dir, process.env.PATH].join(delimiter) };
    const paths = resolveStatePaths(env, {});
    const service = openService({ paths, env, clock: systemClock, platform: 'linux', limitMs: 100 });
    const command = 'systemctl --user show-environment';
    expect(await service.check()).toEqual({ code: 'MANAGER_SILENT', values: { command } });
    expect(await service.stop()).toMatchObject({
      code: 'MANAGER_SILENT',
      values: { command: 'systemctl --user stop openclaw-gateway.service' },
    });
  },
);
