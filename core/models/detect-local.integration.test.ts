import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startModelServer } from '../testing/model-server.ts';
import { detectLocal, offerLocal } from './detect-local.ts';
import { ModelError } from './model-error.ts';

describe('model servers on this computer', () => {
  it('are offered with their models and the commands that configure them', async () => {
    await using server = await startModelServer();
    const [ollama, llama] = await detectLocal([
      { id: 'ollama', name: 'Ollama', port: server.port, path: '/api/tags' },
      { id: 'llamacpp', name: 'llama.cpp', port: server.port, path: '/v1/models' },
    ]);
    expect(ollama).toMatchObject({ baseUrl: `${server.origin}/v1`, models: ['llama3.2:latest', 'qwen3:8b'] });
    expect(ollama?.commands[1]).toBe('openclaw config set agents.defaults.model ollama/llama3.2:latest');
    const json = /'(\{.*\})'/.exec(ollama?.commands[0] ?? '')?.[1];
    expect(JSON.parse(json ?? '')).toMatchObject({
      api: 'openai-completions',
      models: [{ id: 'llama3.2:latest' }],
    });
    expect(llama?.models).toEqual(['local-model']);
  });

  it('are the way out where no model is configured, and only there', async () => {
    await using server = await startModelServer();
    const ollama = [{ id: 'ollama', name: 'Ollama', port: server.port, path: '/api/tags' }] as const;
    const nothing = new ModelError('no-model', 'none', { provider: '', model: '' });
    const { message } = await offerLocal(nothing, ollama);
    expect(message).toContain('Ollama runs on this computer');
    expect(message).toContain('openclaw config set agents.defaults.model ollama/llama3.2:latest');
    const unknown = new ModelError('no-model', 'unknown', { provider: 'x', model: 'y' });
    expect(await offerLocal(unknown, ollama)).toBe(unknown);
    const down = [{ id: 'ollama', name: 'Ollama', port: 1, path: '/api/tags' }] as const;
    expect(await offerLocal(nothing, down)).toBe(nothing);
  });

  it('are not waited for when a port is mute, closed or something else', async () => {
    const mute = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const port = (mute.address() as { port: number }).port;
    await using other = await startModelServer();
    const offers = await detectLocal([
      { id: 'ollama', name: 'Ollama', port, path: '/api/tags' },
      { id: 'llamacpp', name: 'llama.cpp', port: 1, path: '/v1/models' },
      { id: 'lmstudio', name: 'LM Studio', port: other.port, path: '/v1/other' as '/v1/models' },
    ]);
    expect(offers).toEqual([]);
    await new Promise((resolve) => mute.close(resolve));
  });
});
