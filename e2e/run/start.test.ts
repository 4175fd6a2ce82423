import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outwardAddresses } from '../../core/host/host-facts.ts';
import { enter, freePort, health, ownerToken, TestHome, TOKEN } from '../fixtures/gateway-process.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

describe('openclaw gateway run', () => {
  it('answers /healthz and clients, and ends with status 0', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    expect(await health(port)).toBe(200);
    const peer = await enter(port);
    expect(await peer.request('health')).toMatchObject({ ok: true });
    await peer.close();
    await gateway.said(`listening on ws://127.0.0.1:${port}`);
    expect(await gateway.stop()).toMatchObject({ code: 0, signal: null });
  });

  it('needs no token for the user who owns the state directory', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await home.start();
    const asked = await home.cli(['gateway', 'call', 'status', '--json', '--port', String(port)]);
    expect(asked).toMatchObject({ code: 0 });
  });

  it('keeps its state directory, its files and the configuration private', async () => {
    const port = await freePort();
    await using home = await TestHome.create();
    await home.start(['--allow-unconfigured', '--port', String(port)]);
    for (const dir of [home.stateDir, home.trayDir, join(home.trayDir, 'run'), join(home.trayDir, 'logs')])
      expect([dir, await home.mode(dir)]).toEqual([dir, '700']);
    for (const file of ['run/owner.json', 'run/gateway.lock', 'identity/device.json'])
      expect([file, await home.mode(join(home.trayDir, file))]).toEqual([file, '600']);
  });

  it('tightens a tray directory that others can read', async () => {
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await mkdir(home.trayDir, { mode: 0o755 });
    await chmod(home.trayDir, 0o755);
    await home.start();
    expect(await home.mode(home.trayDir)).toBe('700');
  });

  it('says what is wrong with a state directory it cannot write to', async () => {
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await chmod(home.dir, 0o755);
    await chmod(home.stateDir, 0o555);
    await chmod(home.configPath, 0o644);
    const gateway = home.spawn(['gateway', 'run'], {}, isRoot ? { uid: NOBODY } : {});
    const { code, stderr } = await gateway.ended;
    await chmod(home.stateDir, 0o755);
    expect(code).toBe(1);
    expect(stderr).toContain(home.stateDir);
    expect(stderr).toMatch(/EACCES|permission/i);
    expect(stderr).not.toContain('    at ');
  });

  it('makes up a token, and saves it without losing a comment or a key', async () => {
    const port = await freePort();
    const text = `// my gateway\n{\n  gateway: { mode: 'local', port: ${port} }, // inline\n  /* theirs */ unknownThing: { a: [1, 2,], },\n}\n`;
    await using home = await TestHome.create(text);
    const gateway = await home.start();
    const saved = await readFile(home.configPath, 'utf8');
    const token = /token: ?['"]([\w-]{32})['"]/.exec(saved)?.[1];
    expect(saved).toContain('// my gateway');
    expect(saved).toContain('// inline');
    expect(saved).toContain('/* theirs */ unknownThing: { a: [1, 2,], }');
    expect(token).toBeDefined();
    expect(gateway.output).not.toContain(token);
    expect(gateway.output).toContain('Generated a new token');
    expect(gateway.output).not.toContain('[reload]');
    expect(await home.mode(home.configPath)).toBe('600');
    await (await enter(port, { token })).close();
    await gateway.stop();
    const again = await home.start();
    expect(again.output).not.toContain('Generated');
    await (await enter(port, { token })).close();
  });

  it('runs on a made-up token that survives a restart when there is no file to save it in', async () => {
    const port = await freePort();
    await using home = await TestHome.create();
    const gateway = await home.start(['--allow-unconfigured', '--port', String(port)]);
    await gateway.said('Generated one for this run');
    await expect(readFile(home.configPath)).rejects.toThrow('ENOENT');
    await (await enter(port, { token: await ownerToken(home) })).close();
  });

  it('starts again after it was killed', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const killed = await home.start();
    const peer = await enter(port);
    killed.signal('SIGKILL');
    await peer.closed;
    await killed.ended;
    await home.start();
    await (await enter(port)).close();
  });

  it('names the addresses that others may use when it listens on all of them', async () => {
    const { home, port } = await TestHome.withGateway({ bind: 'lan' });
    await using _ = home;
    const gateway = await home.start();
    await gateway.said(`ws://0.0.0.0:${port}`);
    for (const address of outwardAddresses()) await gateway.said(`ws://${address}:${port}`);
    await gateway.said(`ws://127.0.0.1:${port}`);
  });

  it('tells warnings about the configuration apart from a reload', async () => {
    const { home } = await TestHome.withGateway({ novel: 1 });
    await using _ = home;
    const gateway = await home.start();
    await gateway.said('[config] gateway: Unrecognized key: "novel"');
    expect(gateway.output).not.toContain('[reload]');
  });

  it('reads includes, variables of .env and secrets by reference', async () => {
    const port = await freePort();
    await using home = await TestHome.create(
      `{ gateway: { $include: './gateway.json5', auth: { mode: 'token', token: '\${MY_TOKEN}' } } }`,
    );
    await writeFile(join(home.stateDir, 'gateway.json5'), `{ mode: 'local', port: ${port} }`);
    await writeFile(join(home.stateDir, '.env'), `MY_TOKEN=${TOKEN.token}\n`);
    await home.start();
    await (await enter(port)).close();
  });

  it('takes the token of .env when nobody else gives one', async () => {
    const port = await freePort();
    await using home = await TestHome.create({ gateway: { mode: 'local', port } });
    await writeFile(join(home.stateDir, '.env'), `OPENCLAW_GATEWAY_TOKEN=${TOKEN.token}\n`);
    const gateway = await home.start();
    expect(gateway.output).not.toContain('Generated');
    await (await enter(port)).close();
  });

  it('prefers flags to environment to configuration', async () => {
    const { home } = await TestHome.withGateway();
    await using _ = home;
    const port = await freePort();
    await home.start(['--port', String(port), '--token', 'from-the-flag'], {
      OPENCLAW_GATEWAY_TOKEN: 'from-env',
    });
    await (await enter(port, { token: 'from-the-flag' })).close();
    await expect(enter(port)).rejects.toThrow('AUTH_TOKEN_MISMATCH');
  });

  it('accepts password and trusted-proxy modes, and the owner in each of them and in none', async () => {
    const modes = [
      { mode: 'password', password: 'e2e-password' },
      { mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user' } },
      { mode: 'none' },
    ];
    for (const auth of modes) {
      const { home, port } = await TestHome.withGateway({ auth });
      await using _ = home;
      await home.start();
      const peer = await enter(port, { token: await ownerToken(home) });
      expect(await peer.request('config.get')).toMatchObject({ valid: true });
      await peer.close();
    }
  });
});
