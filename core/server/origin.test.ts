import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { browserOriginAllowed, type Origin, originOf, type Refusal } from './origin.ts';
import { serverSettings } from './settings.ts';

interface Arrival {
  headers: Record<string, string>;
  remote?: string;
  local?: string;
}

function arrive({ headers, remote = '127.0.0.1', local = '127.0.0.1' }: Arrival): IncomingMessage {
  const headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, [text]]));
  const socket = { remoteAddress: remote, localAddress: local };
  return { headers, headersDistinct, socket } as unknown as IncomingMessage;
}

const policyOf = (gateway: object = {}) => serverSettings({ gateway }, ['Workshop', 'workshop.local']).origin;

function outcome(arrival: Arrival, gateway: object = {}): string {
  const origin = originOf(arrive(arrival), policyOf(gateway));
  return 'status' in origin ? origin.type : 'ok';
}

function accepted(arrival: Arrival, gateway: object = {}): Origin {
  const origin = originOf(arrive(arrival), policyOf(gateway));
  if ('status' in origin) throw new Error((origin as Refusal).message);
  return origin;
}

describe('the Host header', () => {
  const ours = [
    'localhost',
    'LocalHost:18789',
    '127.0.0.1:18789',
    '127.9.9.9',
    '[::1]:18789',
    'workshop',
    'WORKSHOP.local:1',
  ];
  for (const host of ours) {
    it(`may be ${host}`, () => expect(outcome({ headers: { host } })).toBe('ok'));
  }

  const foreign = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '127.evil.example',
    'localhost.',
    'evil.localhost',
    '0.0.0.0',
    '192.0.2.2',
    '[fd00::2]',
    'user@localhost',
    'localhost/..',
    'localhost evil',
    'xn--lclhost-8wa',
    '',
  ];
  for (const host of foreign) {
    it(`may not be ${host || 'empty'} on a loopback socket`, () =>
      expect(outcome({ headers: { host } })).toBe('host_not_allowed'));
  }

  it('may not be absent', () => expect(outcome({ headers: {} })).toBe('host_not_allowed'));

  it('may be any address literal on a socket that is reached from outside, for that cannot be rebound', () => {
    const outside = { remote: '192.0.2.9', local: '192.0.2.2' };
    for (const host of ['192.0.2.2:18789', '[fd00::2]', 'localhost'])
      expect(outcome({ ...outside, headers: { host } })).toBe('ok');
    expect(outcome({ ...outside, headers: { host: 'evil.example' } })).toBe('host_not_allowed');
  });

  it('may be that of an allowed origin or of the public one', () => {
    const gateway = {
      controlUi: { allowedOrigins: ['https://Claw.example', 'http://[fd00::2]:8080', '*', 'nonsense'] },
      publicOrigin: 'https://public.example:8443',
    };
    for (const host of ['claw.example', 'CLAW.example:9', 'public.example', '[fd00::2]:8080'])
      expect(outcome({ headers: { host } }, gateway), host).toBe('ok');
    for (const host of ['evil.example', '*', 'nonsense'])
      expect(outcome({ headers: { host } }, gateway)).toBe('host_not_allowed');
  });
});

