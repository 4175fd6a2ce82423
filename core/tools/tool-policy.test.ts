import { describe, expect, it } from 'vitest';
import { toolPolicy } from './tool-policy.ts';

const main = { agentId: 'main' };

describe('the policy of a tool', () => {
  it('says nothing when nothing is configured', () => {
    expect(toolPolicy({}, main, 'exec')).toBeUndefined();
  });

  it.each([
    [{ deny: ['exec'] }, 'exec', 'deny'],
    [{ deny: [' BASH '] }, 'exec', 'deny'],
    [{ deny: ['group:fs'] }, 'write', 'deny'],
    [{ deny: ['group:fs'] }, 'exec', undefined],
    [{ deny: ['session*'] }, 'sessions_send', 'deny'],
    [{ deny: ['*'] }, 'read', 'deny'],
    [{ allow: ['read'] }, 'read', undefined],
    [{ allow: ['read'] }, 'write', 'deny'],
    [{ allow: ['read'], deny: ['read'] }, 'read', 'deny'],
    [{ allow: ['*'] }, 'write', undefined],
    [{ allow: ['unknown'] }, 'read', 'deny'],
    [{ profile: 'minimal' }, 'read', 'deny'],
    [{ profile: 'messaging' }, 'exec', 'deny'],
    [{ profile: 'messaging' }, 'sessions_send', undefined],
    [{ profile: 'messaging', alsoAllow: ['read'] }, 'read', undefined],
    [{ profile: 'coding' }, 'exec', undefined],
    [{ profile: 'no-such-profile' }, 'read', 'deny'],
    [{ policy: { write: 'ask' } }, 'write', 'ask'],
    [{ policy: { write: 'deny' } }, 'write', 'deny'],
    [{ policy: { write: 'perhaps' } }, 'write', 'ask'],
    [{ web: { fetch: { enabled: false } } }, 'web_fetch', 'deny'],
  ])('%j for %s is %s', (tools, tool, expected) => {
    expect(toolPolicy({ tools }, main, tool)).toBe(expected);
  });

  it.each([
    ['entries', { entries: { main: { tools: { deny: ['exec'], policy: { read: 'ask' } } } } }],
    ['list', { list: [{ id: 'main', tools: { deny: ['exec'], policy: { read: 'ask' } } }] }],
  ])('takes away more for one agent (agents.%s)', (_name, agents) => {
    const config = { agents, tools: { policy: { read: 'allow' } } };
    expect(toolPolicy(config, main, 'exec')).toBe('deny');
    expect(toolPolicy(config, main, 'read')).toBe('ask');
    expect(toolPolicy(config, { agentId: 'other' }, 'exec')).toBeUndefined();
    expect(toolPolicy(config, { agentId: '__proto__' }, 'read')).toBe('allow');
  });

  it('never gives an agent back what was denied for all', () => {
    const agents = { entries: { main: { tools: { allow: ['exec'], policy: { exec: 'allow' } } } } };
    expect(toolPolicy({ agents, tools: { deny: ['exec'] } }, main, 'exec')).toBe('deny');
  });

  it('lets the profile of an agent take the place of the general one', () => {
    const agents = { entries: { main: { tools: { profile: 'coding' } } } };
    expect(toolPolicy({ agents, tools: { profile: 'messaging' } }, main, 'read')).toBeUndefined();
    expect(toolPolicy({ agents, tools: { profile: 'messaging' } }, { agentId: 'x' }, 'read')).toBe('deny');
  });

  it('obeys the rules for one provider or model', () => {
    const config = {
      tools: { byProvider: { local: { deny: ['exec'] }, 'local/tiny': { allow: ['read'] } } },
    };
    const using = (provider: string, model: string) => ({ ...main, model: { provider, model } });
    expect(toolPolicy(config, using('local', 'big'), 'exec')).toBe('deny');
    expect(toolPolicy(config, using('local', 'big'), 'write')).toBeUndefined();
    expect(toolPolicy(config, using('local', 'tiny'), 'write')).toBe('deny');
    expect(toolPolicy(config, using('other', 'tiny'), 'exec')).toBeUndefined();
  });
});
