import { describe, expect, it } from 'vitest';
import { parseSchema, readConfigSchema } from './schema.ts';
import { unknownKeyIssue, validateConfig } from './validation.ts';

const schema = readConfigSchema();
const check = (config: unknown): string[] => {
  const { issues, unknown } = validateConfig(schema, config);
  return [...issues, ...unknown.map(unknownKeyIssue)].map(
    ({ path, message }) => `${path || '<root>'}: ${message}`,
  );
};

describe('validateConfig', () => {
  it('words problems as the other OpenClaw programs do', () => {
    expect(check({ gateway: { port: 'x' } })).toEqual([
      'gateway.port: Invalid input: expected number, received string',
    ]);
    expect(check({ bogusKey: 1 })).toEqual(['<root>: Unrecognized key: "bogusKey"']);
    expect(check({ gateway: { handshakeTimeoutMs: 1 } })).toEqual([
      'gateway: Unrecognized key: "handshakeTimeoutMs"',
    ]);
    expect(check({ gateway: { a: 1, b: 2 } })).toEqual(['gateway: Unrecognized keys: "a", "b"']);
  });

  it('checks ranges, words, lists and nested lists', () => {
    expect(check({ gateway: { port: 70000 } })).toEqual([
      'gateway.port: Too big: expected number to be <=65535',
    ]);
    expect(check({ gateway: { port: 1.5 } })).toEqual([
      'gateway.port: Invalid input: expected int, received number',
    ]);
    expect(check({ gateway: { bind: 'everywhere' } })[0]).toMatch(
      /^gateway\.bind: Invalid input \(allowed: "auto", /,
    );
    expect(check({ gateway: { trustedProxies: ['a', 1] } })).toEqual([
      'gateway.trustedProxies.1: Invalid input: expected string, received number',
    ]);
    expect(check({ models: { providers: { p: { models: [{ name: 'x' }, 'y'] } } } })).toEqual([
      'models.providers.p.models.0.id: Invalid input: expected string, received undefined',
      'models.providers.p.models.1: Invalid input: expected object, received string',
    ]);
  });

  it('accepts a secret as text or reference, and nothing that only looks like one', () => {
    const token = (value: unknown): string[] => check({ gateway: { auth: { token: value } } });
    expect(token('abc')).toEqual([]);
    expect(token({ source: 'env', provider: 'default', id: 'TOK' })).toEqual([]);
    expect(token({ source: 'env', id: 'TOK' })).toHaveLength(1);
    expect(token({ source: 'env', provider: 'default', id: 'TOK', more: 1 })).toHaveLength(1);
    expect(token(5)[0]).toContain('expected string or SecretRef, received number');
  });

  it('accepts what either release writes', () => {
    const v3 = {
      models: {
        mode: 'merge',
        providers: {
          stub: {
            baseUrl: 'http://127.0.0.1:1/v1',
            apiKey: 'k',
            api: 'openai-completions',
            models: [
              {
                id: 'echo-1',
                name: 'Echo One',
                reasoning: false,
                input: ['text'],
                cost: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 },
                contextWindow: 128000,
                maxTokens: 4096,
              },
            ],
          },
        },
      },
      agents: {
        defaults: { model: { primary: 'stub/echo-1' }, heartbeat: { every: '0m' } },
        list: [{ id: 'main', default: true, tools: { profile: 'x' } }],
      },
      commands: { native: 'auto', nativeSkills: 'auto', restart: true, ownerDisplay: 'raw' },
      gateway: {
        port: 19131,
        mode: 'local',
        bind: 'loopback',
        auth: { mode: 'token', token: 't' },
        channelHealthCheckMinutes: 5,
        reload: { mode: 'hot', debounceMs: 5 },
        nodes: { denyCommands: ['camera.snap'] },
      },
      session: { idleMinutes: 5, maintenance: { rotateBytes: '10mb' } },
      channels: {
        telegram: {
          enabled: true,
          botToken: 'x',
          dmPolicy: 'pairing',
          streaming: 'partial',
          groups: { '*': { requireMention: true } },
        },
        whatsapp: { allowFrom: ['+1'] },
      },
      meta: { lastTouchedVersion: '2026.3.13', lastTouchedAt: '2026-11-22T11:27:21.104Z' },
      env: { vars: { A: 'x' }, B: 'y' },
      plugins: { entries: { anything: { enabled: true, config: { x: 1 } } } },
    };
    const v4 = {
      agents: {
        defaults: { model: { primary: 'stub/echo-1' } },
        entries: { main: { tools: {}, heartbeat: { every: '1h' } } },
      },
      gateway: {
        mode: 'local',
        portals: { ingress: { domain: 'x', port: 443 } },
        roles: {
          default: 'a',
          definitions: { a: { sessions: { others: 'none' }, agents: '*', scopes: ['operator.read'] } },
        },
      },
      meta: { migrations: { modelPolicyAllowlist: true }, lastTouchedVersion: '2026.9.6' },
      mcp: { servers: { x: { command: 'y' } } },
    };
    expect(check(v3)).toEqual([]);
    expect(check(v4)).toEqual([]);
  });

  it('does not trip over names that every object inherits', () => {
    expect(check({ toString: 1 })).toEqual(['<root>: Unrecognized key: "toString"']);
  });
});

describe('the key tables', () => {
  it('refuse a line that fits nowhere', () => {
    expect(() => validateConfig(parseSchema('a\n    b string'), { a: {} })).toThrow('cannot read');
  });
});
