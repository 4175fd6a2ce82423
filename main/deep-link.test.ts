import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkAmong, parseDeepLink } from './deep-link.ts';

const linkTo = (url: string): string => `openclaw://gateway/add?url=${encodeURIComponent(url)}`;

describe('a link into the app', () => {
  it.each([
    ['ws://127.0.0.1:18789', 'ws://127.0.0.1:18789'],
    ['wss://box.tail1234.ts.net', 'wss://box.tail1234.ts.net'],
    ['WSS://Box.Example:8443/', 'wss://box.example:8443'],
    ['ws://[::1]:18789', 'ws://[::1]:18789'],
  ])('names the gateway %s', (given, url) => {
    expect(parseDeepLink(linkTo(given))).toEqual({ url });
  });

  it.each([
    linkTo('http://box.example'),
    linkTo('javascript:alert(1)'),
    linkTo('file:///etc/passwd'),
    linkTo('wss://user:secret@box.example'),
    linkTo('wss://user@box.example'),
    linkTo('wss://box.example/path'),
    linkTo('wss://box.example/?token=x'),
    linkTo('wss://box.example#x'),
    linkTo('wss://box.example\\@other.example'),
    linkTo('wss://box.exa\u202emple'),
    linkTo('wss://box.example\n'),
    linkTo(`wss://${'a'.repeat(1000)}.example`),
    linkTo('wss://'),
    linkTo(''),
    `${linkTo('wss://box.example')}&token=x`,
    `${linkTo('wss://box.example')}&url=wss://other.example`,
    `${linkTo('wss://box.example')}#x`,
    'openclaw://gateway/add',
    'openclaw://gateway/add?token=x',
    'openclaw://gateway/remove?url=wss%3A%2F%2Fbox.example',
    'openclaw://user@gateway/add?url=wss%3A%2F%2Fbox.example',
    'openclaw://gateway:1/add?url=wss%3A%2F%2Fbox.example',
    'openclaw:gateway/add?url=wss%3A%2F%2Fbox.example',
    'https://gateway/add?url=wss%3A%2F%2Fbox.example',
    'openclaw://gateway/add?url=wss%3A%2F%2Fbox.example\u0000',
  ])('is refused: %s', (text) => {
    expect(parseDeepLink(text)).toBeUndefined();
  });

  it('never yields anything but a plain address, whatever is in it', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(part, part, part, (scheme, host, rest) => {
        for (const text of [
          linkTo(`${scheme}://${host}${rest}`),
          linkTo(`wss://${host}${rest}`),
          `openclaw://${rest}`,
        ]) {
          const found = parseDeepLink(text);
          if (!found) continue;
          const { username, password, search, hash, pathname, protocol } = new URL(found.url);
          expect([username, password, search, hash, pathname]).toEqual(['', '', '', '', '/']);
          expect(['ws:', 'wss:']).toContain(protocol);
        }
      }),
    );
  });

  it('is found among the arguments of the app', () => {
    const link = linkTo('wss://box.example');
    expect(linkAmong(['--background', link])).toEqual({ url: 'wss://box.example' });
    expect(linkAmong(['--background', '/some/file'])).toBeUndefined();
    expect(linkAmong(['OPENCLAW://nonsense'])).toBe('refused');
  });
});
