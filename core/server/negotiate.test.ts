import { describe, expect, it } from 'vitest';
import type { ConnectParams } from '../protocol/connect.ts';
import { acceptsClient, negotiate } from './negotiate.ts';

const spoken = (minProtocol: unknown, maxProtocol: unknown) =>
  negotiate({ minProtocol, maxProtocol }).dialect?.era;

describe('negotiation', () => {
  it('takes the newest version in the range', () => {
    expect(spoken(1, 9)).toBe(4);
    expect(spoken(4, 4)).toBe(4);
    expect(spoken(3, 3)).toBe(3);
    expect(spoken(1, 3)).toBe(3);
  });

  it('takes none when the range holds none, is empty, or is no range', () => {
    for (const [min, max] of [
      [1, 2],
      [5, 5],
      [4, 3],
      ['4', '4'],
      [undefined, undefined],
      [null, 4],
      [Number.NaN, Number.NaN],
    ]) {
      expect(spoken(min, max)).toBeUndefined();
    }
    for (const params of [undefined, null, 7, 'x', []]) expect(negotiate(params).dialect).toBeUndefined();
  });

  it('words refusals for the newest version the client could mean', () => {
    expect(negotiate({ minProtocol: 2, maxProtocol: 2 }).era).toBe(3);
    expect(negotiate({ minProtocol: 3, maxProtocol: 3 }).era).toBe(3);
    expect(negotiate({ minProtocol: 3, maxProtocol: 4 }).era).toBe(4);
    expect(negotiate({ minProtocol: 9, maxProtocol: 9 }).era).toBe(4);
    expect(negotiate({}).era).toBe(4);
  });

  it('knows clients that only v4 has', () => {
    const params = (id: string, mode: string) => ({ client: { id, mode } }) as ConnectParams;
    for (const id of [
      'openclaw-tui',
      'openclaw-browser-copilot',
      'openclaw-linux',
      'openclaw-watchos',
      'openclaw-worker',
    ]) {
      expect(acceptsClient(4, params(id, 'ui'))).toBeUndefined();
      expect(acceptsClient(3, params(id, 'ui'))).toContain('at /client/id');
    }
    expect(acceptsClient(3, params('cli', 'worker'))).toContain('at /client/mode');
    expect(acceptsClient(3, params('cli', 'cli'))).toBeUndefined();
  });
});
