import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseApprovals } from '../approvals/approvals-file.ts';
import { parseConfigText } from '../config/json5-text.ts';
import { readConfigSchema } from '../config/schema.ts';
import { validateConfig } from '../config/validation.ts';
import type { Json } from '../lib/json.ts';
import { cliBackend } from '../models/cli-backend.ts';
import { namedModel, resolveChain } from '../models/resolve.ts';
import { toolPolicy } from '../tools/tool-policy.ts';
import { agentRoster } from './roster.ts';

const page = readFileSync(new URL('../../docs/agents.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text ?? '');

const configs = blocks('json5').map((text) => {
  const parsed = parseConfigText(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.value as Json;
});
const [runs = {}, models = {}, backends = {}, tools = {}] = configs;
const scope = (config: Json) => ({ config, env: {}, devEcho: false });

describe('the examples of docs/agents.md', () => {
  it('are valid configurations', () => {
    expect(configs).toHaveLength(4);
    const schema = readConfigSchema();
    for (const config of configs) {
      expect(validateConfig(schema, config)).toEqual({ issues: [], unknown: [] });
    }
  });

  it('name the models that are asked', () => {
    const merged = { ...models, agents: runs.agents };
    const [main, review] = agentRoster(merged, '/work').agents;
    expect(resolveChain(scope(merged), main, undefined)).toEqual({
      chain: [
        { provider: 'anthropic', model: 'claude-opus-4-6' },
        { provider: 'local', model: 'qwen3' },
      ],
    });
    expect(resolveChain(scope(merged), review, undefined)).toMatchObject({
      chain: [{ provider: 'openai', model: 'gpt-5' }, {}],
    });
    expect(namedModel(scope(models), 'big')).toEqual({ ref: { provider: 'work', model: 'big' } });
  });

  it('make a program a model', () => {
    expect(resolveChain(scope(backends), undefined, undefined)).toEqual({
      chain: [{ provider: 'claude-cli', model: 'default' }],
    });
    expect(cliBackend(backends, 'my-tool')).toMatchObject({
      args: ['ask', '--json'],
      input: 'stdin',
      systemPromptArg: '--system',
    });
  });

  it('give and take tools', () => {
    const policy = (agentId: string, tool: string) => toolPolicy(tools, { agentId }, tool);
    expect(policy('main', 'web_fetch')).toBe('deny');
    expect([policy('main', 'write'), policy('main', 'edit'), policy('other', 'write')]).toEqual([
      'allow',
      'ask',
      'ask',
    ]);
    expect(toolPolicy(runs, { agentId: 'review' }, 'read')).toBe('deny');
    expect(toolPolicy(runs, { agentId: 'main' }, 'read')).toBeUndefined();
  });

  it('hold rules that the approvals file accepts', () => {
    const [rules = ''] = blocks('json');
    expect(parseApprovals(JSON.parse(rules))).toMatchObject({ ok: true });
  });
});
