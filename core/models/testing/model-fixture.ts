import { systemClock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import { silentLogger } from '../../lib/log.ts';
import type { ModelServer } from '../../testing/model-server.ts';
import type { ModelEvent, ModelRequest } from '../model.ts';
import { ModelError } from '../model-error.ts';
import { createModelRunner, type ModelRunnerDeps, type Models } from '../runner.ts';

export const KEY = 'sk-test-0123456789abcdef';

/** A configuration with one provider `stub` at the server, and a model with a price. */
export function stubConfig(server: ModelServer, provider: Json = {}, model: Json = {}): Json {
  const row = {
    id: 'echo-1',
    name: 'Echo',
    reasoning: true,
    contextWindow: 128_000,
    maxTokens: 1000,
    cost: { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 0 },
    ...model,
  };
  return {
    models: {
      providers: { stub: { baseUrl: `${server.origin}/v1`, apiKey: KEY, models: [row], ...provider } },
    },
  };
}

export function testRunner(
  config: Json,
  deps: Partial<ModelRunnerDeps> = {},
): Models & { [Symbol.asyncDispose](): Promise<void> } {
  const runner = createModelRunner({
    config: () => config,
    resolveSecret: async (path) => secretAt(config, path),
    env: {},
    clock: systemClock,
    log: silentLogger,
    devEcho: false,
    ...deps,
  });
  return { ...runner, [Symbol.asyncDispose]: runner.close };
}

function secretAt(config: Json, path: string): { ok: true; value: string } | { ok: false; reason: string } {
  let at: unknown = config;
  for (const key of path.split('.')) at = (at as Json | undefined)?.[key];
  return typeof at === 'string' ? { ok: true, value: at } : { ok: false, reason: 'It is not set.' };
}

export function testRequest(request: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: { provider: 'stub', model: 'echo-1' },
    system: 'You are a test.',
    messages: [{ role: 'user', content: 'hello' }],
    tools: [],
    signal: new AbortController().signal,
    ...request,
  };
}

export interface Heard {
  events: ModelEvent[];
  text: string;
  reasoning: string;
  error: ModelError | undefined;
}

/** Everything a stream says, and the error that ended it. */
export async function heard(
  stream: AsyncIterable<ModelEvent>,
  onEvent?: (event: ModelEvent) => void,
): Promise<Heard> {
  const events: ModelEvent[] = [];
  let error: ModelError | undefined;
  try {
    for await (const event of stream) {
      events.push(event);
      onEvent?.(event);
    }
  } catch (thrown) {
    if (!(thrown instanceof ModelError)) throw thrown;
    error = thrown;
  }
  const joined = (type: 'text' | 'reasoning'): string =>
    events.map((event) => (event.type === type && 'delta' in event ? event.delta : '')).join('');
  return { events, text: joined('text'), reasoning: joined('reasoning'), error };
}
