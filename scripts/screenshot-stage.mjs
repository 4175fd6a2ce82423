/** What is to be seen on the screenshots: an app in a home of its own, its gateway, and somebody's everyday things. */
import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'dns-packet';
import ssh2 from 'ssh2';
import { WebSocket } from 'ws';
import { appDir } from './app-bundle.mjs';
import { bundle } from './build.mjs';
import { fetchElectron } from './electron-runtime.mjs';
import { STORIES } from './screenshot-stories.mjs';

const TOKEN = 'screenshots';
const LOCALES = { en: 'en_US.UTF-8', 'zh-CN': 'zh_CN.UTF-8' };
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--log-level=3'];

/**
 * The app with a gateway of the development profile, which has sessions, devices and connections. `ends` takes what ends
 * all of it, to be called in reverse order.
 */
export async function openStage(language, ends) {
  const home = newHome(ends);
  const story = STORIES[language];
  const port = await freePort();
  writeFiles(home, {
    gateway: gatewayConfig(port),
    logging: { level: 'debug' },
    ...modelConfig(await answerWith(story.talks, ends)),
  });
  writeConnections(home, story, await startSshHost(ends));
  const { app, page } = await openApp({ home, ends, language, args: ['--dev', '--start-gateway'] });
  await page.getByText(`ws://127.0.0.1:${port}`).first().waitFor();
  await fill({ home, port, ends }, story);
  await announce(story.heard, ends);
  const config = join(home, '.openclaw-dev', 'openclaw.json');
  /** Makes something for the doctor to find. */
  const fallIll = () => chmodSync(config, 0o644);
  return { app, page, fallIll };
}

/** The app as somebody starts it who has never used it. */
export async function openFirstStart(language, ends) {
  const env = { OPENCLAW_GATEWAY_PORT: `${await freePort()}` };
  return openApp({ home: newHome(ends), ends, language, args: [], env });
}