describe('forwarding headers', () => {
  const names =
    'forwarded via x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-real-ip x-client-ip ' +
    'cf-connecting-ip true-client-ip tailscale-user-login';
  for (const name of names.split(' ')) {
    it(`such as ${name} are refused from an address that is no trusted proxy`, () => {
      const headers = { host: 'localhost', [name]: '127.0.0.1' };
      expect(outcome({ headers })).toBe('proxy_attribution_required');
      expect(outcome({ headers }, { trustedProxies: ['10.0.0.1'] })).toBe('proxy_attribution_required');
    });

    it(`such as ${name} end what is local, though the proxy be on this machine`, () => {
      const headers = { host: 'localhost', [name]: '127.0.0.1' };
      expect(accepted({ headers }, { trustedProxies: ['127.0.0.1'] }).directLocal).toBe(false);
    });
  }

  const addressOf = (chain: string, gateway: object = {}) =>
    accepted(
      { headers: { host: 'localhost', 'x-forwarded-for': chain }, remote: '10.0.0.1', local: '10.0.0.2' },
      { trustedProxies: ['10.0.0.0/8'], ...gateway },
    ).address;

  it('give the nearest hop that is no proxy of ours', () => {
    expect(addressOf('198.51.100.7')).toBe('198.51.100.7');
    expect(addressOf('1.1.1.1, 198.51.100.7')).toBe('198.51.100.7');
    expect(addressOf('1.1.1.1,198.51.100.7,10.9.9.9')).toBe('198.51.100.7');
    expect(addressOf('::ffff:198.51.100.7')).toBe('198.51.100.7');
    expect(addressOf('198.51.100.7:4711')).toBe('198.51.100.7');
    expect(addressOf('[2001:DB8::7]:4711')).toBe('2001:db8::7');
  });

  it('give the proxy itself when the nearest hop cannot be read, never what stands to the left of it', () => {
    for (const chain of ['1.1.1.1, unknown', '1.1.1.1, ', '', '10.3.3.3', '1.1.1.1, evil.example'])
      expect(addressOf(chain), chain).toBe('10.0.0.1');
  });

  it('give X-Real-IP only where that is allowed and nothing else speaks', () => {
    const real = { host: 'localhost', 'x-real-ip': '198.51.100.7' };
    const trusted = { trustedProxies: ['127.0.0.1'] };
    expect(accepted({ headers: real }, trusted).address).toBe('127.0.0.1');
    expect(accepted({ headers: real }, { ...trusted, allowRealIpFallback: true }).address).toBe(
      '198.51.100.7',
    );
  });
});

describe('a direct local request', () => {
  const directLocal = (arrival: Arrival) => accepted(arrival).directLocal;

  it('has loopback at both ends', () => {
    const host = { host: 'localhost' };
    expect(directLocal({ headers: host })).toBe(true);
    expect(directLocal({ headers: host, remote: '::ffff:127.0.0.1', local: '::ffff:127.0.0.1' })).toBe(true);
    expect(directLocal({ headers: host, remote: '::1', local: '::1' })).toBe(true);
    expect(directLocal({ headers: host, remote: '192.0.2.9', local: '192.0.2.2' })).toBe(false);
    expect(directLocal({ headers: host, remote: '192.0.2.2', local: '192.0.2.2' })).toBe(false);
  });
});

describe('the Origin header', () => {
  const allowed = (origin: string | undefined, host: string, gateway: object = {}): boolean => {
    const headers = { host, ...(origin === undefined ? {} : { origin }) };
    return browserOriginAllowed(accepted({ headers }, gateway), policyOf(gateway));
  };

  it('is good when it is the host that was asked for', () => {
    expect(allowed('http://localhost:18789', 'localhost:18789')).toBe(true);
    expect(allowed('http://LOCALHOST:18789', 'localhost:18789')).toBe(true);
    expect(allowed('http://[::1]:18789', '[::1]:18789')).toBe(true);
  });

  it('is not good when it is another host, another port, or none', () => {
    for (const origin of [
      undefined,
      'null',
      'http://localhost:3000',
      'http://127.0.0.1:18789',
      'http://evil.example',
      'http://localhost:18789.evil.example',
      'nonsense',
    ]) {
      expect(allowed(origin, 'localhost:18789'), origin).toBe(false);
    }
  });

  it('is good when it is listed, and everything is when the list says so', () => {
    const listed = { controlUi: { allowedOrigins: ['https://claw.example'] } };
    expect(allowed('https://CLAW.example', 'localhost', listed)).toBe(true);
    expect(allowed('http://claw.example', 'localhost', listed)).toBe(false);
    expect(allowed('https://claw.example.evil.example', 'localhost', listed)).toBe(false);
    expect(allowed('https://any.example', 'localhost', { controlUi: { allowedOrigins: ['*'] } })).toBe(true);
  });
});
