import { describe, expect, it } from 'vitest';
import { htmlToText } from './html-text.ts';

describe('the text of a page', () => {
  it('leaves out scripts, styles, comments and tags', () => {
    expect(htmlToText('<STYLE>x</style>a<!-- <b>no</b> -->b<SCRIPT >1</ScRiPt\n>c<img alt="x">')).toBe(
      'ab c',
    );
  });

  it('keeps a lone less-than sign and decodes entities once', () => {
    expect(htmlToText('1 < 2 &amp;lt; &#65;&#x42; &unknown; &#0; &#xD800;')).toBe('1 < 2 &lt; AB &unknown;');
  });

  it('keeps blocks apart', () => {
    expect(htmlToText('<h1>A</h1><p>b\n\n\n   c</p><br>d')).toBe('A\n\nb\n\nc\n\nd');
  });

  it.each(['<', '<a ', '<!--', '<script>', '</', '&', '&#', '<script></script', '<p>'])(
    'comes to an end on a long run of %j',
    (piece) => {
      expect(htmlToText(piece.repeat(200_000)).length).toBeLessThan(1_000_001);
    },
  );
});
