import { expect, it } from 'vitest';
import { FakeClock } from '../core/testing/fake-clock.ts';
import { watchNetwork } from './network-watch.ts';

it('other addresses of this machine are told once, and not after the end', () => {
  const clock = new FakeClock();
  let addresses = 'a';
  let told = 0;
  const end = watchNetwork(
    clock,
    () => {
      told += 1;
    },
    () => addresses,
  );
  clock.advance(10_000);
  expect(told).toBe(0);
  addresses = 'b';
  clock.advance(20_000);
  expect(told).toBe(1);
  end();
  addresses = 'c';
  clock.advance(20_000);
  expect(told).toBe(1);
});
