import { describe, expect, it } from 'vitest';
import { outsideHandlers, safeAddress } from './outside.ts';

describe('an address from a chat', () => {
  it.each([
    'http://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'openclaw://gateway/add?url=ws://evil',
    'https://user:secret@example.com/',
    'https://',
    'example.com',
    `https://example.com/${'a'.repeat(3000)}`,
  ])('is not opened when it is %s', (url) => {
    expect(() => safeAddress(url)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }));
  });

  it('is shown as the browser reads it', () => {
    expect(safeAddress('HTTPS://bücher.example/a b')).toBe('https://xn--bcher-kva.example/a%20b');
  });

  it('is opened only when a person says so', async () => {
    const done: string[] = [];
    const ask = async (choice: 'opened' | 'copied' | 'cancelled') => {
      const handlers = outsideHandlers({
        copy: (text) => void done.push(`copy ${text}`),
        chooseForLink: async (url) => {
          done.push(`ask ${url}`);
          return choice;
        },
        openInBrowser: async (url) => void done.push(`open ${url}`),
        limits: () => ({ attachmentBytes: 1, imageBytes: 1, requestBytes: 1 }),
      });
      await handlers['link.open']({ url: 'https://example.com' });
      return done.splice(0);
    };
    const asked = 'ask https://example.com/';
    expect(await ask('cancelled')).toEqual([asked]);
    expect(await ask('copied')).toEqual([asked, 'copy https://example.com/']);
    expect(await ask('opened')).toEqual([asked, 'open https://example.com/']);
  });
});
