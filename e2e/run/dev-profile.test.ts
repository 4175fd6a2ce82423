import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort, health, READY, TestHome } from '../fixtures/gateway-process.ts';

const exists = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'EISDIR',
  );

/** Starts a development gateway and gives its configuration and state directory. */
async function startDev(home: TestHome, flags: string[] = []) {
  const port = await freePort();
  const gateway = home.spawn(['gateway', 'run', '--dev', '--port', String(port), ...flags]);
  await gateway.said(READY);
  const stateDir = join(home.dir, '.openclaw-dev');
  const configPath = join(stateDir, 'openclaw.json');
  return { gateway, port, stateDir, configPath, config: JSON.parse(await readFile(configPath, 'utf8')) };
}

describe('--dev', () => {
  it('creates a configuration and a workspace, and keeps them the next time', async () => {
    await using home = await TestHome.create();
    const first = await startDev(home);
    expect(first.config.gateway).toMatchObject({ mode: 'local', bind: 'loopback', port: 19_001 });
    expect(await exists(join(first.stateDir, 'workspace-dev'))).toBe(true);
    expect(await home.mode(first.configPath)).toBe('600');
    expect(await health(first.port)).toBe(200);
    await first.gateway.stop();
    const second = await startDev(home);
    expect(second.config.gateway.auth.token).toBe(first.config.gateway.auth.token);
    expect(await exists(home.stateDir)).toBe(false);
  });

  it('starts over with --reset, and touches nothing else', async () => {
    await using home = await TestHome.create({ gateway: { mode: 'local' }, keep: 'me' });
    const before = await readFile(home.configPath, 'utf8');
    const first = await startDev(home);
    await first.gateway.stop();
    const mine = join(first.stateDir, 'notes.txt');
    await writeFile(mine, 'mine');
    await writeFile(join(first.stateDir, 'workspace-dev', 'work.txt'), 'work');
    const second = await startDev(home, ['--reset']);
    await second.gateway.said(`--reset removed openclaw.json, `);
    await second.gateway.said(`workspace-dev and tray from ${first.stateDir}`);
    expect(second.config.gateway.auth.token).not.toBe(first.config.gateway.auth.token);
    expect(await exists(join(first.stateDir, 'workspace-dev', 'work.txt'))).toBe(false);
    expect(await readFile(mine, 'utf8')).toBe('mine');
    expect(await readFile(home.configPath, 'utf8')).toBe(before);
  });

  it('does not clear a directory under a gateway that runs on it', async () => {
    await using home = await TestHome.create();
    const first = await startDev(home);
    const refused = await home.run(['--dev', '--reset']);
    expect(refused.code).toBe(78);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain(`kill ${first.gateway.pid}`);
    expect(await readFile(first.configPath, 'utf8')).toContain(first.config.gateway.auth.token);
  });

  it.each([
    ['a state directory of another name', (home: TestHome) => ({ OPENCLAW_STATE_DIR: home.stateDir })],
    ['a configuration elsewhere', (home: TestHome) => ({ OPENCLAW_CONFIG_PATH: home.configPath })],
  ])('never resets %s', async (_, env) => {
    await using home = await TestHome.create({ gateway: { mode: 'local' } });
    await mkdir(join(home.stateDir, 'credentials'));
    const refused = await home.run(['--dev', '--reset'], env(home));
    expect(refused.code).toBe(78);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain('--reset only clears');
    expect(await exists(home.configPath)).toBe(true);
    expect(await exists(join(home.stateDir, 'credentials'))).toBe(true);
  });

  it('says how to go on when the profile is none for development', async () => {
    await using home = await TestHome.create();
    const run = ['gateway', 'run', '--dev', '--reset'];
    const refused = await home.cli(['--profile', 'work', ...run]);
    expect(refused.code).toBe(78);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain(
      'Leave --profile work out, or choose a profile whose name ends in -dev.',
    );
    const other = await home.cli(run, { OPENCLAW_PROFILE: 'work' });
    expect(other.stderr.replace(/\s+/g, ' ')).toContain('Unset OPENCLAW_PROFILE');
    const elsewhere = await home.cli(run, { OPENCLAW_STATE_DIR: home.stateDir });
    expect(elsewhere.stderr.replace(/\s+/g, ' ')).toContain('Unset OPENCLAW_STATE_DIR');
  });

  it('says nothing of a reset that found nothing', async () => {
    await using home = await TestHome.create();
    const { gateway } = await startDev(home, ['--reset']);
    expect(gateway.output).not.toContain('--reset removed');
  });

  it('never resets the real state directory behind a link', async () => {
    await using home = await TestHome.create({ gateway: { mode: 'local' } });
    await symlink(home.stateDir, join(home.dir, '.openclaw-dev'));
    const refused = await home.run(['--dev', '--reset']);
    expect(refused.code).toBe(78);
    expect(await exists(home.configPath)).toBe(true);
  });
});
