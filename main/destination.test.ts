import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RpcError } from '../core/protocol/errors.ts';
import type { Destination } from './bridge/contract.ts';
import { checkDestination, destinationKey } from './destination.ts';

const judge = { language: 'en', allowInsecure: false } as const;
const check = (destination: Destination): Destination => checkDestination(destination, judge);
const PIN = 'AB'.repeat(32);

it.each<[Destination, string]>([
  [{ kind: 'ssh', target: '-oProxyCommand=x' }, 'no part may begin with a dash'],
  [{ kind: 'ssh', target: 'ann@-box' }, 'no part may begin with a dash'],
  [{ kind: 'ssh', target: 'box;reboot' }, 'no host name'],
  [{ kind: 'ssh', target: 'ann@box', identityFile: 'id' }, 'full path'],
  [{ kind: 'ssh', target: 'ann@box', identityFile: '~/../root/.ssh/id' }, 'full path'],
  [{ kind: 'ssh', target: 'ann@box', identityFile: '//server.example/share/id' }, 'full path'],
  [{ kind: 'direct', url: 'https://box' }, 'no address of a gateway'],
  [{ kind: 'direct', url: 'wss://ann:secret@box' }, 'no address of a gateway'],
  [{ kind: 'direct', url: 'wss://box?token=secret' }, 'no address of a gateway'],
  [{ kind: 'direct', url: 'ws://203.0.113.7:18789' }, 'unencrypted'],
  [{ kind: 'direct', url: 'ws://127.0.0.1:1', tlsFingerprint: PIN }, 'has no certificate'],
  [{ kind: 'direct', url: 'wss://box', tlsFingerprint: 'AB:CD' }, '64 hexadecimal'],
])('%j is refused in words', (destination, words) => {
  expect(() => check(destination)).toThrow(words);
});

it('what is taken is in its usual spelling, and the same place has the same key', () => {
  expect(check({ kind: 'ssh', target: ' ann@box:22 ' })).toEqual({ kind: 'ssh', target: 'ann@box:22' });
  const pinned = check({ kind: 'direct', url: 'wss://Box/', tlsFingerprint: `sha256:${PIN}` });
  expect(pinned).toEqual({ kind: 'direct', url: 'wss://box:443', tlsFingerprint: 'ab'.repeat(32) });
  expect(destinationKey(pinned)).toBe(destinationKey({ kind: 'direct', url: 'wss://box:443' }));
  const [one, other] = [
    { kind: 'ssh', target: 'a' } as const,
    { kind: 'ssh', target: 'a', remotePort: 2 } as const,
  ];
  expect(destinationKey(one)).not.toBe(destinationKey(other));
});

it('any text is taken or refused, and a refusal never repeats it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12 }), fc.constantFrom('ssh', 'direct'), (text, kind) => {
      const destination = (kind === 'ssh' ? { kind, target: text } : { kind, url: text }) as Destination;
      try {
        check(destination);
      } catch (error) {
        expect(error).toBeInstanceOf(RpcError);
        expect((error as RpcError).message).not.toContain(text);
      }
    }),
  );
});
