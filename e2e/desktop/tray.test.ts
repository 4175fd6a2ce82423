import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { TestPeer, testDevice } from '../../core/testing/test-peer.ts';
import { enter, freePort, health, TestHome, TOKEN, until, wsUrl } from '../fixtures/gateway-process.ts';
import { electronProgram, startTrayApp } from './app-process.ts';
import { openWindow, press } from './app-window.ts';
import { startDesktop } from './desktop.ts';
import { agree } from './dialogs.ts';
import { question } from './remote-lab.ts';

const STOPPED = 'No gateway runs on this computer.';
const WELL = 'The gateway is well.';
const OWN = 'This app has started the gateway.';
const ATTACHED = 'The gateway was started without this app, which only watches it.';

/** The process that holds the lock of this state directory. */
async function gatewayPid(home: TestHome): Promise<number> {
  return JSON.parse(await readFile(join(home.trayDir, 'run', 'gateway.lock'), 'utf8')).pid;
}

async function bootId(port: number): Promise<string> {
  const peer = await enter(port);
  await peer.close();
  return peer.bootId;
}

/** A command in a place where the system gives out no watches of files. */
const withoutWatches = (script: string) =>
  ['unshare', '-Ur', 'sh', '-ec', `echo 0 > /proc/sys/user/max_inotify_instances; ${script}`] as const;

const canTakeWatches = (): boolean => {
  const [command, ...args] = withoutWatches('true');
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
};

