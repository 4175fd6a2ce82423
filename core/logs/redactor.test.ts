import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from './redactor.ts';

const redactorOf = (...values: string[]) => {
  const redactor = createRedactor();
  for (const value of values) redactor.add(value);
  return redactor;
};

describe('a registered secret', () => {
  const secret = 'pä$$/w"ord+1 é?';
  const redactor = redactorOf(secret);

  it.each([
    ['in clear', secret],
    ['inside JSON', JSON.stringify({ a: secret })],
    ['inside JSON inside JSON', JSON.stringify(JSON.stringify({ a: secret }))],
    ['URL-encoded', encodeURIComponent(secret)],
    ['URL-encoded in lower case', encodeURIComponent(secret).toLowerCase()],
    ['as a form field', new URLSearchParams({ q: secret }).toString()],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in base64 of a longer text', Buffer.from(`user:${secret}!`).toString('base64')],
  ])('is hidden %s', (_name, shown) => {
    const before = `x ${shown} y`;
    const after = redactor.redact(before);
    expect(after).toContain('***');
    expect(after).not.toContain(shown.slice(-12, -4));
    expect(after.startsWith('x ')).toBe(true);
    expect(after.endsWith(' y')).toBe(true);
  });

  it('is ignored when it is shorter than four characters', () => {
    expect(redactorOf('abc').redact('abcabc')).toBe('abcabc');
  });

  it('is hidden as a whole when another secret is a part of it', () => {
    expect(redactorOf('hunter', 'hunter2000').redact('hunter2000 hunter')).toBe('*** ***');
  });

  it('never survives, in any of its forms, wherever it stands and whatever else is registered', () => {
    const secretText = fc.string({ minLength: 4, maxLength: 24, unit: 'grapheme' });
    fc.assert(
      fc.property(
        fc.array(secretText, { minLength: 1, maxLength: 4 }),
        fc.string(),
        fc.string(),
        (secrets, left, right) => {
          const redact = redactorOf(...secrets).redact;
          for (const value of secrets) {
            for (const form of [
              value,
              JSON.stringify(value).slice(1, -1),
              Buffer.from(value).toString('base64'),
            ]) {
              const shown = redact(`${left}${form}${right}`);
              for (const other of secrets) if (other.length >= 4) expect(shown).not.toContain(other);
              if (form.length >= 4) expect(shown).not.toContain(form);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('may hold half a surrogate pair without breaking anything', () => {
    expect(redactorOf('abc\ud800d').redact('=abc\ud800d=')).toBe('=***=');
  });
});

describe('text that looks like a secret', () => {
  const { redact } = createRedactor();

  it.each([
    ['Authorization: Bearer abcdefghijk', 'Authorization: ***'],
    ['sent bearer abcdefghijk to it', 'sent bearer *** to it'],
    ['{"authorization":"Basic dXNlcjpwdw==","x":1}', '{"authorization":"***","x":1}'],
    ['GET /?token=abc123&x=1', 'GET /?token=***&x=1'],
    ['ws://h:1/?gatewayToken=abc#frag', 'ws://h:1/?gatewayToken=***#frag'],
    ['redirect=%2F%3Ftoken%3Dabc', 'redirect=%2F%3Ftoken%3D***'],
    ['http://user:hunter2@host/x', 'http://user:***@host/x'],
    ['{"token":"a\\"b","n":1}', '{"token":"***","n":1}'],
    ['"{\\"password\\":\\"x y\\",\\"n\\":1}"', '"{\\"password\\":\\"***\\",\\"n\\":1}"'],
    ["{ deviceToken: 'abc', n: 1 }", "{ deviceToken: '***', n: 1 }"],
    ['password=hunter2, next', 'password=***, next'],
    ['run --token abcdefgh12 --port 1', 'run --token *** --port 1'],
    ['key sk-abcdefghijklmnop0123 used', 'key *** used'],
    ['Cookie: a=b; c=d', 'Cookie: ***'],
    ['-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----', '***'],
    ['a -----BEGIN EC PRIVATE KEY-----\\nMC4CAQ', 'a ***'],
  ])('is hidden: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    'unauthorized: gateway token mismatch (set gateway.auth.token)',
    'Gateway auth is set to password, but no password is configured.',
    'Fix: pass --token or --password (or gatewayToken in tools).',
    'http://127.0.0.1:18789/healthz',
    'inputTokens=12 outputTokens=3 totalTokens: 15',
    'see https://example.org/a?b=c',
  ])('is not seen in ordinary text: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('takes time in proportion to the text, also for text made to confuse it', () => {
    for (const piece of ['--', '-----BEGIN ', 'token:"', '//a:', 'eyJ', '\\"', 'secret=', 'bearer  ']) {
      expect(() => redact(piece.repeat(100_000))).not.toThrow();
    }
  }, 10_000);
});
