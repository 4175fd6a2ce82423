import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { READY, TestHome } from '../fixtures/gateway-process.ts';
import { DNS_NAME, ScriptedTailscale, TAILNET_ADDRESS } from '../fixtures/scripted-tailscale.ts';

type Json = Record<string, unknown>;

const WORKS = 'works: ';
const FAILED = 'does not work; the gateway itself runs';
/** Tailscale passes HTTPS on at port 443 only. */
const mayListen = process.platform === 'linux' && process.getuid?.() === 0;

async function withTailscale(
  change: Parameters<typeof ScriptedTailscale.create>[1] = {},
  gateway: Json = {},
) {
  const { home, port } = await TestHome.withGateway(gateway);
  const tailscale = await ScriptedTailscale.create(join(home.dir, 'tailscale'), change);
  return { home, port, tailscale };
}

/** Through the tailnet, as a browser or a client elsewhere. */
async function throughTailnet(tailscale: ScriptedTailscale, headers: Json = {}): Promise<WebSocket> {
  const ca = await readFile(tailscale.caPath, 'utf8');
  const ws = new WebSocket(`wss://${DNS_NAME}/`, {
    headers: headers as Record<string, string>,
    createConnection: () => connectTls({ host: TAILNET_ADDRESS, port: 443, servername: DNS_NAME, ca }),
  });
  return ws;
}

const firstWord = (ws: WebSocket): Promise<string> =>
  new Promise((resolve) => {
    ws.once('message', (data) => resolve(String(data)));
    ws.once('error', (error) => resolve(error.message));
  });

