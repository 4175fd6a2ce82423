import { describe, expect, it } from 'vitest';
import { configJsonSchema, configUiHints, lookupSchema } from './json-schema.ts';
import { reloadKindOf } from './reload-kind.ts';
import { readConfigSchema } from './schema.ts';

const schema = readConfigSchema();
type Node = { properties: Record<string, Node> } & Record<string, unknown>;

describe('configJsonSchema', () => {
  it('describes types, ranges, words, references and closed objects in draft-07', () => {
    const root = configJsonSchema(schema) as Node;
    expect(root.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(root.additionalProperties).toBe(false);
    const gateway = root.properties.gateway as Node;
    expect(gateway.additionalProperties).toBe(false);
    expect(gateway.properties.port).toEqual({ type: 'integer', minimum: 1, maximum: 65535 });
    expect(gateway.properties.mode).toEqual({
      anyOf: [
        { type: 'string', const: 'local' },
        { type: 'string', const: 'remote' },
      ],
    });
    const token = gateway.properties.auth?.properties.token as unknown as {
      anyOf: [unknown, { oneOf: unknown[] }];
    };
    expect(token.anyOf[0]).toEqual({ type: 'string' });
    expect(token.anyOf[1].oneOf).toHaveLength(4);
    expect(root.properties.plugins).toEqual({ type: 'object', properties: {}, additionalProperties: true });
    expect(JSON.parse(JSON.stringify(root))).toEqual(root);
  });
});

describe('configUiHints', () => {
  const hints = configUiHints(schema);

  it('marks every secret and nothing else of the gateway', () => {
    const sensitive = Object.keys(hints).filter(
      (path) => path.startsWith('gateway.') && hints[path]?.sensitive,
    );
    expect(sensitive.sort()).toEqual([
      'gateway.auth.password',
      'gateway.auth.token',
      'gateway.controlUi.github.token',
      'gateway.remote.edgeAuth.*',
      'gateway.remote.password',
      'gateway.remote.token',
    ]);
    for (const path of [
      'models.providers.*.apiKey',
      'models.providers.*.headers.*',
      'hooks.token',
      'hooks.mappings[].sessionKey',
      'cron.webhookToken',
      'channels.*.botToken',
    ]) {
      expect(hints[path]?.sensitive, path).toBe(true);
    }
    expect(hints['models.providers.*.models[].maxTokens']?.sensitive).toBeUndefined();
  });

  it('calls a key by its words, with abbreviations as people write them', () => {
    expect(hints['gateway.customBindHost']?.label).toBe('Custom bind host');
    expect(hints['gateway.remote.sshTarget']?.label).toBe('SSH target');
    expect(hints['models.providers.*.baseUrl']?.label).toBe('Base URL');
  });

  it('labels, groups and orders sections', () => {
    expect(hints.gateway).toEqual({ label: 'Gateway', group: 'Gateway', order: 30, advanced: true });
    expect(hints['gateway.customBindHost']?.label).toBe('Custom bind host');
    expect(hints['gateway.port']?.advanced).toBe(false);
  });
});

describe('lookupSchema', () => {
  it('answers for gateway.auth as the recorded gateway does', () => {
    const found = lookupSchema(schema, ['gateway', 'auth']);
    expect(found).toMatchObject({
      path: 'gateway.auth',
      schema: { type: 'object', additionalProperties: false },
      reloadKind: 'restart',
      hintPath: 'gateway.auth',
    });
    const kinds = Object.fromEntries(found?.children.map((child) => [child.key, child.reloadKind]) ?? []);
    expect(kinds).toEqual({
      mode: 'restart',
      token: 'restart',
      password: 'restart',
      allowTailscale: 'hot',
      identityScopes: 'hot',
      rateLimit: 'hot',
      trustedProxy: 'hot',
    });
    expect(found?.children.find((child) => child.key === 'allowTailscale')).toMatchObject({
      type: 'boolean',
      required: false,
      hasChildren: false,
    });
  });

  it('finds keys below names and lists of the user', () => {
    expect(lookupSchema(schema, ['models', 'providers', 'mine', 'models', 0, 'id'])).toMatchObject({
      path: 'models.providers.mine.models.0.id',
      hintPath: 'models.providers.*.models[].id',
      schema: { type: 'string' },
    });
    expect(lookupSchema(schema, ['gateway', 'nope'])).toBeUndefined();
  });

  it('accepts anything in a section that is only carried along', () => {
    expect(lookupSchema(schema, ['plugins', 'entries', 'x'])).toMatchObject({
      path: 'plugins.entries.x',
      schema: {},
      reloadKind: 'hot',
      children: [],
    });
  });
});

describe('reloadKindOf', () => {
  it('lets the most specific prefix decide and restarts for everything unknown', () => {
    expect(reloadKindOf('messages.ackReactionScope')).toBe('none');
    expect(reloadKindOf('gateway.controlUi.basePath')).toBe('restart');
    expect(reloadKindOf('gateway.controlUi.allowedOrigins')).toBe('hot');
    expect(reloadKindOf('agents.defaults.model.primary')).toBe('hot');
    expect(reloadKindOf('agents.defaults.workspace')).toBe('none');
    expect(reloadKindOf('something.new')).toBe('restart');
  });
});
