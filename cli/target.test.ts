import { expect, test } from 'vitest';
import { resolveTarget } from './target.ts';

const remote = {
  gateway: { mode: 'remote', port: 7, remote: { url: 'wss://far.example', tlsFingerprint: 'AB' } },
};
const base = { env: {}, config: {}, dev: false };

test('without anything the target is the gateway of this machine on the default port', () => {
  expect(resolveTarget(base)).toEqual({
    url: 'ws://127.0.0.1:18789',
    source: 'local loopback',
    port: 18_789,
    isLoopback: true,
    bindDetail: 'Bind: loopback',
  });
});

test.each([
  ['--port first', { port: 1 }, { OPENCLAW_GATEWAY_PORT: '2' }, { gateway: { port: 3 } }, false, 1],
  ['then the environment', {}, { OPENCLAW_GATEWAY_PORT: '2' }, { gateway: { port: 3 } }, false, 2],
  ['then the configuration', {}, {}, { gateway: { port: 3 } }, true, 3],
  ['then the port of the profile dev', {}, {}, {}, true, 19_001],
  ['then the default', {}, { OPENCLAW_GATEWAY_PORT: ' ' }, { gateway: { port: 'x' } }, false, 18_789],
])('the local port: %s', (_, flags, env, config, dev, port) => {
  expect(resolveTarget({ ...base, ...flags, env, config, dev }).port).toBe(port);
});

test.each([
  ['--url first', { url: 'ws://127.0.0.1:1' }, { OPENCLAW_GATEWAY_URL: 'wss://b.example' }, 'cli --url'],
  [
    '--port beats the environment',
    { port: 5 },
    { OPENCLAW_GATEWAY_URL: 'wss://b.example' },
    'local loopback',
  ],
  ['then the environment', {}, { OPENCLAW_GATEWAY_URL: 'wss://b.example' }, 'env OPENCLAW_GATEWAY_URL'],
  ['then gateway.remote.url', {}, {}, 'config gateway.remote.url'],
])('the target in mode remote: %s', (_, flags, env, source) => {
  expect(resolveTarget({ ...base, ...flags, env, config: remote }).source).toBe(source);
});

test('a remote target carries the pin of its certificate and no bind detail', () => {
  const target = resolveTarget({ ...base, config: remote });
  expect(target).toEqual({
    url: 'wss://far.example:443',
    source: 'config gateway.remote.url',
    port: 443,
    isLoopback: false,
    tlsFingerprint: 'AB',
  });
});

test('gateway.remote.url counts in mode remote only', () => {
  const config = { gateway: { ...remote.gateway, mode: 'local' } };
  expect(resolveTarget({ ...base, config }).url).toBe('ws://127.0.0.1:7');
});

test('mode remote without an address is told, and nothing else is asked instead', () => {
  expect(() => resolveTarget({ ...base, config: { gateway: { mode: 'remote' } } })).toThrow(
    /gateway\.remote\.url is not set/,
  );
});

test('http and https addresses are taken for ws and wss', () => {
  expect(resolveTarget({ ...base, url: 'http://127.0.0.1:9' }).url).toBe('ws://127.0.0.1:9');
  expect(resolveTarget({ ...base, url: 'HTTPS://gw.example/' }).url).toBe('wss://gw.example:443');
});

test('TLS on this machine is spoken over wss, and the bind mode is told', () => {
  const target = resolveTarget({ ...base, config: { gateway: { tls: { enabled: true }, bind: 'lan' } } });
  expect(target).toMatchObject({ url: 'wss://127.0.0.1:18789', bindDetail: 'Bind: lan' });
});

test('--url and --port contradict each other', () => {
  expect(() => resolveTarget({ ...base, url: 'ws://127.0.0.1:1', port: 2 })).toThrow(
    'Use either --url or --port.',
  );
});

test('an address that cannot be used is not repeated, because it may hold a secret', () => {
  for (const url of ['ws://user:hunter2@h', 'ws://h/?token=hunter2', 'ftp://hunter2', 'hunter2']) {
    expect(() => resolveTarget({ ...base, url })).toThrow(/^Invalid --url\. (?!.*hunter2)/s);
  }
});

test('only a parsed loopback address is one, whatever a name begins with', () => {
  const isLoopback = (url: string) => resolveTarget({ ...base, url }).isLoopback;
  expect(['ws://127.0.0.1', 'ws://[::1]', 'ws://localhost', 'ws://127.9.9.9'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['ws://127.evil.example', 'ws://localhost.evil.example', 'ws://0.0.0.0'].map(isLoopback)).toEqual([
    false,
    false,
    false,
  ]);
});

test('a port in the environment that is none is an error', () => {
  expect(() => resolveTarget({ ...base, env: { OPENCLAW_GATEWAY_PORT: '99999' } })).toThrow(
    'OPENCLAW_GATEWAY_PORT is not a port number',
  );
});

test('a gateway that runs on this state directory is asked at its own port', () => {
  const running = { port: 19_150, pid: 7 };
  expect(resolveTarget({ ...base, running })).toMatchObject({
    url: 'ws://127.0.0.1:19150',
    portDetail: 'Port: 19150, where the gateway of this state directory runs (pid 7); configured is 18789',
  });
  expect(resolveTarget({ ...base, running, config: { gateway: { port: 19_150 } } })).not.toHaveProperty(
    'portDetail',
  );
});

test.each([
  ['--port', { port: 5 }, {}, {}, 'ws://127.0.0.1:5'],
  ['OPENCLAW_GATEWAY_PORT', {}, { OPENCLAW_GATEWAY_PORT: '6' }, {}, 'ws://127.0.0.1:6'],
  ['--url', { url: 'ws://127.0.0.1:8' }, {}, {}, 'ws://127.0.0.1:8'],
  ['mode remote', {}, {}, remote, 'wss://far.example:443'],
])('the port of the running gateway does not override %s', (_, flags, env, config, url) => {
  const running = { port: 19_150, pid: 7 };
  const target = resolveTarget({ ...base, ...flags, env, config, running });
  expect(target.url).toBe(url);
  expect(target).not.toHaveProperty('portDetail');
});

test('mode remote without an address names the command as it has to be typed', () => {
  const config = { gateway: { mode: 'remote' } };
  expect(() => resolveTarget({ ...base, config, command: 'openclaw --profile r' })).toThrow(
    'Fix: openclaw --profile r config set gateway.remote.url wss://<host>',
  );
});

test('a gateway behind SSH without an address is told with what goes through SSH, unless it is asked directly', () => {
  const behind = (more: object) => ({
    gateway: { mode: 'remote', remote: { sshTarget: 'ann@box', ...more } },
  });
  expect(() => resolveTarget({ ...base, config: behind({}) })).toThrow(
    /openclaw tunnel .*openclaw gateway probe/s,
  );
  expect(() => resolveTarget({ ...base, config: behind({ transport: 'direct' }) })).toThrow(
    'gateway.remote.url is not set',
  );
  const url = 'ws://127.0.0.1:18790';
  expect(resolveTarget({ ...base, config: behind({ url }) })).toMatchObject({ url });
});
