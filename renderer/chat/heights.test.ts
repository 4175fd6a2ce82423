import { expect, test } from 'vitest';
import { blocksInSight } from './heights.ts';

const keys = Array.from({ length: 5000 }, (_, index) => `m${index}`);

test('of many blocks only those near to what is seen exist, and the room of the others is kept', () => {
  const heights = new Map(keys.map((key, index) => [key, index % 2 === 0 ? 40 : 160]));
  const sight = blocksInSight(keys, heights, { scrollTop: 250_000, clientHeight: 700 });
  expect(sight.last - sight.first).toBeLessThan(40);
  const drawn = keys.slice(sight.first, sight.last).reduce((sum, key) => sum + (heights.get(key) ?? 0), 0);
  expect(sight.above + drawn + sight.below).toBe(500_000);
  expect(sight.above).toBeLessThan(250_000);
});

test('the ends of a list and an empty one', () => {
  expect(blocksInSight([], new Map(), { scrollTop: 0, clientHeight: 700 })).toEqual({
    first: 0,
    last: 0,
    above: 0,
    below: 0,
  });
  expect(blocksInSight(keys, new Map(), { scrollTop: 0, clientHeight: 700 })).toMatchObject({
    first: 0,
    above: 0,
  });
  expect(blocksInSight(keys, new Map(), { scrollTop: 1e9, clientHeight: 700 }).last).toBe(5000);
});
