import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSshTarget, targetText } from './ssh-target.ts';

test.each([
  ['ann@host', { user: 'ann', host: 'host' }],
  ['host', { host: 'host' }],
  ['ann@host.example:2222', { user: 'ann', host: 'host.example', port: 2222 }],
  ['ann@192.0.2.7:22', { user: 'ann', host: '192.0.2.7', port: 22 }],
  ['ann@[2001:db8::1]', { user: 'ann', host: '2001:db8::1' }],
  ['[fe80::1%eth0]:2022', { host: 'fe80::1%eth0', port: 2022 }],
  ['a.b-c_d+e@my_alias', { user: 'a.b-c_d+e', host: 'my_alias' }],
])('%s is understood, and written the same', (text, target) => {
  expect(parseSshTarget(text)).toEqual({ ok: true, target });
  expect(targetText(target)).toBe(text);
});

test.each([
  ['', 'empty'],
  ['-oProxyCommand=touch%20x', 'dash'],
  ['ann@-oProxyCommand=x', 'dash'],
  ['-l@host', 'dash'],
  ['ann@host name', 'characters'],
  ['ann@host\n', 'characters'],
  ['ann@ho\u001b[31mst', 'characters'],
  ['ann@hö.example', 'characters'],
  ['@host', 'user'],
  ['a;b@host', 'user'],
  ['ann@', 'host'],
  ['ann@host/x', 'host'],
  ['ann@$(id)', 'host'],
  ['ann@host;id', 'host'],
  ['ann@host:22:33', 'host'],
  ['ann@2001:db8::1', 'brackets'],
  ['ann@[host]', 'host'],
  ['ann@[::1', 'host'],
  ['ann@[::1]x', 'host'],
  ['ann@host:', 'port'],
  ['ann@host:0', 'port'],
  ['ann@host:65536', 'port'],
  ['ann@host:2e1', 'port'],
])('%j is refused: %s', (text, fault) => {
  expect(parseSshTarget(text)).toEqual({ ok: false, fault });
});

test('what is accepted begins no part with a dash and holds nothing but plain characters', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseSshTarget(text);
      if (!parsed.ok) return;
      expect(targetText(parsed.target)).toMatch(/^[\w.+$%[\]:@-]+$/);
      expect([parsed.target.user, parsed.target.host].some((part) => part?.startsWith('-'))).toBe(false);
    }),
  );
});