/** `before`: the command that the one of the app is put behind. */
async function seesComeAndGo(before: readonly string[]): Promise<void> {
  await using desktop = await startDesktop();
  const { home } = await TestHome.withGateway();
  await using _ = home;
  await using app = await startTrayApp(desktop, home, { before });
  const { icon } = app;
  await icon.entry([STOPPED]);
  const gateway = await home.start();
  await icon.entry([ATTACHED]);
  await gateway.stop();
  await icon.entry([STOPPED]);
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon', 'xdotool'))('the tray', () => {
  beforeAll(electronProgram);

  it('starts a gateway, restarts it, shows and mends its death, and ends with it when asked to quit', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await using app = await startTrayApp(desktop, home);
    const { icon } = app;
    await icon.entry([STOPPED]);
    expect(await icon.tooltip()).toBe(`OpenClaw: ${STOPPED}`);
    await icon.entry(['Stop gateway'], { enabled: false });
    await icon.entry(['Restart gateway'], { enabled: false });
    const idle = await icon.pixels();

    await icon.click('Start gateway');
    await icon.entry([WELL]);
    await icon.entry([OWN]);
    await icon.entry(['Start gateway'], { enabled: false });
    expect(await health(port)).toBe(200);
    expect((await icon.pixels()).equals(idle)).toBe(false);

    const before = await bootId(port);
    await icon.click('Restart gateway');
    await icon.until('another boot', async () => {
      const now = await bootId(port).catch(() => before);
      return now === before ? undefined : now;
    });
    await icon.entry([WELL]);

    const pid = await gatewayPid(home);
    const died = icon.entry([/^The gateway ended unexpectedly/]);
    process.kill(pid, 'SIGKILL');
    await died;
    await icon.entry([WELL]);
    expect(await gatewayPid(home)).not.toBe(pid);

    await icon.click('Quit');
    await agree(desktop);
    expect(await app.process.ended).toMatchObject({ code: 0 });
    expect(await health(port)).toBeUndefined();
  });

  it('says that the gateway has stopped when it was stopped in the middle of a restart', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await using open = await openWindow(desktop, home);
    const { icon, page } = open;
    await icon.click('Start gateway');
    await icon.entry([WELL]);
    const done = await page.evaluate(async () => {
      const { call } = Reflect.get(globalThis, 'openclaw') as { call(...args: unknown[]): Promise<unknown> };
      return Promise.all(['restart', 'stop'].map((act) => call('action.run', { do: act })));
    });
    expect(done).toEqual([1, 2].map(() => ({ ok: true, result: { done: true } })));
    await icon.entry([STOPPED]);
    await icon.entry(['Start gateway'], { enabled: true });
  });

  it('watches a gateway that somebody else has started, and leaves it running', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await home.start();
    await using app = await startTrayApp(desktop, home);
    const { icon } = app;
    await icon.entry([WELL]);
    await icon.entry([ATTACHED]);
    await icon.entry(['Start gateway'], { enabled: false });
    await icon.entry(['Stop gateway'], { enabled: false });
    const before = await bootId(port);
    await icon.click('Quit');
    expect(await app.process.ended).toMatchObject({ code: 0 });
    expect(await bootId(port)).toBe(before);
  });

  it('takes over a gateway that was started before when a person says so, and asks before it ends with the app', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    await using open = await openWindow(desktop, home);
    const { app, icon, page } = open;
    await icon.entry([ATTACHED]);
    await icon.click('Take over that gateway…');
    await press(question(page, `Take over the gateway at port ${port}?`), 'Take it over');
    await icon.entry(['This app has taken the gateway over.']);
    // In place before the click: nobody could answer the real question.
    await app.evaluate(({ dialog }) => {
      const asked = new Promise((resolve) => {
        dialog.showMessageBox = (({ message }: { message?: string }) => {
          resolve(message);
          return new Promise((answer) => Reflect.set(globalThis, 'answer', answer));
        }) as never;
      });
      Reflect.set(globalThis, 'asked', asked);
    });
    await icon.click('Quit');
    const asked = await app.evaluate(() => Reflect.get(globalThis, 'asked'));
    expect(asked).toBe('The gateway on this computer belongs to this app and stops with it.');
    expect(await bootId(port)).not.toBe('');
    await app.evaluate(() => Reflect.get(globalThis, 'answer')({ response: 0, checkboxChecked: false }));
    expect(await gateway.ended).toMatchObject({ code: 0 });
  });

  it('sees a gateway come and go that it has nothing to do with', () => seesComeAndGo([]));

  it.skipIf(!canTakeWatches())('sees it also where the system lets nobody watch files any more', () =>
    seesComeAndGo(withoutWatches('exec "$0" "$@"')),
  );

  it('says who holds the port, and offers no start that would fail', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const { createServer } = await import('node:http');
    const stranger = createServer((_request, response) => response.end('hello')).listen(port, '127.0.0.1');
    try {
      await using app = await startTrayApp(desktop, home);
      const { icon } = app;
      await icon.entry([new RegExp(`^Port ${port} is held by another program`)]);
      await icon.entry(['Start gateway'], { enabled: false });
    } finally {
      stranger.close();
    }
  });

  it('lets a device in whose request is approved in the menu', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway({ trustedProxies: ['127.0.0.1'] });
    await using _ = home;
    await home.start();
    await using app = await startTrayApp(desktop, home);
    const { icon } = app;
    await icon.entry([ATTACHED]);
    await icon.entry(['No pairing requests']);
    const quiet = await icon.pixels();
    const request = { auth: TOKEN, device: testDevice(), scopes: ['operator.read'] };
    const far = { headers: { 'x-forwarded-for': '198.51.100.7' } };
    const first = await TestPeer.connect(wsUrl(port), request, far);
    expect(first.response).toMatchObject({ ok: false, error: { details: { code: 'PAIRING_REQUIRED' } } });

    await icon.entry(['Pairing requests (1)', /: operator\.read$/, 'Reject']);
    expect(await icon.tooltip()).toBe(`OpenClaw: ${WELL} Requests to decide: 1`);
    expect((await icon.pixels()).equals(quiet)).toBe(false);
    await icon.click('Pairing requests (1)', /: operator\.read$/, 'Approve');
    await icon.entry(['No pairing requests']);
    const second = await TestPeer.connect(wsUrl(port), request, far);
    expect(second.response.ok).toBe(true);
    await second.peer.close();
  });

  it('speaks the language that is chosen, also the next time', async () => {
    await using desktop = await startDesktop();
    const home = await TestHome.create({ gateway: { port: await freePort() } });
    await using _ = home;
    await using first = await startTrayApp(desktop, home);
    await first.icon.click('Language', '简体中文');
    await first.icon.entry(['本机没有网关在运行。']);
    expect(await first.icon.labels()).toContain('启动网关');
    await first.icon.click('退出');
    await first.process.ended;
    await using second = await startTrayApp(desktop, home);
    const { isChecked } = await second.icon.entry(['语言', '简体中文']);
    expect(isChecked).toBe(true);
  });

  it('starts the gateway with the app when it ran before, without any configuration, and takes it along', async () => {
    await using desktop = await startDesktop();
    const home = await TestHome.create();
    await using _ = home;
    const env = { OPENCLAW_GATEWAY_PORT: `${await freePort()}` };
    await using first = await startTrayApp(desktop, home, {
      args: ['--background', '--start-gateway'],
      env,
    });
    await first.icon.entry([OWN]);
    const pid = await gatewayPid(home);
    first.process.signal('SIGKILL');
    await first.process.ended;
    await until('the end of the gateway', () => !isAlive(pid));
    await using second = await startTrayApp(desktop, home, { env });
    await second.icon.entry([OWN]);
    second.process.signal('SIGTERM');
    expect(await second.process.ended).toMatchObject({ code: 0 });
    expect(await health(Number(env.OPENCLAW_GATEWAY_PORT))).toBeUndefined();
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
