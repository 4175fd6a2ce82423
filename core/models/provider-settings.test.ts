import { describe, expect, it } from 'vitest';
import type { Json } from '../lib/json.ts';
import { ModelError } from './model-error.ts';
import { providerSettings } from './provider-settings.ts';

const resolveSecret = async (path: string) => ({
  ok: true as const,
  value: `secret of ${path.split('.').at(-1)}`,
});

async function settings(provider: string, row: Json | undefined, env: NodeJS.ProcessEnv = {}) {
  const config = row === undefined ? {} : { models: { providers: { [provider]: row } } };
  try {
    return await providerSettings({ provider, model: 'm' }, { config, env, resolveSecret });
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
}

describe('a provider', () => {
  it('works by its key in the environment alone', async () => {
    expect(await settings('anthropic', undefined, { ANTHROPIC_API_KEY: 'k1' })).toMatchObject({
      api: 'anthropic-messages',
      baseUrl: 'https://api.anthropic.com/v1',
      headers: { 'x-api-key': 'k1' },
    });
    expect(await settings('google', undefined, { GOOGLE_API_KEY: 'k2', GEMINI_API_KEY: 'k3' })).toMatchObject(
      {
        headers: { 'x-goog-api-key': 'k3' },
      },
    );
    expect(await settings('openai', undefined, { OPENAI_API_KEY: 'k4' })).toMatchObject({
      baseUrl: 'https://api.openai.com/v1',
      headers: { authorization: 'Bearer k4' },
    });
  });

  it('says where the key belongs when there is none', async () => {
    const text = await settings('openai', undefined);
    expect(text).toContain('No API key found for provider "openai".');
    expect(text).toContain('OPENAI_API_KEY');
    expect(text).toContain('models.providers.openai.apiKey');
  });

  it('never sends a key of the environment to an address that someone configured', async () => {
    const own = await settings('openai', { baseUrl: 'http://10.0.0.1/v1' }, { OPENAI_API_KEY: 'k' });
    expect(own).toMatchObject({ headers: {}, secrets: [] });
  });

  it('adds the version that the makers leave out of their addresses', async () => {
    const url = async (api: string, baseUrl: string) =>
      ((await settings('x', { api, baseUrl })) as { baseUrl: string }).baseUrl;
    expect(await url('anthropic-messages', 'https://proxy.example/anthropic/')).toBe(
      'https://proxy.example/anthropic/v1',
    );
    expect(await url('anthropic-messages', 'https://api.anthropic.com/v1')).toBe(
      'https://api.anthropic.com/v1',
    );
    expect(await url('google-generative-ai', 'https://g.example')).toBe('https://g.example/v1beta');
    expect(await url('openai-completions', 'http://127.0.0.1:8080/v1/')).toBe('http://127.0.0.1:8080/v1');
  });

  it('sends the key as a bearer token where the configuration says so', async () => {
    const baseUrl = 'https://a.example';
    const row = { api: 'anthropic-messages', baseUrl, apiKey: {}, authHeader: true };
    expect(await settings('x', row)).toMatchObject({ headers: { authorization: 'Bearer secret of apiKey' } });
    const request = { auth: { mode: 'header', headerName: 'X-Key', value: {}, prefix: 'Key ' } };
    expect(await settings('x', { baseUrl, request })).toMatchObject({
      headers: { 'x-key': 'Key secret of value' },
    });
  });

  it('waits longer for a server on this computer, which may have to load its model', async () => {
    const local = await settings('x', { baseUrl: 'http://127.0.0.1:11434/v1' });
    const far = await settings('x', { baseUrl: 'https://far.example/v1' });
    const own = await settings('x', { baseUrl: 'https://far.example/v1', timeoutSeconds: 7 });
    expect([local, far, own].map((one) => (one as { limits: { firstMs: number } }).limits.firstMs)).toEqual([
      600_000, 120_000, 7000,
    ]);
  });

  it.each([
    [
      { baseUrl: 'http://h/v1', api: 'openai-responses' },
      'supported are openai-completions, anthropic-messages',
    ],
    [{ baseUrl: 'http://h', api: 'ollama' }, 'Ollama also speaks openai-completions'],
    [{}, 'models.providers.x.baseUrl is not set'],
    [{ baseUrl: 'not a url' }, 'is not a URL'],
    [{ baseUrl: 'file:///etc/passwd' }, 'has to begin with https://'],
    [{ baseUrl: 'https://user:pw@h/v1' }, 'holds credentials'],
    [{ baseUrl: 'http://h/v1', request: { proxy: { mode: 'env-proxy' } } }, 'request.proxy is not supported'],
    [{ baseUrl: 'http://h/v1', request: { tls: {} } }, 'request.tls is not supported'],
    [{ baseUrl: 'http://h/v1', auth: 'aws-sdk' }, 'aws-sdk'],
  ])('is refused with the setting to change: %j', async (row, text) => {
    expect(await settings('x', row)).toContain(text);
  });

  it('passes on why a secret is missing, and refuses one that would break a header', async () => {
    const config = { models: { providers: { x: { baseUrl: 'http://h/v1', apiKey: {} } } } };
    const ask = (resolveSecret: Parameters<typeof providerSettings>[1]['resolveSecret']) =>
      providerSettings({ provider: 'x', model: 'm' }, { config, env: {}, resolveSecret });
    await expect(ask(async () => ({ ok: false, reason: 'The file is gone.' }))).rejects.toMatchObject({
      kind: 'auth',
      message: 'models.providers.x.apiKey could not be resolved. The file is gone.',
    });
    const broken = ask(async () => ({ ok: true, value: 'ab\r\nx: y' }));
    await expect(broken).rejects.toMatchObject({ kind: 'auth' });
    await expect(broken).rejects.not.toThrow(/x: y/);
  });
});
