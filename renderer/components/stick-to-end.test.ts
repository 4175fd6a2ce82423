import { expect, test } from 'vitest';
import { AT_END, placeAfterChange, placeAfterScroll } from './stick-to-end.ts';

const box = { clientHeight: 100, scrollHeight: 1000 };
const atEnd = { isAtEnd: true, scrollTop: 900, scrollHeight: 1000 };

test('whoever scrolls up leaves the end, and is back when it is near', () => {
  const left = placeAfterScroll(atEnd, { ...box, scrollTop: 700 }, 20);
  expect(left).toMatchObject({ isAtEnd: false, scrollTop: 700 });
  expect(placeAfterScroll(left, { ...box, scrollTop: 800 }, 20).isAtEnd).toBe(false);
  expect(placeAfterScroll(left, { ...box, scrollTop: 885 }, 20).isAtEnd).toBe(true);
});

test('content that grows or shrinks takes nobody away from the end, nor to it', () => {
  const grown = { ...box, scrollHeight: 5000, scrollTop: 900 };
  expect(placeAfterScroll(atEnd, grown, 20).isAtEnd).toBe(true);
  expect(placeAfterScroll(atEnd, { ...grown, scrollTop: 300 }, 20).isAtEnd).toBe(true);
  expect(placeAfterChange(AT_END, grown)).toEqual({ isAtEnd: true, scrollTop: 5000, scrollHeight: 5000 });
  const reading = { isAtEnd: false, scrollTop: 300, scrollHeight: 1000 };
  expect(placeAfterChange(reading, { ...box, scrollHeight: 6000, scrollTop: 300 }).scrollTop).toBe(300);
});
