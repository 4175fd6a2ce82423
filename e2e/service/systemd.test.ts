import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { enter, enterAgain, freePort, health, TOKEN, until } from '../fixtures/gateway-process.ts';
import { ServicePlace, UNIT } from './service-place.ts';

/** Each test is a chain of a dozen processes, which a busy machine runs slowly. */
vi.setConfig({ testTimeout: 180_000 });

describe('the gateway as a systemd service', () => {
  it('lives from install to uninstall, and leaves nothing', async () => {
    await using place = await ServicePlace.create();
    const { home, port, managers } = place;
    const installed = await place.json(['install']);
    expect(installed).toMatchObject({ action: 'install', ok: true, result: 'installed', exitCode: 0 });
    expect(installed.service).toMatchObject({
      label: 'systemd',
      loaded: true,
      loadedText: 'enabled',
      notLoadedText: 'disabled',
      state: 'running',
    });
    const first = await enter(port);
    expect(installed.gateway).toMatchObject({ port, bootId: first.bootId });
    await first.close();

    const restarted = await place.json(['restart']);
    expect(restarted).toMatchObject({ ok: true, result: 'restarted' });
    const second = await enter(port);
    expect(second.bootId).not.toBe(first.bootId);
    expect(restarted.gateway?.bootId).toBe(second.bootId);
    expect(restarted.gateway?.pid).not.toBe(installed.gateway?.pid);
    await second.close();

    expect(await place.json(['stop'])).toMatchObject({ ok: true, result: 'stopped', exitCode: 0 });
    expect(await health(port)).toBeUndefined();
    expect(await place.json(['stop'])).toMatchObject({ ok: true, result: 'stopped', exitCode: 0 });
    expect(await place.json(['start'])).toMatchObject({ ok: true, result: 'started' });
    expect(await health(port)).toBe(200);
    expect(await place.json(['start'])).toMatchObject({ ok: true, result: 'already-running' });

    const removed = await place.run(['uninstall']);
    expect(removed).toMatchObject({ code: 0 });
    expect(removed.stderr).toContain(`Removed ~/.config/systemd/user/${UNIT}`);
    expect(await health(port)).toBeUndefined();
    const left = await readdir(join(home.dir, '.config/systemd/user'), { recursive: true });
    expect(left).toEqual(['default.target.wants']);
    expect(existsSync(join(managers.dir, 'linger'))).toBe(false);
  });

  it('comes back after a crash', async () => {
    await using place = await ServicePlace.create();
    const { gateway } = await place.json(['install']);
    process.kill(gateway?.pid ?? Number.NaN, 'SIGKILL');
    const next = await until('another boot', async () => {
      const entered = await enterAgain(place.port);
      await entered.close();
      return entered.bootId === gateway?.bootId ? undefined : entered;
    });
    expect(next.bootId).not.toBe(gateway?.bootId);
    expect(await place.json(['restart'])).toMatchObject({ ok: true, result: 'restarted' });
  });

  it('that is not installed has nothing to stop or uninstall, and cannot be started', async () => {
    await using place = await ServicePlace.create();
    expect(await place.json(['uninstall'])).toMatchObject({ ok: true, result: 'not-loaded', exitCode: 0 });
    expect(await place.json(['stop'])).toMatchObject({ ok: true, result: 'not-loaded', exitCode: 0 });
    for (const action of ['start', 'restart'])
      expect(await place.json([action])).toMatchObject({
        ok: false,
        result: 'not-loaded',
        code: 'NOT_INSTALLED',
        hints: ['openclaw gateway install'],
        exitCode: 1,
      });
  });

  it('says that it is installed already, and is replaced by force on another port, with a copy of before', async () => {
    await using place = await ServicePlace.create();
    await place.json(['install']);
    const before = await place.unitText();
    expect(await place.json(['install'])).toMatchObject({ ok: true, result: 'already-installed' });
    const other = await freePort();
    const differs = await place.json(['install', '--port', String(other)]);
    expect(differs).toMatchObject({ result: 'already-installed' });
    expect(differs.warningCodes).toContain('DEFINITION_DIFFERS');
    expect(await place.unitText()).toBe(before);
    const moved = await place.json(['install', '--port', String(other), '--force']);
    expect(moved).toMatchObject({ ok: true, result: 'installed', gateway: { port: other } });
    expect(moved.warningCodes).toContain('BACKED_UP');
    expect(await readFile(`${place.unitFile()}.bak`, 'utf8')).toBe(before);
    expect(await health(place.port)).toBeUndefined();
    await place.json(['uninstall']);
    expect(existsSync(`${place.unitFile()}.bak`)).toBe(false);
  });

  it('has a name of its own for each profile', async () => {
    await using place = await ServicePlace.create();
    const { home, managers } = place;
    const env = managers.env();
    const port = await freePort();
    for (const [path, value] of [
      ['gateway.mode', 'local'],
      ['gateway.port', String(port)],
    ] as const)
      await home.cli(['--profile', 'work', 'config', 'set', path, value], env);
    await place.json(['install']);
    const work = await home.cli(['--profile', 'work', 'gateway', 'install', '--json'], env);
    expect(JSON.parse(work.stdout)).toMatchObject({ ok: true, gateway: { port } });
    expect(existsSync(place.unitFile('openclaw-gateway-work.service'))).toBe(true);
    await home.cli(['--profile', 'work', 'gateway', 'uninstall'], env);
    expect(await health(port)).toBeUndefined();
    expect(await health(place.port)).toBe(200);
  });

  it('goes on when it would not start again with the configuration of now', async () => {
    await using place = await ServicePlace.create();
    const installed = await place.json(['install']);
    await place.home.editConfig(({ gateway }) => {
      gateway.mode = 'remote';
    });
    const refused = await place.json(['restart']);
    expect(refused).toMatchObject({ ok: false, code: 'MODE_NOT_LOCAL', exitCode: 1 });
    expect(refused.hints).toEqual(['openclaw config set gateway.mode local']);
    expect(refused.service).toMatchObject({ state: 'running', pid: installed.gateway?.pid });
    await place.json(['stop']);
    expect(await place.json(['start'])).toMatchObject({ ok: false, code: 'MODE_NOT_LOCAL' });
    await place.home.cli(['config', 'set', 'gateway.mode', 'local']);
    expect(await place.json(['start'])).toMatchObject({ ok: true, result: 'started' });
  });

  it('says what the gateway said last when it does not come up', async () => {
    await using place = await ServicePlace.create();
    await place.json(['install']);
    await place.json(['stop']);
    await place.home.editConfig(({ gateway }) => {
      gateway.auth = { token: { source: 'env', provider: 'default', id: 'MY_TOKEN' } };
    });
    const failed = await place.json(['restart']);
    expect(failed).toMatchObject({
      ok: false,
      code: 'ENDED_AT_ONCE',
      exitCode: 1,
      service: { state: 'failed' },
    });
    expect(failed.error).toContain('status 78');
    expect(failed.lastWords?.join('\n')).toContain('MY_TOKEN');
    const told = await place.run(['restart'], { LC_ALL: 'zh_CN.UTF-8' });
    expect(told.code).toBe(1);
    expect(told.stderr).toContain('随即退出（状态 78）');
    expect(told.stderr).toContain('MY_TOKEN');
  });

  it('leaves lingering alone that was on before, and asks for it where it is not allowed', async () => {
    await using place = await ServicePlace.create();
    await place.managers.switchLingerOn();
    await place.json(['install']);
    await place.json(['uninstall']);
    expect(existsSync(join(place.managers.dir, 'linger'))).toBe(true);
    await place.answer({ program: 'loginctl', args: 'show-user', exitCode: 0, stdout: 'Linger=no\n' });
    const stderr = 'Could not enable linger: Interactive authentication required.\n';
    await place.answer({ program: 'loginctl', args: 'enable-linger', exitCode: 1, stderr });
    const installed = await place.json(['install']);
    expect(installed).toMatchObject({ ok: true, result: 'installed' });
    expect(installed.warnings?.join('\n')).toContain('sudo loginctl enable-linger');
  });
});

