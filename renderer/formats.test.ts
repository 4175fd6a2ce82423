import { describe, expect, it } from 'vitest';
import { ago, decimal, lasting } from './formats.ts';

describe('times in words', () => {
  it('are told in the largest unit that fits, in both languages', () => {
    const now = 1_795_000_000_000;
    expect(ago(now - 300_000, now, 'en')).toBe('5 minutes ago');
    expect(ago(now - 300_000, now, 'zh-CN')).toBe('5分钟前');
    expect(ago(now - 90_000_000, now, 'en')).toBe('yesterday');
    expect(ago(now, now, 'en')).toBe('now');
  });

  it('last for two units at most', () => {
    expect(lasting(7_530_000, 'en')).toBe('2 hours, 5 minutes');
    expect(lasting(500, 'en')).toBe('0 seconds');
    expect(lasting(61_000, 'zh-CN')).toBe('1分钟1秒钟');
  });

  it('are numbers without needless digits', () => {
    expect(decimal(1.26, 'en')).toBe('1.3');
    expect(decimal(1234, 'en')).toBe('1,234');
  });
});
