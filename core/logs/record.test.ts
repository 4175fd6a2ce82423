import { describe, expect, it } from 'vitest';
import { admits, fileLine, localTimestamp } from './record.ts';

const TIME = Date.UTC(2026, 10, 22, 11, 13, 4, 866);

describe('the line of the log file', () => {
  it('has the shape that logs.tail of the field returns', () => {
    const line = JSON.parse(
      fileLine({
        level: 'warn',
        subsystem: 'gateway/ws',
        message: 'closed',
        fields: { code: 1008 },
        time: TIME,
      }),
    );
    expect(line).toEqual({
      '0': '{"subsystem":"gateway/ws"}',
      '1': 'closed',
      '2': { code: 1008 },
      _meta: {
        runtime: 'node',
        runtimeVersion: process.versions.node,
        hostname: expect.any(String),
        name: '{"subsystem":"gateway/ws"}',
        parentNames: ['openclaw'],
        date: '2026-11-22T11:13:04.866Z',
        logLevelId: 4,
        logLevelName: 'WARN',
      },
      hostname: expect.any(String),
      message: 'closed',
      time: expect.stringMatching(/^2026-11-2\dT\d\d:\d\d:\d\d\.866[+-]\d\d:\d\d$/),
    });
    expect(Date.parse(line.time)).toBe(TIME);
  });

  it('leaves the key "2" out when a record has no fields', () => {
    expect(
      JSON.parse(fileLine({ level: 'info', subsystem: 'a', message: 'b', time: TIME })),
    ).not.toHaveProperty('2');
  });

  it('is one line whatever the message holds', () => {
    const line = fileLine({ level: 'info', subsystem: 'a', message: 'one\ntwo\r\u2028\u0000', time: TIME });
    expect(line).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(line).message).toBe('one\ntwo\r\u2028\u0000');
  });

  it('cuts a huge message and huge fields, and says by how much', () => {
    const line = JSON.parse(
      fileLine({
        level: 'info',
        subsystem: 'a',
        message: 'x'.repeat(10_000),
        fields: { y: 'y'.repeat(9000) },
        time: TIME,
      }),
    );
    expect(line.message).toMatch(/x… \(\+1808 characters\)$/);
    expect(line['2']).toEqual({ omitted: 'fields of 9008 characters' });
  });
});

describe('timestamps', () => {
  it.each([
    [0, '2026-11-22T11:13:04.866+00:00'],
    [60, '2026-11-22T12:13:04.866+01:00'],
    [345, '2026-11-22T16:58:04.866+05:45'],
    [-210, '2026-11-22T07:43:04.866-03:30'],
  ])('show local time %i minutes from UTC', (offset, expected) => {
    expect(localTimestamp(TIME, offset)).toBe(expected);
  });
});

describe('levels', () => {
  it('admit everything at least as severe as the threshold, and nothing when silent', () => {
    expect(admits('info', 'error')).toBe(true);
    expect(admits('info', 'info')).toBe(true);
    expect(admits('info', 'debug')).toBe(false);
    expect(admits('silent', 'fatal')).toBe(false);
    expect(admits('trace', 'trace')).toBe(true);
  });
});