describe('a unit of another program', () => {
  const OFFICIAL = [
    '[Unit]',
    'Description=OpenClaw Gateway (v2026.3.13)',
    '[Service]',
    'ExecStart=/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port 18789',
    'Environment=OPENCLAW_SERVICE_MARKER=openclaw',
    '',
  ].join('\n');

  it('is left alone by every command, and replaced by force only, with a copy', async () => {
    await using place = await ServicePlace.create();
    await place.json(['install']);
    await place.json(['stop']);
    await writeFile(place.unitFile(), OFFICIAL);
    const calls = (await place.managers.calls()).length;
    for (const action of ['install', 'start', 'stop', 'restart', 'uninstall'])
      expect(await place.json([action])).toMatchObject({
        ok: false,
        code: 'DEFINITION_NOT_OURS',
        exitCode: 1,
      });
    const asked = (await place.managers.calls()).slice(calls);
    expect(asked.filter((call) => !/^systemctl --user show/.test(call))).toEqual([]);
    expect(await place.unitText()).toBe(OFFICIAL);
    expect(await place.json(['install', '--force'])).toMatchObject({ ok: true, result: 'installed' });
    expect(await readFile(`${place.unitFile()}.bak`, 'utf8')).toBe(OFFICIAL);
  });
});

describe('a secret', () => {
  it('that was given is saved where the gateway reads it, and in nothing else', async () => {
    await using place = await ServicePlace.create({ auth: {} });
    const { home, port, managers } = place;
    const token = 'canary-7f3a91-of-the-user';
    const installed = await place.json(['install', '--token', token]);
    expect(installed).toMatchObject({ ok: true, warningCodes: expect.arrayContaining(['TOKEN_STORED']) });
    await (await enter(port, { token })).close();
    expect(JSON.stringify(installed)).not.toContain(token);
    expect(await place.unitText()).not.toContain(token);
    expect(await managers.order(UNIT)).not.toContain(token);
    expect((await managers.calls()).join('\n')).not.toContain(token);
    expect(JSON.parse(await readFile(home.configPath, 'utf8')).gateway.auth.token).toBe(token);
    expect(await home.mode(home.configPath)).toBe('600');
  });

  it('that somebody wrote into the definition is shown by no command', async () => {
    await using place = await ServicePlace.create();
    const unit = [
      '[Service]',
      'ExecStart=/usr/bin/node /opt/openclaw.cjs gateway run --token=canary-1 --password canary-2',
      'Environment=OPENCLAW_GATEWAY_PASSWORD=canary-3 "DATABASE_URL=postgres://me:canary-4@db"',
    ];
    await mkdir(dirname(place.unitFile()), { recursive: true });
    await writeFile(place.unitFile(), `${unit.join('\n')}\n`);
    for (const args of [['status'], ['status', '--json'], ['probe', '--json']]) {
      const { stdout, stderr } = await place.run(args);
      expect(stdout + stderr).not.toContain('canary');
      if (args[0] === 'status') expect(stdout).toContain('/opt/openclaw.cjs');
    }
    for (const args of [['doctor'], ['doctor', '--json']]) {
      const { stdout, stderr } = await place.home.cli(args, place.managers.env());
      expect(stdout + stderr).not.toContain('canary');
    }
  });

  it('is made up and saved when there is none', async () => {
    await using place = await ServicePlace.create({ auth: {} });
    const installed = await place.json(['install'], { OPENCLAW_GATEWAY_PASSWORD: 'of the shell' });
    expect(installed.warningCodes).toContain('TOKEN_GENERATED');
    const { token } = JSON.parse(await readFile(place.home.configPath, 'utf8')).gateway.auth;
    await (await enter(place.port, { token })).close();
    expect(JSON.stringify(installed)).not.toContain(token);
    expect(await place.unitText()).not.toContain(token);
  });

  it('behind a SecretRef is resolved, and stored nowhere', async () => {
    const ref = { source: 'env', provider: 'default', id: 'MY_TOKEN' };
    await using place = await ServicePlace.create({ auth: { token: ref } });
    const before = await place.contents();
    const refused = await place.json(['install']);
    expect(refused).toMatchObject({ ok: false, code: 'SECRET_UNRESOLVED', exitCode: 1 });
    expect(refused.error).toContain('MY_TOKEN');
    expect(await place.contents()).toEqual(before);
    await writeFile(join(place.home.stateDir, '.env'), 'MY_TOKEN=canary-of-the-file\n', { mode: 0o600 });
    expect(await place.json(['install'])).toMatchObject({ ok: true });
    await (await enter(place.port, { token: 'canary-of-the-file' })).close();
    expect(await place.unitText()).not.toContain('canary');
    expect(JSON.parse(await readFile(place.home.configPath, 'utf8')).gateway.auth.token).toEqual(ref);
  });

  it('that only the shell of the installation has is told before the gateway misses it', async () => {
    const ref = { source: 'env', provider: 'default', id: 'MY_TOKEN' };
    await using place = await ServicePlace.create({ auth: { token: ref } });
    const failed = await place.json(['install'], { MY_TOKEN: 'canary-of-the-shell' });
    expect(failed).toMatchObject({ ok: false, code: 'ENDED_AT_ONCE' });
    expect(failed.warningCodes).toContain('SECRET_ONLY_IN_SHELL');
    expect(JSON.stringify(failed)).not.toContain('canary');
    expect(await place.unitText()).not.toContain('canary');
  });
});

