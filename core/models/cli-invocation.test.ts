import { describe, expect, it } from 'vitest';
import type { Json } from '../lib/json.ts';
import { cliBackend } from './cli-backend.ts';
import { cliInvocation } from './cli-invocation.ts';
import type { ModelRequest } from './model.ts';
import { ModelError } from './model-error.ts';
import { testRequest } from './testing/model-fixture.ts';

const id = '0b5f2f5e-5d1e-4c1e-9d0a-2f6f7a1b2c3d';

function invoke(backend: Json, request: Partial<ModelRequest> = {}, name = 'helper') {
  const found = cliBackend({ agents: { defaults: { cliBackends: { [name]: backend } } } }, name);
  if (found === undefined) throw new Error('no backend');
  return cliInvocation(
    found,
    testRequest({ system: 'Be kind.', model: { provider: name, model: 'big' }, ...request }),
  );
}

describe('the arguments of a CLI backend', () => {
  it('name the model, by its alias where there is one', () => {
    const backend = { modelArg: '--model', modelAliases: { big: 'big-2026' }, systemPromptWhen: 'never' };
    expect(invoke(backend).args).toEqual(['--model', 'big-2026', 'hello']);
    const other = { model: { provider: 'helper', model: 'default' } };
    expect(invoke(backend, other).args).toEqual(['hello']);
  });

  it('cannot be made by the name of a model', () => {
    const model = { provider: 'helper', model: '--dangerous' };
    expect(() => invoke({ modelArg: '--model' }, { model })).toThrow(ModelError);
  });

  it('carry the system prompt once, always or never', () => {
    const backend = { systemPromptArg: '--system', sessionArg: '--session' };
    const resumed = { session: { id, resume: 'old-1' } };
    expect(invoke(backend).args).toEqual(['--system', 'Be kind.', 'hello']);
    expect(invoke(backend, resumed).args).toEqual(['--session', 'old-1', 'hello']);
    expect(invoke({ ...backend, systemPromptWhen: 'always' }, resumed).args).toContain('Be kind.');
    expect(invoke({ ...backend, systemPromptWhen: 'never' }).args).toEqual(['hello']);
  });

  it('put the system prompt and what was said before in front of the message when there is no other way', () => {
    const messages: ModelRequest['messages'] = [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: [{ type: 'text', text: 'answer' }] },
      { role: 'user', content: 'second' },
    ];
    expect(invoke({ input: 'stdin' }, { messages }).stdin).toBe(
      'Be kind.\n\nThis conversation so far:\n\nUser: first\n\nAssistant: answer\n\nThe message to answer now:\n\nsecond',
    );
  });

  it('give a session of ours a name only when the backend wants one always', () => {
    const backend = { sessionArgs: ['--session', '{sessionId}'], systemPromptWhen: 'never' };
    expect(invoke(backend, { session: { id } }).args).toEqual(['hello']);
    const always = invoke({ ...backend, sessionMode: 'always' }, { session: { id } });
    expect(always).toMatchObject({ args: ['--session', id, 'hello'], sessionId: id });
    const none = { ...backend, sessionMode: 'none' };
    expect(invoke(none, { session: { id, resume: 'old-1' } }).args).toEqual(['hello']);
  });

  it('never hold a session id that is more than an id', () => {
    const backend = { resumeArgs: ['resume', '{sessionId}'], systemPromptWhen: 'never' };
    for (const resume of ['--help', 'a b', '../x', 'a\nb', '']) {
      expect(invoke(backend, { session: { id, resume } }).args).toEqual(['hello']);
    }
    expect(invoke(backend, { session: { id, resume: 'abc-1' } }).args).toEqual(['resume', 'abc-1', 'hello']);
  });

  it('refuse a NUL character, which would cut them short', () => {
    expect(() => invoke({}, { messages: [{ role: 'user', content: 'a\0b' }] })).toThrow('NUL');
  });

  it('come from the preset of a well-known program, where the configuration says nothing else', () => {
    const claude = invoke({ command: '/opt/claude' }, {}, 'claude-cli');
    expect(claude.args).toEqual(expect.arrayContaining(['-p', '--model', 'big', '--append-system-prompt']));
    expect(claude.args.join(' ')).not.toContain('dangerously');
    expect(claude.stdin).toBe('hello');
    const codex = invoke({}, { session: { id, resume: 'abc-1' } }, 'codex-cli');
    expect(codex.args.slice(-5)).toEqual(['resume', 'abc-1', '-', '--model', 'big']);
    expect(codex.args).toContain('read-only');
  });
});
