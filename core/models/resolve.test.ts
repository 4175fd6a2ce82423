import { describe, expect, it } from 'vitest';
import type { Json } from '../lib/json.ts';
import { refText } from './model.ts';
import { type AgentModel, resolveChain, type SessionModel } from './resolve.ts';

const row = (id: string): Json => ({ id, name: id });
const config: Json = {
  models: {
    providers: {
      lab: { models: [row('small'), row('shared'), row('google/gemma')] },
      farm: { models: [row('shared')] },
    },
  },
  agents: {
    defaults: {
      model: { primary: 'lab/small', fallbacks: ['farm/shared', 'fast', 'lab/small'] },
      models: { 'farm/shared': { alias: 'Fast' } },
      cliBackends: { helper: { command: 'helper' } },
    },
  },
};

function chain(
  given: {
    config?: Json;
    agent?: AgentModel;
    session?: SessionModel;
    env?: NodeJS.ProcessEnv;
    devEcho?: boolean;
  } = {},
): string[] | string {
  const scope = { config: given.config ?? config, env: given.env ?? {}, devEcho: given.devEcho ?? false };
  const found = resolveChain(scope, given.agent, given.session);
  return 'chain' in found ? found.chain.map(refText) : found.error.message;
}

describe('the model of a run', () => {
  it('is the primary one of the defaults, then the fallbacks without repetition', () => {
    expect(chain()).toEqual(['lab/small', 'farm/shared']);
  });

  it('is the one of the agent, with the fallbacks of the defaults unless it names its own', () => {
    expect(chain({ agent: { model: { primary: 'openai/gpt-5' } } })).toEqual([
      'openai/gpt-5',
      'farm/shared',
      'lab/small',
    ]);
    expect(chain({ agent: { model: { primary: 'openai/gpt-5', fallbacks: [] } } })).toEqual(['openai/gpt-5']);
  });

  it('is above all the one that the session was given', () => {
    const agent = { model: { primary: 'openai/gpt-5', fallbacks: [] } };
    expect(chain({ agent, session: { modelOverride: 'fast' } })).toEqual(['farm/shared']);
    expect(chain({ agent, session: { modelOverride: 'small', providerOverride: 'lab' } })).toEqual([
      'lab/small',
    ]);
    expect(chain({ agent, session: { modelOverride: 'lab/small', providerOverride: 'lab' } })).toEqual([
      'lab/small',
    ]);
    expect(chain({ agent, session: {} })).toEqual(['openai/gpt-5']);
  });

  it('may be named by its id alone when one provider has it, also with a slash in it', () => {
    const agent = (primary: string): { agent: AgentModel } => ({
      agent: { model: { primary, fallbacks: [] } },
    });
    expect(chain(agent('small'))).toEqual(['lab/small']);
    expect(chain(agent('lab/google/gemma'))).toEqual(['lab/google/gemma']);
    expect(chain(agent('shared'))).toBe(
      'Several providers have a model "shared". Name one of "lab/shared", "farm/shared".',
    );
    expect(chain(agent('unheard'))).toContain('No configured provider has a model "unheard"');
  });

  it('comes from a known provider only, in whatever case it is written', () => {
    const agent = (primary: string): { agent: AgentModel } => ({
      agent: { model: { primary, fallbacks: [] } },
    });
    expect(chain(agent('LAB/small'))).toEqual(['lab/small']);
    expect(chain(agent('helper/default'))).toEqual(['helper/default']);
    expect(chain(agent('claude-cli/opus'))).toEqual(['claude-cli/opus']);
    expect(chain(agent('nope/x'))).toBe('Unknown provider "nope". Use /models to list providers.');
    expect(chain(agent('__proto__/x'))).toContain('Unknown provider "__proto__"');
    expect(chain(agent('lab/sm\nall'))).toContain('A model is named "provider/model"');
  });

  it('is the first one configured when nothing names one', () => {
    expect(chain({ config: { models: config.models } })).toEqual(['lab/small']);
    expect(chain({ config: { agents: { defaults: { cliBackends: { helper: {} } } } } })).toEqual([
      'helper/default',
    ]);
  });

  it('is the echo model in the dev profile only', () => {
    expect(chain({ config: {}, devEcho: true })).toEqual(['echo/echo-1']);
    expect(chain({ config: { agents: { defaults: { model: 'echo/echo-1' } } } })).toContain(
      'Unknown provider "echo"',
    );
  });
});

describe('without a model', () => {
  it('names the command for a key that is already there', () => {
    expect(chain({ config: {}, env: { GOOGLE_API_KEY: 'k' } })).toBe(
      'No model is configured, but GOOGLE_API_KEY is set.\nFix: openclaw config set agents.defaults.model google/gemini-2.5-pro',
    );
  });

  it('names the command for a provider that lists no models', () => {
    expect(chain({ config: { models: { providers: { lab: { baseUrl: 'http://x/v1' } } } } })).toContain(
      'openclaw config set agents.defaults.model lab/<model>',
    );
  });

  it('names a key and a command when nothing is there', () => {
    const text = chain({ config: {} });
    expect(text).toContain('ANTHROPIC_API_KEY');
    expect(text).toContain('openclaw config set agents.defaults.model anthropic/');
    expect(text).toContain('openclaw config set models.providers.local');
  });
});