describe.skipIf(!mayListen)('a gateway behind Tailscale (needs Linux and root, for port 443)', () => {
  it('is served to the tailnet, and really answers there', async () => {
    const { home, port, tailscale } = await withTailscale();
    await tailscale.startProxy();
    const gateway = await home.start(['--tailscale', 'serve'], tailscale.env());
    await gateway.said(`Tailscale serve ${WORKS}`);
    expect(gateway.output).toContain(`wss://${DNS_NAME}`);
    expect(await tailscale.handlers()).toEqual({ '/': { Proxy: `http://127.0.0.1:${port}` } });
    const ws = await throughTailnet(tailscale, { origin: `https://${DNS_NAME}` });
    expect(await firstWord(ws)).toContain('connect.challenge');
    ws.terminate();
    await gateway.stop();
    expect(Object.keys(await tailscale.handlers())).toEqual(['/']);
  });

  it('believes no identity of a tailnet user without a credential, and calls nobody local', async () => {
    const { home, tailscale } = await withTailscale(
      {},
      { auth: { mode: 'token', token: 'x', allowTailscale: true } },
    );
    await tailscale.startProxy();
    const gateway = await home.start(['--tailscale', 'serve'], tailscale.env());
    await gateway.said(`Tailscale serve ${WORKS}`);
    expect(gateway.output).toContain('allowTailscale has no effect');
    const owner = JSON.parse(await readFile(join(home.trayDir, 'run', 'owner.json'), 'utf8'));
    for (const auth of [undefined, { token: owner.token }]) {
      const ws = await throughTailnet(tailscale);
      await firstWord(ws);
      const client = { id: 'cli', mode: 'cli', version: '1', platform: 'linux' };
      const params = {
        minProtocol: 3,
        maxProtocol: 4,
        client,
        role: 'operator',
        scopes: ['operator.read'],
        auth,
      };
      ws.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
      expect(JSON.parse(await firstWord(ws))).toMatchObject({ ok: false });
      ws.terminate();
    }
    expect(await home.logText()).not.toContain('ann@example.com');
  });

  it('is open to the internet with funnel and a password, also over its own TLS', async () => {
    const auth = { mode: 'password', password: 'canary-password' };
    const { home, port, tailscale } = await withTailscale({}, { auth, tls: { enabled: true } });
    await tailscale.startProxy();
    const gateway = await home.start(['--tailscale', 'funnel', '--tailscale-reset-on-exit'], tailscale.env());
    await gateway.said(`Tailscale funnel ${WORKS}`);
    const { serve, calls } = await tailscale.state();
    expect(serve).toMatchObject({ AllowFunnel: { [`${DNS_NAME}:443`]: true } });
    expect(await tailscale.handlers()).toEqual({ '/': { Proxy: `https+insecure://127.0.0.1:${port}` } });
    expect(JSON.stringify(calls)).not.toContain('canary-password');
    await gateway.stop();
    expect(gateway.output).toContain('does not pass requests on to this gateway any more');
    expect(await tailscale.handlers()).toEqual({});
  });

  it('with --tailscale-reset-on-exit takes away its own handler and leaves the others', async () => {
    const others = { '/docs': { Path: '/srv/docs' } };
    const serve = { TCP: { 443: { HTTPS: true } }, Web: { [`${DNS_NAME}:443`]: { Handlers: others } } };
    const { home, tailscale } = await withTailscale({ serve });
    await tailscale.startProxy();
    const gateway = await home.start(['--tailscale', 'serve', '--tailscale-reset-on-exit'], tailscale.env());
    await gateway.said(`Tailscale serve ${WORKS}`);
    await gateway.stop();
    expect(await tailscale.handlers()).toEqual(others);
  });

  it('takes away what a killed gateway left behind, and not what a person has set up', async () => {
    const { home, port, tailscale } = await withTailscale();
    await tailscale.startProxy();
    const flags = ['--tailscale', 'serve', '--tailscale-reset-on-exit'];
    const killed = await home.start(flags, tailscale.env());
    await killed.said(`Tailscale serve ${WORKS}`);
    await killed.stop('SIGKILL');
    const next = await home.start(flags, tailscale.env());
    await next.said(`Tailscale serve ${WORKS}`);
    await next.stop();
    expect(await tailscale.handlers()).toEqual({});

    const handlers = { '/': { Proxy: `http://127.0.0.1:${port}` } };
    const web = { [`${DNS_NAME}:443`]: { Handlers: handlers } };
    await tailscale.write({
      ...(await tailscale.state()),
      serve: { TCP: { 443: { HTTPS: true } }, Web: web },
    });
    const last = await home.start(flags, tailscale.env());
    await last.said(`Tailscale serve ${WORKS}`);
    await last.stop();
    expect(await tailscale.handlers()).toEqual(handlers);
  });
});

const web = (handlers: Json, more: Json = {}) => ({
  serve: { TCP: { 443: { HTTPS: true } }, Web: { [`${DNS_NAME}:443`]: { Handlers: handlers } }, ...more },
});
const PASSWORD = { auth: { mode: 'password', password: 'p' } };

