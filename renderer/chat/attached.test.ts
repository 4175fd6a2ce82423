import { expect, test } from 'vitest';
import { bytesOf, pictureOf, tooMuch } from './attached.ts';

const limits = { attachmentBytes: 1000, imageBytes: 100, requestBytes: 201_800 };
const file = (mimeType: string, data = 'AAAA') => ({ name: 'x', mimeType, data });

test('only pictures of plain formats are shown, from their own bytes', () => {
  expect(pictureOf(file('image/png'))).toBe('data:image/png;base64,AAAA');
  for (const type of ['image/svg+xml', 'text/html', 'image/png;x'])
    expect(pictureOf(file(type))).toBeUndefined();
  expect(bytesOf(file('text/plain', 'AAA='))).toBe(2);
});

test('a file is refused for its kind, its size, and what goes along with it', () => {
  expect(tooMuch({ type: 'image/png', size: 101 }, [], limits)).toBe('pictureTooLarge');
  expect(tooMuch({ type: 'text/plain', size: 1001 }, [], limits)).toBe('fileTooLarge');
  expect(tooMuch({ type: 'text/plain', size: 1000 }, [], limits)).toBeUndefined();
  expect(tooMuch({ type: 'text/plain', size: 1000 }, [file('a/b', 'A'.repeat(1000))], limits)).toBe(
    'allTooLarge',
  );
});