describe('nothing is written, and the way out is shown', () => {
  const bus = (reason: string) => `Failed to connect to bus: ${reason}\n`;
  const noBus = { program: 'systemctl', args: '--user', exitCode: 1 };

  it.each([
    ['there is no systemctl', {}, undefined, /^MANAGER_MISSING/, 'openclaw gateway run'],
    [
      'there is no user bus',
      {},
      { ...noBus, stderr: bus('No medium found') },
      /^USER_BUS_MISSING/,
      'gateway run',
    ],
    [
      'a German system has no user bus',
      {},
      { ...noBus, stderr: bus('Kein Medium gefunden') },
      /^USER_BUS/,
      'run',
    ],
    ['a Chinese system has no user bus', {}, { ...noBus, stderr: bus('找不到介质') }, /^USER_BUS/, 'run'],
    [
      'the service manager has another home',
      {},
      { program: 'systemctl', args: 'show-environment', exitCode: 0, stdout: 'HOME=/home/other\n' },
      /^HOME_DIFFERS$/,
      'HOME=/home/other',
    ],
    [
      'gateway.mode is not local',
      { mode: 'remote' },
      undefined,
      /^MODE_NOT_LOCAL$/,
      'config set gateway.mode local',
    ],
    [
      'token and password are both set without a mode',
      { auth: { token: 't', password: 'p' } },
      undefined,
      /^AUTH_MODE_UNCLEAR$/,
      'config set gateway.auth.mode token',
    ],
    ['the configuration is wrong', { port: 'x' }, undefined, /^CONFIG_UNUSABLE$/, 'config validate'],
  ])('when %s', async (what, gateway, answer, code, hint) => {
    await using place = await ServicePlace.create(gateway);
    if (answer) await place.answer(answer);
    const before = await place.contents();
    const env = what.includes('systemctl') ? { PATH: await place.emptyPath() } : {};
    const refused = await place.json(['install'], env);
    expect(refused).toMatchObject({ action: 'install', ok: false, exitCode: 1 });
    expect(refused.code).toMatch(code);
    expect(refused.hints?.join('\n')).toContain(hint);
    expect(await place.contents()).toEqual(before);
    const people = await place.run(['install'], { ...env, LC_ALL: 'zh_CN.UTF-8' });
    expect(people).toMatchObject({ code: 1, stdout: '' });
    expect(people.stderr).toContain('修复：');
  });

  it('when another runtime is asked for, or root acts for somebody else', async () => {
    await using place = await ServicePlace.create();
    const before = await place.contents();
    expect(await place.json(['install', '--runtime', 'bun'])).toMatchObject({
      ok: false,
      code: 'RUNTIME_REFUSED',
    });
    if (process.getuid?.() === 0)
      expect(await place.json(['install'], { SUDO_USER: 'ann' })).toMatchObject({
        ok: false,
        code: 'RUN_WITH_SUDO',
      });
    expect(await place.contents()).toEqual(before);
  });

  it('when a gateway runs in the foreground, which goes on', async () => {
    await using place = await ServicePlace.create();
    const running = await place.home.start();
    const refused = await place.json(['install']);
    expect(refused).toMatchObject({
      ok: false,
      code: 'GATEWAY_RUNS_OUTSIDE',
      hints: [`kill ${running.pid}`],
    });
    expect(existsSync(place.unitFile())).toBe(false);
    expect(await health(place.port)).toBe(200);
    const stopped = await place.json(['stop']);
    expect(stopped).toMatchObject({ ok: true, result: 'not-loaded', warningCodes: ['RUNS_OUTSIDE_STILL'] });
    await (await enter(place.port, TOKEN)).close();
  });

  it('when another program has the port', async () => {
    await using place = await ServicePlace.create();
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.destroy()).listen(place.port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const refused = await place.json(['install']);
    expect(refused).toMatchObject({ ok: false, code: 'PORT_TAKEN' });
    expect(refused.error).toContain(`pid ${process.pid}`);
    expect(existsSync(place.unitFile())).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });
});

it('a refusal of systemd itself is told in its own words, and leaves no unit', async () => {
  await using place = await ServicePlace.create();
  await place.answer({
    program: 'systemctl',
    args: 'enable',
    exitCode: 1,
    stderr: 'Failed to enable unit: Access denied\n',
  });
  const refused = await place.json(['install']);
  expect(refused).toMatchObject({ ok: false, code: 'MANAGER_DENIED', exitCode: 1 });
  expect(refused.error).toContain('Failed to enable unit: Access denied');
  expect(existsSync(place.unitFile())).toBe(false);
});
