import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEndpoint, reachOfAddress } from './endpoint.ts';

describe('a gateway address', () => {
  it.each([
    ['ws://127.0.0.1:18789', 'ws://127.0.0.1:18789'],
    ['ws://127.0.0.1:18789/', 'ws://127.0.0.1:18789'],
    ['WS://LOCALHOST:18789', 'ws://localhost:18789'],
    ['ws://127.1:18789', 'ws://127.0.0.1:18789'],
    ['ws://0x7f000001:18789', 'ws://127.0.0.1:18789'],
    ['wss://Gateway.Example', 'wss://gateway.example:443'],
    ['ws://gateway.example', 'ws://gateway.example:80'],
    ['ws://[0:0:0:0:0:0:0:1]:1', 'ws://[::1]:1'],
    ['wss://gateway.example/claw', 'wss://gateway.example:443/claw'],
  ])('%s has the one canonical form %s', (text, url) => {
    expect(parseEndpoint(text).url).toBe(url);
  });

  it('gives IPv6 hosts without brackets, as sockets want them', () => {
    expect(parseEndpoint('wss://[::1]:8443')).toMatchObject({ host: '::1', port: 8443, secure: true });
  });

  it.each([
    'http://127.0.0.1:18789',
    'file:///etc/passwd',
    '127.0.0.1:18789',
    '',
    'ws://',
    'ws://127.0.0.1:0',
    'ws://user:hunter2@127.0.0.1:1',
    'ws://hunter2@127.0.0.1:1',
    'ws://127.0.0.1:1/?token=hunter2',
    'ws://127.0.0.1:1/#token=hunter2',
  ])('%s is refused with the next step and without repeating what may be a secret', (text) => {
    expect(() => parseEndpoint(text)).toThrow(
      expect.objectContaining({
        code: 'BAD_ARGUMENT',
        message: expect.stringMatching(/^(?!.*hunter2).*Give an address like ws:/),
      }),
    );
  });
});

describe('how far away an address is', () => {
  it.each([
    ['ws://localhost:1', 'loopback'],
    ['ws://127.0.0.1:1', 'loopback'],
    ['ws://127.8.8.8:1', 'loopback'],
    ['ws://[::1]:1', 'loopback'],
    ['ws://[::ffff:127.0.0.1]:1', 'loopback'],
    ['ws://10.1.2.3:1', 'private'],
    ['ws://172.31.0.1:1', 'private'],
    ['ws://192.168.1.1:1', 'private'],
    ['ws://100.100.1.1:1', 'private'],
    ['ws://[fd00::1]:1', 'private'],
    ['ws://[fe80::1]:1', 'private'],
    ['ws://172.32.0.1:1', 'remote'],
    ['ws://192.0.2.77:1', 'remote'],
    ['ws://0.0.0.0:1', 'remote'],
    ['ws://[::]:1', 'remote'],
    ['ws://[2001:db8::1]:1', 'remote'],
    ['ws://[::ffff:192.0.2.77]:1', 'remote'],
    ['ws://127.evil.com:1', 'name'],
    ['ws://127.0.0.1.evil.com:1', 'name'],
    ['ws://localhost.evil:1', 'name'],
    ['ws://localhost.:1', 'name'],
    ['ws://evil-localhost:1', 'name'],
  ])('%s is %s', (text, reach) => {
    expect(parseEndpoint(text).reach).toBe(reach);
  });

  it('is never decided by how a name begins or ends', () => {
    const label = fc.stringMatching(/^[a-z]{1,10}$/);
    fc.assert(
      fc.property(label, fc.constantFrom('127.0.0.1', '127', 'localhost', '10.0.0.1'), (evil, local) => {
        expect(parseEndpoint(`ws://${local}.${evil}:1`).reach).toBe('name');
        expect(parseEndpoint(`ws://${evil}${local.replaceAll('.', '-')}.test:1`).reach).toBe('name');
      }),
    );
  });

  it('counts text that is no address as remote', () => {
    expect(reachOfAddress('localhost')).toBe('remote');
  });
});
