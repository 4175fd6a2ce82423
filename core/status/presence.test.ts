import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { Presence } from './presence.ts';

const MINUTES = 60_000;

function presence() {
  const clock = new FakeClock();
  return { clock, rows: new Presence(clock, { host: 'self', mode: 'gateway' }) };
}

const texts = (rows: Presence) =>
  rows
    .list()
    .slice(1)
    .map(({ text }) => text);

describe('presence', () => {
  it('begins with the gateway itself, as of now', () => {
    const { clock, rows } = presence();
    clock.advance(5);
    expect(rows.list()).toEqual([{ host: 'self', mode: 'gateway', ts: clock.now() }]);
    expect(rows.version).toBe(1);
  });

  it('lists the newest first, and grows its version at each change', () => {
    const { rows } = presence();
    for (const text of ['a', 'b', 'c']) rows.upsert(text, { text }, true);
    rows.upsert('a', { text: 'a again' }, true);
    expect(texts(rows)).toEqual(['a again', 'c', 'b']);
    expect(rows.version).toBe(5);
  });

  it('adds to what is known of a row', () => {
    const { rows } = presence();
    rows.upsert('a', { text: 'a', mode: 'ui', host: 'desk' }, true);
    rows.upsert('a', { text: 'idle' });
    expect(rows.list()[1]).toMatchObject({ text: 'idle', mode: 'ui', host: 'desk' });
  });

  it('forgets after five minutes who is not here, and keeps who is', () => {
    const { clock, rows } = presence();
    rows.upsert('here', { text: 'here' }, true);
    rows.upsert('told', { text: 'told' });
    rows.upsert('left', { text: 'left' }, true);
    clock.advance(1 * MINUTES);
    rows.upsert('left', { text: 'left' }, false);
    clock.advance(4 * MINUTES);
    expect(texts(rows)).toEqual(['left', 'told', 'here']);
    clock.advance(1);
    expect(texts(rows)).toEqual(['left', 'here']);
    clock.advance(1 * MINUTES);
    expect(texts(rows)).toEqual(['here']);
  });

  it('keeps who is here through a word about it, until it leaves', () => {
    const { clock, rows } = presence();
    rows.upsert('here', { text: 'here' }, true);
    rows.upsert('here', { text: 'idle' });
    clock.advance(10 * MINUTES);
    expect(texts(rows)).toEqual(['idle']);
    rows.upsert('here', { text: 'gone' }, false);
    clock.advance(5 * MINUTES + 1);
    expect(texts(rows)).toEqual([]);
  });

  it('keeps at most two hundred rows of those who are not here', () => {
    const { rows } = presence();
    rows.upsert('here', { text: 'here' }, true);
    for (let n = 0; n < 500; n += 1) rows.upsert(`told ${n}`, { text: `told ${n}` });
    expect(texts(rows)).toHaveLength(200);
    expect(texts(rows)).toContain('here');
    expect(texts(rows)[0]).toBe('told 499');
  });
});
