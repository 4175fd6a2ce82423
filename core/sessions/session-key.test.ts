import { describe, expect, it } from 'vitest';
import { canonicalKey, type Peer, peerSessionKey } from './session-key.ts';

const rules = { defaultId: 'main', mainKey: 'main', scope: 'per-sender' } as const;

describe('a session key', () => {
  it.each([
    ['main', 'agent:main:main', 'main', 'direct'],
    ['MAIN', 'agent:main:main', 'main', 'direct'],
    ['agent:Work:main', 'agent:work:main', 'work', 'direct'],
    ['nope', 'agent:main:nope', 'main', 'direct'],
    ['agent:main:telegram:group:42', 'agent:main:telegram:group:42', 'main', 'group'],
    [
      'agent:main:matrix:direct:@Ann%3Aexample.org',
      'agent:main:matrix:direct:@Ann%3Aexample.org',
      'main',
      'direct',
    ],
    ['global', 'global', 'main', 'global'],
    ['unknown', 'unknown', 'main', 'unknown'],
    ['../../etc/passwd', 'agent:main:../../etc/passwd', 'main', 'direct'],
    ['__proto__', 'agent:main:__proto__', 'main', 'direct'],
  ])('%s is %s', (given, key, agentId, kind) => {
    expect(canonicalKey(given, rules)).toEqual({ key, agentId, kind });
    expect(canonicalKey(key, rules)).toEqual({ key, agentId, kind });
  });

  it('follows the main key and the scope of the configuration', () => {
    expect(canonicalKey('main', { ...rules, mainKey: 'home' }).key).toBe('agent:main:home');
    expect(canonicalKey('home', { ...rules, mainKey: 'home' }).key).toBe('agent:main:home');
    expect(canonicalKey('agent:main:main', { ...rules, scope: 'global' })).toMatchObject({
      key: 'global',
      kind: 'global',
    });
  });

  it.each([
    '',
    '  ',
    'agent:',
    'agent:main',
    'agent:main:',
    'agent:../x:main',
    'agent:a/b:main',
    'a\u0000b',
    'a\u202eb',
    'a\ud800',
    'x'.repeat(513),
  ])('%j is refused', (given) => {
    expect(() => canonicalKey(given, rules)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});

describe('the session of a peer', () => {
  const peer: Peer = { channel: 'Telegram', accountId: 'Bot2', kind: 'direct', id: '42' };
  const keyFor = (
    dmScope: Parameters<typeof peerSessionKey>[2]['dmScope'],
    of: Peer = peer,
    links = {},
  ): string => peerSessionKey('main', of, { ...rules, dmScope, identityLinks: links }).key;

  it('depends on the scope of direct messages', () => {
    expect(keyFor('main')).toBe('agent:main:main');
    expect(keyFor('per-peer')).toBe('agent:main:direct:42');
    expect(keyFor('per-channel-peer')).toBe('agent:main:telegram:direct:42');
    expect(keyFor('per-account-channel-peer')).toBe('agent:main:telegram:bot2:direct:42');
  });

  it('is one for a person who is linked across channels', () => {
    const links = { ann: ['telegram:42', 'discord:99'] };
    expect(keyFor('per-peer', peer, links)).toBe('agent:main:direct:ann');
    expect(keyFor('per-peer', { ...peer, channel: 'discord', id: '99' }, links)).toBe(
      'agent:main:direct:ann',
    );
    expect(keyFor('per-peer', { ...peer, channel: 'signal' }, links)).toBe('agent:main:direct:42');
  });

  it('is its own for each group, channel and thread', () => {
    expect(keyFor('main', { ...peer, kind: 'group' })).toBe('agent:main:telegram:group:42');
    expect(keyFor('main', { ...peer, kind: 'channel', threadId: '7' })).toBe(
      'agent:main:telegram:channel:42:thread:7',
    );
  });

  it('cannot be reached by an id that imitates another one', () => {
    expect(keyFor('per-peer', { ...peer, id: '42:thread:7' })).toBe('agent:main:direct:42%3Athread%3A7');
    expect(() => keyFor('per-peer', { ...peer, id: ' ' })).toThrow('not empty');
  });
});
