import { describe, expect, it } from 'vitest';
import { dueReset, maySend, sessionPolicy } from './session-policy.ts';
import { blankState } from './session-state.ts';
import type { SessionEntry } from './session-types.ts';

const at = (text: string): number => new Date(text).getTime();
const entry = (fields: Partial<SessionEntry>): SessionEntry => ({
  ...blankState({ sessionId: 's', agentId: 'main' }, 'agent:main:main', at('2026-11-22T10:00:00')).entry,
  ...fields,
});
const due = (session: object, now: string, fields: Partial<SessionEntry> = {}): string | undefined =>
  dueReset(entry(fields), sessionPolicy({ session }), at(now));

describe('the reset policy', () => {
  it('starts a session over each day at four, local time, unless told otherwise', () => {
    expect(due({}, '2026-11-23T03:59:59')).toBeUndefined();
    expect(due({}, '2026-11-23T04:00:00')).toBe('daily');
    expect(due({ reset: { mode: 'daily', atHour: 0 } }, '2026-11-23T00:00:01')).toBe('daily');
    expect(due({ reset: { mode: 'none' } }, '2027-11-23T04:00:00')).toBeUndefined();
  });

  it('begins its days by the clock on the wall, also on the days when that is changed', () => {
    const zone = process.env.TZ;
    try {
      process.env.TZ = 'Europe/Berlin';
      const at2 = { reset: { mode: 'daily', atHour: 2 } };
      const began = (text: string) => ({ sessionStartedAt: Date.parse(text) });
      const isDue = (now: string, started: string, session: object = {}) =>
        dueReset(entry(began(started)), sessionPolicy({ session }), Date.parse(now));
      // 29 March 2026: from 02:00 to 03:00, so four o'clock comes an hour sooner.
      expect(isDue('2026-03-29T01:59:59Z', '2026-03-28T22:00:00Z')).toBeUndefined();
      expect(isDue('2026-03-29T02:00:00Z', '2026-03-28T22:00:00Z')).toBe('daily');
      expect(isDue('2026-03-29T01:00:00Z', '2026-03-28T22:00:00Z', at2)).toBe('daily');
      expect(isDue('2026-03-29T00:59:59Z', '2026-03-28T01:30:00Z', at2)).toBeUndefined();
      // 25 October 2026: from 03:00 back to 02:00.
      expect(isDue('2026-10-25T02:59:59Z', '2026-10-24T22:00:00Z')).toBeUndefined();
      expect(isDue('2026-10-25T03:00:00Z', '2026-10-24T22:00:00Z')).toBe('daily');
      process.env.TZ = 'Asia/Kolkata';
      expect(isDue('2026-11-22T22:29:59Z', '2026-11-22T10:00:00Z')).toBeUndefined();
      expect(isDue('2026-11-22T22:30:00Z', '2026-11-22T10:00:00Z')).toBe('daily');
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('counts idle time from the last message of a user', () => {
    const session = { reset: { mode: 'idle', idleMinutes: 30 } };
    expect(due(session, '2026-11-22T10:29:59')).toBeUndefined();
    expect(due(session, '2026-11-22T10:30:00')).toBe('idle');
    expect(
      due(session, '2026-11-22T10:30:00', { lastInteractionAt: at('2026-11-22T10:20:00') }),
    ).toBeUndefined();
    expect(due({ idleMinutes: 30 }, '2026-11-22T10:30:00')).toBe('idle');
  });

  it('takes the first of both when a daily reset has an idle time too', () => {
    const session = { reset: { mode: 'daily', atHour: 4, idleMinutes: 60 } };
    expect(due(session, '2026-11-22T11:00:00')).toBe('idle');
    expect(due(session, '2026-11-23T05:00:00')).toBe('daily');
  });

  it('goes by channel first, then by kind, then by the general rule', () => {
    const session = {
      reset: { mode: 'none' },
      resetByType: { group: { mode: 'idle', idleMinutes: 5 }, thread: { mode: 'idle', idleMinutes: 1 } },
      resetByChannel: { Discord: { mode: 'none' } },
    };
    const now = '2026-11-22T10:05:00';
    expect(due(session, now)).toBeUndefined();
    expect(due(session, now, { chatType: 'group' })).toBe('idle');
    expect(due(session, '2026-11-22T10:01:00', { key: 'agent:main:x:direct:1:thread:2' })).toBe('idle');
    expect(due(session, now, { chatType: 'group', lastChannel: 'discord' })).toBeUndefined();
  });
});

describe('the send policy', () => {
  const policy = sessionPolicy({
    session: {
      sendPolicy: {
        default: 'allow',
        rules: [
          { action: 'deny', match: { channel: 'discord', chatType: 'channel' } },
          { action: 'deny', match: { keyPrefix: 'cron:' } },
        ],
      },
    },
  });
  it('is decided by the session, then the first rule that fits, then the default', () => {
    expect(maySend(entry({}), policy)).toBe(true);
    expect(maySend(entry({ key: 'agent:main:cron:1' }), policy)).toBe(false);
    expect(maySend(entry({ lastChannel: 'Discord', chatType: 'group' }), policy)).toBe(false);
    expect(maySend(entry({ lastChannel: 'discord', sendPolicy: 'allow', chatType: 'group' }), policy)).toBe(
      true,
    );
    expect(maySend(entry({ sendPolicy: 'deny' }), policy)).toBe(false);
  });
});
