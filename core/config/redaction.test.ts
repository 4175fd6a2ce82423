import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectSecrets, REDACTED, redactConfig } from './redaction.ts';
import { restoreRedacted } from './sentinel.ts';

const CANARY = 'canary-5f2c9e';
const shown = (value: unknown, known: string[] = []): unknown => redactConfig(value, known).value;

describe('redactConfig', () => {
  it('hides every spelling of a secret key, at any depth', () => {
    const keys = [
      'token',
      'botToken',
      'BOT_TOKEN',
      'api-key',
      'apiKey',
      'apikey',
      'x_api_key',
      'Password',
      'clientSecret',
      'privateKey',
      'passphrase',
      'serviceAccount',
      'credentials',
      'Authorization',
    ];
    for (const key of keys) {
      for (const value of [CANARY, [CANARY], { nested: [{ deep: CANARY }] }]) {
        expect(JSON.stringify(shown({ a: { b: [{ [key]: value }] } })), key).not.toContain(CANARY);
      }
    }
  });

  it('hides variables, headers and parts of TLS material', () => {
    const config = {
      env: { vars: { ANY: CANARY }, OTHER: CANARY, shellEnv: { timeoutMs: 5 } },
      mcp: { servers: { x: { env: { HOME: CANARY }, headers: { 'X-Any': CANARY } } } },
      models: { providers: { p: { request: { tls: { key: CANARY }, auth: { value: CANARY } } } } },
      hooks: { mappings: [{ sessionKey: CANARY }] },
      gateway: { remote: { edgeAuth: { id: CANARY } } },
    };
    expect(JSON.stringify(shown(config))).not.toContain(CANARY);
    expect(shown(config)).toMatchObject({ env: { shellEnv: { timeoutMs: 5 } } });
  });

  it('hides a password in a URL and a known secret wherever it stands', () => {
    expect(shown({ url: `ws://ada:${CANARY}@host` })).toEqual({ url: REDACTED });
    expect(shown({ note: `it is ${CANARY}!` }, [CANARY])).toEqual({ note: REDACTED });
    expect(collectSecrets({ gateway: { auth: { token: CANARY } } })).toEqual([CANARY]);
  });

  it('hides a private key that an attacker brings to a place with an innocent name', () => {
    const pem = (kind: string): string => `-----BEGIN ${kind}PRIVATE KEY-----\n${CANARY}\n-----END`;
    const config = { plugins: { a: pem(''), b: [pem('RSA ')], c: pem('ENCRYPTED '), d: pem('OPENSSH ') } };
    expect(JSON.stringify(shown(config))).not.toContain(CANARY);
    expect(shown({ privateKeyPem: CANARY, privateKeysPem: [CANARY] })).toEqual({
      privateKeyPem: REDACTED,
      privateKeysPem: [REDACTED],
    });
    const open = { publicKeyPem: `-----BEGIN PUBLIC KEY-----\n${CANARY}` };
    expect(shown(open)).toEqual(open);
  });

  it('leaves counts, files, references and placeholders of variables readable', () => {
    const config = {
      maxTokens: 4096,
      tokenFile: '/etc/t',
      auth: { token: `\${TOK}`, password: { source: 'env', provider: 'default', id: 'PW' } },
      token: '',
      enabled: true,
    };
    expect(redactConfig(config)).toEqual({ value: config, redacted: false });
  });

  it('never changes the shape of a configuration', () => {
    fc.assert(
      fc.property(fc.object({ key: fc.constantFrom('token', 'a', 'env', 'headers', 'list') }), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        const restored = restoreRedacted(shown(plain), plain);
        expect(restored.missing).toEqual([]);
        expect(restored.value).toEqual(plain);
      }),
    );
  });
});

describe('restoreRedacted', () => {
  it('keeps the stored secret at the same path and names paths without one', () => {
    const stored = { gateway: { auth: { token: 'old' } } };
    expect(restoreRedacted({ gateway: { auth: { token: REDACTED } }, x: 1 }, stored)).toEqual({
      value: { gateway: { auth: { token: 'old' } }, x: 1 },
      missing: [],
    });
    expect(restoreRedacted({ gateway: { auth: { password: REDACTED } } }, stored).missing).toEqual([
      'gateway.auth.password',
    ]);
    expect(restoreRedacted({ note: `x ${REDACTED}` }, { note: 'y' }).missing).toEqual(['note']);
    expect(restoreRedacted({ toString: REDACTED }, {}).missing).toEqual(['toString']);
  });

  it('follows elements of a list by id and never moves a secret to another element', () => {
    const stored = {
      l: [
        { id: 'a', token: '1' },
        { id: 'b', token: '2' },
      ],
      m: [{ token: '1' }, { token: '2' }],
    };
    expect(restoreRedacted({ l: [{ id: 'b', token: REDACTED }] }, stored).value).toEqual({
      l: [{ id: 'b', token: '2' }],
    });
    expect(restoreRedacted({ m: [{ token: REDACTED }] }, stored).missing).toEqual(['m.0.token']);
  });
});
