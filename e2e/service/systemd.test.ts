import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ServiceManagers } from '../../core/testing/service-managers/service-managers.ts';
import { enter, enterAgain, health, TestHome, until } from '../fixtures/gateway-process.ts';

const UNIT = 'openclaw-gateway.service';
const unitFile = (home: TestHome, unit = UNIT) => join(home.dir, '.config/systemd/user', unit);

interface Envelope {
  action: string;
  ok: boolean;
  result?: string;
  error?: string;
  code?: string;
  hints?: string[];
  warningCodes?: string[];
  gateway?: { pid: number; port: number; bootId: string };
  service: { label: string; loaded: boolean; loadedText: string; state: string };
}

/** A home with a gateway configuration, and scripted service managers that start real programs. */
async function setUp(gateway = {}, programs?: string[]) {
  const managers = await ServiceManagers.create(programs);
  const { home, port } = await TestHome.withGateway(gateway);
  const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    home.cli(['gateway', ...args], managers.env(env));
  return {
    managers,
    home,
    port,
    run,
    json: async (args: string[], env: NodeJS.ProcessEnv = {}) => {
      const { stdout, code } = await run([...args, '--json'], env);
      return { ...(JSON.parse(stdout) as Envelope), exitCode: code };
    },
    [Symbol.asyncDispose]: async () => {
      await managers[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe('the gateway as a systemd service', () => {
  it('lives from install to uninstall, comes back after a crash, and leaves nothing', async () => {
    await using place = await setUp();
    const { home, port, json, managers } = place;
    const installed = await json(['install']);
    expect(installed).toMatchObject({ action: 'install', ok: true, result: 'installed', exitCode: 0 });
    expect(installed.service).toMatchObject({
      label: 'systemd',
      loaded: true,
      loadedText: 'enabled',
      state: 'running',
    });
    const first = await enter(port);
    expect(installed.gateway).toMatchObject({ port, bootId: first.bootId });
    await first.close();

    const restarted = await json(['restart']);
    expect(restarted).toMatchObject({ ok: true, result: 'restarted' });
    const second = await enter(port);
    expect(second.bootId).not.toBe(first.bootId);
    expect(restarted.gateway?.bootId).toBe(second.bootId);
    expect(restarted.gateway?.pid).not.toBe(installed.gateway?.pid);
    await second.close();

    process.kill(restarted.gateway?.pid ?? Number.NaN, 'SIGKILL');
    const third = await until('another boot', async () => {
      const entered = await enterAgain(port);
      await entered.close();
      return entered.bootId === second.bootId ? undefined : entered;
    });
    expect(third.bootId).not.toBe(second.bootId);

    expect(await json(['stop'])).toMatchObject({ ok: true, result: 'stopped', exitCode: 0 });
    expect(await health(port)).toBeUndefined();
    expect(await json(['stop'])).toMatchObject({ ok: true, result: 'stopped', exitCode: 0 });
    expect(await json(['start'])).toMatchObject({ ok: true, result: 'started' });
    expect(await health(port)).toBe(200);
    expect(await json(['start'])).toMatchObject({ ok: true, result: 'already-running' });

    const removed = await place.run(['uninstall']);
    expect(removed).toMatchObject({ code: 0 });
    expect(removed.stderr).toContain(`Removed ~/.config/systemd/user/${UNIT}`);
    expect(await health(port)).toBeUndefined();
    expect(await readdir(join(home.dir, '.config/systemd/user'), { recursive: true })).toEqual([
      'default.target.wants',
    ]);
    expect(existsSync(join(managers.dir, 'linger'))).toBe(false);
    expect(await json(['uninstall'])).toMatchObject({ ok: true, result: 'not-loaded', exitCode: 0 });
    expect(await json(['stop'])).toMatchObject({ ok: true, result: 'not-loaded', exitCode: 0 });
    expect(await json(['start'])).toMatchObject({
      ok: false,
      result: 'not-loaded',
      code: 'NOT_INSTALLED',
      exitCode: 1,
    });
  });

  it('saves a token that was given where the gateway reads it, and in nothing else', async () => {
    await using place = await setUp({ auth: {} });
    const { home, port, json, managers } = place;
    const token = 'canary-7f3a91-of-the-user';
    const installed = await json(['install', '--token', token]);
    expect(installed).toMatchObject({ ok: true, warningCodes: expect.arrayContaining(['TOKEN_STORED']) });
    await (await enter(port, { token })).close();
    expect(await readFile(unitFile(home), 'utf8')).not.toContain(token);
    expect(await managers.order(UNIT)).not.toContain(token);
    expect((await managers.calls()).join('\n')).not.toContain(token);
    expect(JSON.parse(await readFile(home.configPath, 'utf8')).gateway.auth.token).toBe(token);
    expect(await home.mode(home.configPath)).toBe('600');
  });
});