describe('a gateway that Tailscale does not serve', () => {
  it.each([
    [
      'is logged out',
      'serve',
      { status: ScriptedTailscale.status({ BackendState: 'NeedsLogin' }) },
      'TAILSCALE_LOGGED_OUT',
      'sudo tailscale up',
    ],
    [
      'is down',
      'serve',
      { status: ScriptedTailscale.status({ BackendState: 'Stopped' }) },
      'TAILSCALE_DOWN',
      'sudo tailscale up',
    ],
    [
      'has no certificates',
      'serve',
      { status: ScriptedTailscale.status({ CertDomains: null }) },
      'TAILSCALE_HTTPS_OFF',
      'https://login.tailscale.com/admin/dns',
    ],
    [
      'has no name',
      'serve',
      { status: ScriptedTailscale.status({ Self: { DNSName: '' } }) },
      'TAILSCALE_MAGICDNS_OFF',
      'admin/dns',
    ],
    [
      'does not obey this user',
      'serve',
      {
        refusal:
          "sending serve config: Access denied: serve config denied\n\nUse 'sudo tailscale serve --bg 1'.\nTo not require root, use 'sudo tailscale set --operator=$USER' once.",
      },
      'TAILSCALE_NOT_OPERATOR',
      'sudo tailscale set --operator=ann',
    ],
    [
      'may not funnel',
      'funnel',
      {
        refusal:
          'error: Funnel not available; "funnel" node attribute not set. See https://tailscale.com/s/no-funnel.',
      },
      'TAILSCALE_FUNNEL_OFF',
      'https://tailscale.com/s/no-funnel',
    ],
    [
      'waits for funnel to be allowed',
      'funnel',
      {
        isWaiting: true,
        refusal:
          'Funnel is not enabled on your tailnet.\nTo enable, visit:\n\n         https://login.tailscale.com/f/funnel?node=n1\n',
      },
      'TAILSCALE_FUNNEL_OFF',
      'https://login.tailscale.com/f/funnel?node=n1',
    ],
    [
      'serves something else there',
      'serve',
      web({ '/': { Proxy: 'http://127.0.0.1:3000' } }),
      'TAILSCALE_PORT_TAKEN',
      'tailscale serve --https=443 --set-path=/ off',
    ],
    [
      'would open a path of others to the internet',
      'funnel',
      web({ '/docs': { Path: '/srv' } }),
      'TAILSCALE_OTHERS_AFFECTED',
      '--set-path=/docs off',
    ],
    [
      'would close a path of others',
      'serve',
      web({ '/docs': { Path: '/srv' } }, { AllowFunnel: { [`${DNS_NAME}:443`]: true } }),
      'TAILSCALE_OTHERS_AFFECTED',
      '--set-path=/docs off',
    ],
    [
      'says yes and does nothing',
      'serve',
      { isLying: true },
      'TAILSCALE_NOT_APPLIED',
      'tailscale serve status',
    ],
    [
      'says what nobody expected',
      'serve',
      { refusal: 'something odd' },
      'TAILSCALE_FAILED',
      'tailscale status',
    ],
    ['cannot be reached through', 'serve', {}, 'TAILSCALE_NOT_REACHABLE', `sudo tailscale cert ${DNS_NAME}`],
  ])(
    'runs on, and says why with one fix, when Tailscale %s',
    async (_, mode, change, code, fix) => {
      const { home, tailscale } = await withTailscale(change as Json, PASSWORD);
      const before = await tailscale.handlers();
      const gateway = await home.start(['--tailscale', mode], {
        ...tailscale.env(),
        NODE_EXTRA_CA_CERTS: undefined,
      });
      await gateway.said('Fix: ');
      expect(gateway.output).toContain(FAILED);
      expect(gateway.output).toContain(READY);
      expect(gateway.output).toContain(`Fix: `);
      expect(gateway.output).toContain(fix);
      expect(await home.cli(['gateway', 'health'])).toMatchObject({ code: 0 });
      expect(await home.logText()).toContain(code);
      if (code !== 'TAILSCALE_NOT_REACHABLE') expect(await tailscale.handlers()).toEqual(before);
      await gateway.stop();
    },
    40_000,
  );

  it('runs on where Tailscale is not installed, and says so in Chinese too', async () => {
    const { home } = await TestHome.withGateway();
    const env = { PATH: '/nowhere' };
    const gateway = await home.start(['--tailscale', 'serve'], env);
    await gateway.said('https://tailscale.com/download');
    await gateway.stop();
    const chinese = await home.start(['--tailscale', 'serve', '--lang', 'zh-CN'], env);
    await chinese.said('未安装 tailscale 程序。');
    await chinese.stop();
  });

  it('refuses what says that it came through Tailscale while nothing is set up', async () => {
    const { home, port } = await TestHome.withGateway();
    await home.start();
    const forged = await fetch(`http://127.0.0.1:${port}/healthz`, {
      headers: { 'x-forwarded-for': '100.1.1.1' },
    });
    expect(forged.status).toBe(403);
  });
});