function newHome(ends) {
  const home = mkdtempSync(join(tmpdir(), 'openclaw-screenshots-'));
  ends.push(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Devices come through a proxy, as from another machine; those of this one would be let in without a word. */
const gatewayConfig = (port) => ({
  mode: 'local',
  port,
  auth: { mode: 'token', token: TOKEN },
  trustedProxies: ['127.0.0.1'],
});

const modelConfig = (baseUrl) => ({
  models: { providers: { home: { baseUrl, apiKey: 'none', models: [{ id: 'qwen3', name: 'Qwen 3' }] } } },
  agents: { defaults: { model: { primary: 'home/qwen3' } } },
});

function writeFiles(home, config) {
  const dir = join(home, '.openclaw-dev');
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(dir, 'openclaw.json'), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

/** Gateways that were saved, and a host of `~/.ssh/config` that answers. */
function writeConnections(home, { saved }, sshPort) {
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  const hosts = `Host studio\n  HostName 127.0.0.1\n  Port ${sshPort}\n  User ann\n`;
  writeFileSync(join(home, '.ssh', 'config'), hosts, { mode: 0o600 });
  const connections = saved.map(({ name, ...destination }) => ({ destination, name, isSaved: true }));
  const tray = join(home, '.openclaw-dev', 'tray');
  mkdirSync(tray, { mode: 0o700 });
  writeFileSync(join(tray, 'app.json'), `${JSON.stringify({ connections })}\n`, { mode: 0o600 });
}

/** A model that knows the answers of these talks, behind the API of OpenAI. Resolves to its base URL. */
async function answerWith(talks, ends) {
  const answers = new Map(talks.flatMap(({ turns }) => turns));
  const server = createHttpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { messages = [] } = body === '' ? {} : JSON.parse(body);
    const asked = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content ?? '');
    const [, answer = ''] = [...answers].find(([question]) => asked.includes(question)) ?? [];
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const tell = (delta, finish) =>
      response.write(
        `data: ${JSON.stringify({ id: '1', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
      );
    tell({ role: 'assistant', content: answer }, null);
    tell({}, 'stop');
    response.write(`data: ${JSON.stringify({ id: '1', choices: [], usage: usageOf(body, answer) })}\n\n`);
    response.end('data: [DONE]\n\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return `http://127.0.0.1:${server.address().port}/v1`;
}

/** As models count, roughly. */
const usageOf = (asked, answered) => {
  const [prompt_tokens, completion_tokens] = [asked, answered].map((text) => Math.ceil(text.length / 4));
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
};

/** A host over SSH that lets nobody in: it is there to show its key. Resolves to its port. */
async function startSshHost(ends) {
  const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
  const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
    client.on('authentication', (context) => context.reject()).on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return server.address().port;
}

/** Gateways on the network, announced again every second to programs of this computer and to nobody else. */
async function announce(gateways, ends) {
  const packets = gateways.map(({ name, host, address }) => {
    const service = '_openclaw-gw._tcp.local';
    const instance = `${name} (OpenClaw).${service}`;
    const txt = ['role=gateway', `displayName=${name}`, 'gatewayPort=18789'];
    const answers = [
      { type: 'PTR', name: service, data: instance },
      { type: 'SRV', name: instance, data: { target: `${host}.local`, port: 18_789 } },
      { type: 'TXT', name: instance, data: txt },
      { type: 'A', name: `${host}.local`, data: address },
    ];
    return encode({
      type: 'response',
      flags: 1 << 10,
      answers: answers.map((one) => ({ ...one, ttl: 120 })),
    });
  });
  const socket = createSocket({ type: 'udp4', reuseAddr: true }).bind(5353);
  await once(socket, 'listening');
  socket.setMulticastTTL(0);
  const interfaces = Object.values(networkInterfaces()).flat();
  const own = interfaces.filter(({ family, internal }) => family === 'IPv4' && !internal);
  const timer = setInterval(() => {
    for (const { address } of own) {
      socket.setMulticastInterface(address);
      for (const packet of packets) socket.send(packet, 5353, '224.0.0.251', () => {});
    }
  }, 1_000);
  ends.push(() => {
    clearInterval(timer);
    socket.close();
  });
}

async function fill({ home, port, ends }, { talks, paired, asking }) {
  for (const { key, label, turns } of talks) {
    for (const [message] of turns)
      await cli(home, ['--dev', 'agent', '--session', key, '--message', message]);
    await cli(home, ['--dev', 'sessions', 'rename', key, label]);
  }
  const laptop = newDevice({ displayName: paired, platform: 'darwin' }, ['operator.read', 'operator.write']);
  await once(await connect(port, laptop), 'close');
  await cli(home, ['--dev', 'devices', 'approve']);
  const socket = await connect(port, laptop);
  ends.push(() => socket.terminate());
  const tablet = newDevice({ displayName: asking, platform: 'android' }, ['operator.admin', 'operator.read']);
  await once(await connect(port, tablet), 'close');
  for (const command of [
    'health',
    'status',
    'usage-cost',
    'health',
    'status',
    'health',
    'status',
    'health',
    'status',
  ])
    await cli(home, ['--dev', 'gateway', command]);
}

const newDevice = (facts, scopes) => ({ keys: generateKeyPairSync('ed25519'), facts, scopes });

/** A device asks to be let in; whoever has not been approved yet is shown out. */
async function connect(port, { keys, facts, scopes }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { 'x-forwarded-for': '198.51.100.7' } });
  const [frame] = await once(socket, 'message');
  const { nonce, ts: signedAt } = JSON.parse(String(frame)).payload;
  const client = { id: 'gateway-client', mode: 'ui', version: '1.0.0', ...facts };
  const raw = keys.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const id = createHash('sha256').update(raw).digest('hex');
  const said = [id, client.id, client.mode, 'operator', scopes.join(','), signedAt, TOKEN, nonce];
  const payload = ['v3', ...said, client.platform, ''].join('|');
  const signature = sign(null, Buffer.from(payload), keys.privateKey).toString('base64url');
  const device = { id, publicKey: raw.toString('base64url'), signature, signedAt, nonce };
  const params = {
    minProtocol: 4,
    maxProtocol: 4,
    client,
    role: 'operator',
    scopes,
    device,
    auth: { token: TOKEN },
  };
  socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
  return socket;
}

async function cli(home, args) {
  const child = spawn(process.execPath, [bundle, ...args], { env: envOf(home), stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`openclaw ${args.join(' ')}: exit code ${code}`);
}

const envOf = (home, more = {}) => ({
  PATH: process.env.PATH,
  HOME: home,
  OPENCLAW_DISABLE_BONJOUR: '1',
  ...more,
});

async function openApp({ home, ends, language, args, env }) {
  const { _electron } = await import('playwright-core');
  const executablePath = await fetchElectron();
  if (!executablePath) throw new Error('There is no Electron, and it could not be fetched.');
  const app = await _electron.launch({
    executablePath,
    args: [...FLAGS, appDir, ...args],
    cwd: home,
    env: envOf(home, { DISPLAY: await screen(ends), LANG: LOCALES[language], ...env }),
  });
  ends.push(async () => {
    const gone = once(app.process(), 'exit');
    app.process().kill('SIGTERM');
    await gone;
  });
  const page = await app.firstWindow();
  await page.locator(`html[lang="${language}"]`).waitFor();
  return { app, page };
}

/** A screen of its own where there can be one: pictures of the menu are of the screen. */
async function screen(ends) {
  const args = ['-screen', '0', '1080x900x24', '-nolisten', 'tcp', '-displayfd', '3'];
  const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await Promise.race([
    once(server.stdio[3], 'data'),
    once(server, 'error').then(() => undefined),
  ]);
  if (number === undefined) return process.env.DISPLAY;
  ends.push(() => server.kill());
  return `:${String(number).trim()}`;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
