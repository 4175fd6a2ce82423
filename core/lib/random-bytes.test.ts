import { afterEach, expect, it, vi } from 'vitest';
import { randomBytes } from './random-bytes.ts';

afterEach(() => vi.unstubAllGlobals());

it.each([process.platform, 'win32'])(
  'gives as many bytes as asked for, others each time, on %s',
  (platform) => {
    vi.stubGlobal('process', { ...process, platform });
    const seen = Array.from({ length: 100 }, () => randomBytes(16));
    expect(seen.every(({ length }) => length === 16)).toBe(true);
    expect(new Set(seen.map((bytes) => bytes.toString('hex'))).size).toBe(100);
    expect(randomBytes(1_000)).toHaveLength(1_000);
  },
);
