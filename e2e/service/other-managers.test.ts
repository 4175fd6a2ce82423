import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { resolveStatePaths } from '../../core/config/paths.ts';
import { gatewayWatch } from '../../core/host/service-watch.ts';
import { systemClock } from '../../core/lib/clock.ts';
import { openService } from '../../core/service/open-service.ts';
import { systemRunner } from '../../core/service/program-runner.ts';
import { ServiceDesk } from '../../core/service/service-desk.ts';
import { planService } from '../../core/service/service-plan.ts';
import { applyServiceChange, planRewrite } from '../../core/service/service-repair.ts';
import { LAUNCHD, ServiceManagers, WINDOWS } from '../../core/testing/service-managers/service-managers.ts';
import { enter, health, TestHome } from '../fixtures/gateway-process.ts';

/** Each test is a chain of a dozen processes, which a busy machine runs slowly. */
vi.setConfig({ testTimeout: 180_000 });

/** The service of another operating system, with that system's programs scripted and the gateway real. */
async function placeOf(platform: 'darwin' | 'win32', programs = platform === 'darwin' ? LAUNCHD : WINDOWS) {
  const managers = await ServiceManagers.create(programs);
  const { home, port } = await TestHome.withGateway();
  const env = home.env(managers.env({ USERNAME: 'Jürgen', USERDOMAIN: 'PC', SystemRoot: 'C:\\Windows' }));
  const paths = resolveStatePaths(env);
  const manager = openService({ paths, env, clock: systemClock, platform, run: systemRunner(env) });
  const desk = new ServiceDesk({
    manager,
    watch: gatewayWatch(paths, systemClock),
    clock: systemClock,
    refusal: async () => undefined,
  });
  const plan = planService({
    paths,
    env: { ...env, OPENCLAW_STATE_DIR: home.stateDir },
    command: [process.execPath, home.program],
    version: '1',
    platform,
  });
  return {
    managers,
    home,
    port,
    desk,
    manager,
    repair: {
      desk,
      manager,
      prepare: async () => ({ ok: true as const, plan, port, notes: [], apply: async () => {} }),
    },
    install: (force = false) =>
      desk.install({
        replace: force ? 'any' : 'nothing',
        prepare: async () => ({ ok: true, plan, port, notes: [], apply: async () => {} }),
      }),
    [Symbol.asyncDispose]: async () => {
      await managers[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe.each(['darwin', 'win32'] as const)('the gateway as a service on %s', (platform) => {
  it('lives from install to uninstall, and leaves nothing', async () => {
    await using place = await placeOf(platform);
    const { desk, port, manager, home } = place;
    expect((await manager.facts()).state).toBe('not-installed');
    const installed = await place.install();
    expect(installed).toMatchObject({ result: 'installed', gateway: { port } });
    expect(installed.problem).toBeUndefined();
    const facts = await manager.facts();
    expect(facts).toMatchObject({ state: 'running', isEnabled: true });
    expect(facts.command?.argv).toEqual([process.execPath, home.program, 'gateway', 'run']);
    expect(facts.command?.env).toMatchObject({ OPENCLAW_STATE_DIR: home.stateDir });
    const first = await enter(port);
    await first.close();

    expect(await place.install()).toMatchObject({ result: 'already-installed', notes: [] });
    const restarted = await desk.restart();
    expect(restarted).toMatchObject({ result: 'restarted', gateway: { port } });
    expect(restarted.gateway?.bootId).not.toBe(first.bootId);
    expect(restarted.gateway?.pid).not.toBe(installed.gateway?.pid);
    expect(await desk.start()).toMatchObject({ result: 'already-running' });

    for (const _ of ['first', 'again']) {
      const stopped = await desk.stop();
      expect(stopped).toMatchObject({ result: 'stopped', notes: [] });
      expect(stopped.problem).toBeUndefined();
      expect(await health(port)).toBeUndefined();
    }
    expect(await desk.start()).toMatchObject({ result: 'started', gateway: { port } });
    expect(await place.install(true)).toMatchObject({ result: 'installed', gateway: { port } });

    const removed = await desk.uninstall(false);
    expect(removed.result).toBe('uninstalled');
    expect(removed.notes.length).toBeGreaterThan(0);
    expect(await health(port)).toBeUndefined();
    expect((await manager.facts()).state).toBe('not-installed');
    const left = await readdir(home.dir, { recursive: true });
    expect(left.filter((name) => /\.plist|service\/.|task/.test(name))).toEqual([]);
    expect(await desk.uninstall(false)).toMatchObject({ result: 'not-loaded' });
  });

  it('is written again as an installation would when it is stale, and brought back as it was', async () => {
    await using place = await placeOf(platform);
    const { manager, desk, repair } = place;
    await place.install();
    const good = (await manager.definition())?.texts ?? {};
    expect(await planRewrite(repair)).toMatchObject({ ok: true, change: undefined });
    await desk.stop();
    const texts = Object.fromEntries(
      Object.entries(good).map(([path, text]) => [path, text.replaceAll('gateway', 'gatewax')]),
    );
    const stale = { texts, isEnabled: false, isRunning: false };
    expect(await manager.restore(stale)).toBeUndefined();
    expect((await manager.definition())?.texts).toEqual(texts);
    expect(await manager.facts()).toMatchObject({ isEnabled: false, state: 'stopped' });

    const planned = await planRewrite(repair);
    if (!planned.ok || !planned.change) throw new Error('nothing is planned');
    expect(planned.change).toMatchObject({ before: stale, after: { texts: good, isRunning: true } });
    const { problem, made } = await applyServiceChange(repair, planned.change);
    expect(problem).toBeUndefined();
    expect(await manager.facts()).toMatchObject({ isEnabled: true, state: 'running' });
    expect((await manager.definition())?.texts).toEqual(good);

    expect(made?.before).toEqual(stale);
    expect(await manager.restore(stale)).toBeUndefined();
    expect((await manager.definition())?.texts).toEqual(texts);
    expect((await manager.facts()).isEnabled).toBe(false);
    expect(await health(place.port)).toBeUndefined();
  });

  it('is told as ended when the configuration has become unusable', async () => {
    await using place = await placeOf(platform);
    await place.install();
    await place.desk.stop();
    await place.home.editConfig(({ gateway }) => {
      gateway.mode = 'remote';
    });
    const { problem } = await place.desk.start();
    expect(problem).toMatchObject({ code: 'ENDED_AT_ONCE', values: { exit: '78' } });
    if (platform === 'darwin') expect(problem?.lastWords?.join('\n')).toContain('gateway.mode');
  });
});

describe('launchd', () => {
  it('starts no agent for a user who is not logged in at the screen, and nothing is written', async () => {
    await using place = await placeOf('darwin');
    await place.managers.answer({
      program: 'launchctl',
      args: 'print gui/',
      exitCode: 125,
      stderr: 'Could not print domain: 125: Domain does not support specified action\n',
    });
    expect(await place.install()).toMatchObject({ problem: { code: 'DESKTOP_SESSION_MISSING' } });
    expect(existsSync(join(place.home.dir, 'Library'))).toBe(false);
  });

  it('takes an agent of another program over by force only, and keeps a copy', async () => {
    await using place = await placeOf('darwin');
    await place.install();
    const file = join(place.home.dir, 'Library/LaunchAgents/ai.openclaw.gateway.plist');
    const theirs = (await readFile(file, 'utf8')).replace('>openclaw-tray<', '>openclaw<');
    await writeFile(file, theirs);
    for (const outcome of [await place.install(), await place.desk.stop(), await place.desk.uninstall(false)])
      expect(outcome.problem).toMatchObject({ code: 'DEFINITION_NOT_OURS', values: { owner: 'openclaw' } });
    expect(await readFile(file, 'utf8')).toBe(theirs);
    expect(await place.install(true)).toMatchObject({ result: 'installed' });
    expect(await readFile(`${file}.bak`, 'utf8')).toBe(theirs);
  });
});

describe('the Windows task scheduler', () => {
  it.each([
    ['English', 'ERROR: Access is denied.\r\n'],
    ['German', 'FEHLER: Zugriff verweigert\r\n'],
    ['Chinese', '错误: 拒绝访问。\r\n'],
  ])('that refuses in %s is told in its own words, and nothing stays behind', async (_, stderr) => {
    await using place = await placeOf('win32');
    await place.managers.answer({ program: 'schtasks', args: '/Create', exitCode: 1, stderr });
    const { problem } = await place.install();
    expect(problem?.code).toMatch(/^MANAGER_(DENIED|FAILED)$/);
    expect(problem?.values.detail).toBe(stderr.trim());
    expect(await readdir(join(place.home.trayDir, 'service'))).toEqual([]);
  });

  it('is judged by numbers, also when every word is Chinese', async () => {
    await using place = await placeOf('win32');
    await place.install();
    await place.desk.stop();
    for (const [state, lastResult, expected] of [
      [4, 0x41301, 'running'],
      [3, 0x41303, 'stopped'],
      [3, 78, 'failed'],
      [3, 0, 'stopped'],
      [2, 0, 'starting'],
      [1, 0, 'stopped'],
    ] as const) {
      const stdout = `${JSON.stringify({ found: true, state, lastResult })}\r\n`;
      await place.managers.answer({ program: 'powershell', args: 'GetTask', exitCode: 0, stdout });
      expect(await place.manager.facts()).toMatchObject({ state: expected });
    }
    const stderr = '无法将“powershell”项识别为 cmdlet\r\n';
    await place.managers.answer({ program: 'powershell', args: 'GetTask', exitCode: 1, stderr });
    expect(await place.manager.facts()).toMatchObject({ state: 'unknown', detail: stderr.trim() });
  });

  it('has a task of its own for the user, and no secret in it', async () => {
    await using place = await placeOf('win32');
    await place.install();
    const dir = join(place.home.trayDir, 'service');
    const xml = (await readFile(join(dir, 'task.xml'), 'utf16le')).replace(/\s+/g, ' ');
    expect(xml).toContain('<UserId>PC\\Jürgen</UserId>');
    expect(xml + (await readFile(join(dir, 'task.env'), 'utf8'))).not.toContain('e2e-shared-token');
    expect(await place.home.mode(join(dir, 'task.env'))).toBe('600');
  });
});
