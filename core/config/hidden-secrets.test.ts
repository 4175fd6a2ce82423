import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHiddenSecrets } from './hidden-secrets.ts';

const TEXT = `{
  // the old one was "token": "commented-out-secret"
  gateway: {
    port: 18789, /* password: hunter22222 */
    auth: { mode: 'token', token: 'sixteen-chars-ok' },
    remote: { url: "wss://user:pass-in-url@host/", token: 123456789 },
  },
  env: { MY_KEY: "from-env-block" },
  models: { providers: { x: { apiKey: { source: 'env', provider: 'default', id: 'X_KEY' } } } },
  note: "sixteen-chars-ok again", // sixteen-chars-ok
}
`;
const SECRETS = [
  'commented-out-secret',
  'hunter22222',
  'sixteen-chars-ok',
  'pass-in-url',
  '123456789',
  'from-env-block',
];

describe('secrets of a configuration text', () => {
  it('are hidden in values and comments, and everything else stays as it is', () => {
    const shown = createHiddenSecrets().hide(TEXT, ['sixteen-chars-ok']);
    for (const secret of SECRETS) expect(shown).not.toContain(secret);
    expect(shown).toContain('port: 18789, /* password: ');
    expect(shown).toContain(`{ source: 'env', provider: 'default', id: 'X_KEY' }`);
    expect(shown.split('\n').length).toBe(TEXT.split('\n').length);
  });

  it('come back where their placeholders stand, also when those have moved', () => {
    const secrets = createHiddenSecrets();
    const shown = secrets.hide(TEXT, ['sixteen-chars-ok']);
    expect(secrets.restore(shown)).toEqual({ text: TEXT, isComplete: true });
    const [token] = /"__OPENCLAW_REDACTED__#\d+"/.exec(shown.slice(shown.indexOf("mode: 'token'"))) ?? [];
    expect(secrets.restore(`{ moved: ${token} }`).text).toBe(`{ moved: 'sixteen-chars-ok' }`);
  });

  it('keep their number when the file has changed in between', () => {
    const secrets = createHiddenSecrets();
    const first = secrets.hide('{ token: "aaaaaaaa", password: "bbbbbbbb" }');
    secrets.hide('{ password: "bbbbbbbb" }');
    expect(secrets.restore(first).text).toBe('{ token: "aaaaaaaa", password: "bbbbbbbb" }');
  });

  it('are hidden by the names of keys where the text is broken', () => {
    const shown = createHiddenSecrets().hide(
      '{ token: "broken-secret", tokens: ["one-secret", "two-secret"], OPENAI_KEY: plainword, port: 1 ',
      ['seen-elsewhere'],
    );
    for (const secret of ['broken-secret', 'one-secret', 'two-secret', 'plainword'])
      expect(shown).not.toContain(secret);
    expect(shown).toContain('port: 1');
  });

  it('leaves the prose of comments alone', () => {
    const text = '{ // NOTE: restarting, see the token: it\n}';
    expect(createHiddenSecrets().hide(text)).toBe(text);
  });

  it('are never made up: a placeholder without a secret is told', () => {
    const secrets = createHiddenSecrets();
    for (const text of ['{ token: "__OPENCLAW_REDACTED__#7" }', '{ token: "__OPENCLAW_REDACTED__" }'])
      expect(secrets.restore(text)).toEqual({ text, isComplete: false });
    secrets.hide('{ token: "aaaaaaaa" }');
    expect(secrets.restore('{ token: "Bearer __OPENCLAW_REDACTED__#1" }').isComplete).toBe(false);
  });

  it('always come back as they were', () => {
    const secret = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(secret, secret, fc.integer(), (token, note, number) => {
        const text = JSON.stringify({
          gateway: { auth: { token, password: number } },
          note,
          env: { A: note },
        });
        const secrets = createHiddenSecrets();
        expect(secrets.restore(secrets.hide(text, [token])).text).toBe(text);
      }),
    );
  });
});
