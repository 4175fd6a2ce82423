import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { enter, freePort, health, READY, TestHome, TOKEN } from '../fixtures/gateway-process.ts';

const LOCAL = { mode: 'local' };

/** Without the line breaks that the width of a terminal asks for. */
const onOneLine = (text: string): string => text.replace(/\s+/g, ' ');

describe('a gateway that must not start', () => {
  it('is refused without gateway.mode, and the fix it names works when it is pasted', async () => {
    await using home = await TestHome.create({ gateway: { auth: { token: TOKEN.token } } });
    const refused = await home.run();
    expect(refused).toMatchObject({ code: 78, stdout: '' });
    expect(refused.stderr).toContain('set gateway.mode=local (current: unset)');
    const fix = /Fix: openclaw (.+)/.exec(refused.stderr)?.[1]?.split(' ') ?? [];
    expect(await home.cli(fix)).toMatchObject({ code: 0 });
    const port = await freePort();
    await home.start(['--port', String(port)]);
    expect(await health(port)).toBe(200);
  });

  it('is refused without a configuration, and the fix works for a profile too', async () => {
    await using home = await TestHome.create();
    for (const profile of [[], ['--profile', 'work']]) {
      const refused = await home.cli([...profile, 'gateway', 'run']);
      expect(refused.code).toBe(78);
      const fix = /`openclaw (.+?)`/.exec(refused.stderr)?.[1]?.split(' ') ?? [];
      expect(await home.cli(fix)).toMatchObject({ code: 0 });
      const port = await freePort();
      const gateway = home.spawn([...profile, 'gateway', 'run', '--port', String(port)]);
      await gateway.said(READY);
      expect(await gateway.stop()).toMatchObject({ code: 0 });
    }
  });

  it('starts unconfigured, and in remote mode, only when it is told to', async () => {
    await using home = await TestHome.create({
      gateway: { mode: 'remote', remote: { url: 'ws://127.0.0.1:1' } },
    });
    const refused = await home.run();
    expect(refused).toMatchObject({ code: 78 });
    expect(onOneLine(refused.stderr)).toContain(
      'set gateway.mode=local (current: remote) or pass --allow-unconfigured.',
    );
    const port = await freePort();
    await home.start(['--allow-unconfigured', '--port', String(port)]);
    expect(await health(port)).toBe(200);
  });

  it.each([
    ['lan', { bind: 'lan' }],
    ['custom', { bind: 'custom', customBindHost: '0.0.0.0' }],
    ['custom', { bind: 'custom', customBindHost: '192.0.2.1' }],
    ['custom', { bind: 'custom', customBindHost: '::' }],
  ])('is refused on %s %j without authentication', async (bind, gateway) => {
    await using home = await TestHome.create({ gateway: { ...LOCAL, ...gateway, auth: { mode: 'none' } } });
    const refused = await home.run(['--port', String(await freePort())]);
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain(`Refusing to bind gateway to ${bind} without auth.`);
  });

  it.each(['127.0.0.1', 'localhost', '::ffff:127.0.0.1', '127.8.8.8'])(
    'starts without authentication on the custom address %s, because it is loopback',
    async (customBindHost) => {
      const gateway = { bind: 'custom', customBindHost, auth: { mode: 'none' } };
      const { home } = await TestHome.withGateway(gateway);
      await using _ = home;
      const started = await home.start();
      await started.said('auth mode=none');
    },
  );

  it.each([
    [{ bind: 'custom' }, 'gateway.bind=custom requires gateway.customBindHost'],
    [{ bind: 'custom', customBindHost: '127.evil.com' }, 'must be an IP address of this machine'],
    [{ bind: 'custom', customBindHost: '192.0.2.1', auth: TOKEN }, 'Cannot listen on 192.0.2.1'],
    [{ auth: { mode: 'password' } }, 'Gateway auth is set to password, but no password is configured.'],
    [
      { auth: { mode: 'trusted-proxy' } },
      'no trustedProxy config was provided (set gateway.auth.trustedProxy)',
    ],
    [{ auth: { token: 'one', password: 'other' } }, 'gateway.auth.mode is not'],
    [{ tls: { enabled: true, keyPath: '/nowhere.pem' } }, 'certPath is not set'],
    [{ tailscale: { mode: 'funnel' }, auth: TOKEN }, 'tailscale funnel requires gateway auth mode=password'],
    [{ tailscale: { mode: 'serve' }, auth: { mode: 'none' } }, 'with tailscale serve without auth'],
    [{ auth: { mode: 'token', token: `\${NOT_SET_ANYWHERE}` } }, '"NOT_SET_ANYWHERE" is missing or empty'],
    [
      { auth: { mode: 'token', token: { source: 'file', provider: 'default', id: 'value' } } },
      'secrets.providers.default is not a file provider',
    ],
    [{ port: 70_000 }, 'gateway.port'],
  ])('is refused with %j', async (gateway, message) => {
    await using home = await TestHome.create({ gateway: { ...LOCAL, ...gateway } });
    const refused = await home.run('port' in gateway ? [] : ['--port', String(await freePort())]);
    expect(onOneLine(refused.stderr)).toContain(message);
    expect([1, 78]).toContain(refused.code);
    expect(refused.stderr).not.toContain('    at ');
  });

  it.each([
    [['--port', '0'], 'Invalid --port'],
    [['--port', '99999'], 'Invalid --port'],
    [['--port', 'x'], 'Invalid --port'],
    [['--bind', 'moon'], 'Invalid --bind'],
    [['--auth', 'magic'], 'Invalid --auth'],
    [['--tailscale', 'perhaps'], 'Invalid --tailscale'],
    [['--ws-log', 'loud'], 'Invalid --ws-log'],
    [['--reset'], 'Use --reset with --dev.'],
    [['--password', 'a', '--password-file', 'b'], 'Use either --password or --password-file.'],
    [['--auth', 'password', '--password-file', '/does/not/exist'], 'password file at /does/not/exist'],
    [['--frobnicate'], 'frobnicate'],
    [['--token', ''], 'empty token'],
  ])('is refused with the flags %j', async (flags, message) => {
    await using home = await TestHome.create({ gateway: { ...LOCAL, auth: TOKEN } });
    const refused = await home.run(flags);
    expect(refused.code).toBe(1);
    expect(onOneLine(refused.stderr)).toContain(message);
  });

  it('lists every problem of an invalid configuration when no good one is known', async () => {
    await using home = await TestHome.create({ gateway: { ...LOCAL, port: 'x', bind: 7 } });
    const refused = await home.run();
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain(home.configPath);
    expect(refused.stderr).toContain('gateway.port');
    expect(refused.stderr).toContain('gateway.bind');
    await home.writeConfig('{ gateway: { mode: ');
    expect(await home.run()).toMatchObject({ code: 78 });
    await home.writeConfig('{ $include: "./missing.json5" }');
    const missing = await home.run();
    expect(missing).toMatchObject({ code: 78 });
    expect(missing.stderr).toContain('missing.json5');
  });

  it('runs on the last known good configuration when the file has become invalid, and says so', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await (await home.start()).stop();
    await home.writeConfig('{ gateway: ');
    const gateway = await home.start();
    await gateway.said('last known good');
    await gateway.said(home.configPath);
    await (await enter(port)).close();
    expect(await home.mode(join(home.trayDir, 'config', 'last-good.json5'))).toBe('600');
  });

  it.each([
    ['mode remote', { mode: 'remote' }],
    ['a password that is not there', { mode: 'local', auth: { mode: 'password' } }],
  ])('counts a configuration with %s not as known good, because it has never run', async (_, gateway) => {
    await using home = await TestHome.create({ gateway });
    expect(await home.run()).toMatchObject({ code: 78 });
    await home.writeConfig('{ gateway: ');
    const refused = await home.run();
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain('JSON5 parse failed at line 1');
    expect(refused.stdout + refused.stderr).not.toContain('last known good');
  });

  it('names the fault of the file when the last known good configuration cannot start either', async () => {
    await using home = await TestHome.create('{ gateway: ');
    await mkdir(join(home.trayDir, 'config'), { recursive: true, mode: 0o700 });
    await writeFile(join(home.trayDir, 'config', 'last-good.json5'), '{ gateway: { mode: "remote" } }');
    const refused = await home.cli(['gateway', 'run'], { OPENCLAW_CLI_NAME: 'node x.cjs' });
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain('JSON5 parse failed at line 1');
    expect(refused.stderr).toContain('Inspect: node x.cjs config validate');
    expect(refused.stdout + refused.stderr).not.toMatch(/last known good|start blocked/);
  });

  it('is refused with the placeholder for hidden secrets in the place of one', async () => {
    const hidden = '__OPENCLAW_REDACTED__';
    await using home = await TestHome.create({
      gateway: { ...LOCAL, auth: { mode: 'token', token: hidden } },
    });
    const refused = await home.run();
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain('gateway.auth.token: ');
    expect(await home.cli(['config', 'validate'])).toMatchObject({ code: 78 });
    await home.writeConfig({ gateway: LOCAL });
    expect(await home.run(['--token', hidden])).toMatchObject({ code: 1 });
  });

  it('takes a password from a file', async () => {
    await using home = await TestHome.create({ gateway: { ...LOCAL, auth: { mode: 'password' } } });
    const port = await freePort();
    const file = join(home.dir, 'password');
    await writeFile(file, 'from-a-file\n', { mode: 0o600 });
    await home.start(['--port', String(port), '--password-file', file]);
    await (await enter(port, { password: 'from-a-file' })).close();
  });
});
