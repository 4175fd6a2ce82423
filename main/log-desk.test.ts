import { describe, expect, it } from 'vitest';
import { FakeClock } from '../core/testing/fake-clock.ts';
import { type LogAnswer, LogDesk, type LogQuestion } from './log-desk.ts';

function desk() {
  const clock = new FakeClock();
  const asked: LogQuestion[] = [];
  const threads: { say(answer: LogAnswer): void; die(): void; isEnded: boolean }[] = [];
  const logs = new LogDesk({
    clock,
    place: () => ({ dir: '/logs' }),
    spawn(say, die) {
      const thread = { say, die, isEnded: false };
      threads.push(thread);
      return {
        ask: (question) => void asked.push(question),
        end: () => {
          thread.isEnded = true;
        },
      };
    },
  });
  const page = (isPattern = false) =>
    logs.page({ filter: { text: 'a', isPattern }, towards: 'older', limit: 9 }, 0);
  return { clock, asked, threads, logs, page };
}

describe('the desk for logs', () => {
  it('has one thread, which gets the place of the log from the app', async () => {
    const { asked, threads, page, logs } = desk();
    const first = page();
    const line = logs.line({ file: '1-2', offset: 7 });
    expect(threads).toHaveLength(1);
    expect(asked.map(({ place }) => place)).toEqual([{ dir: '/logs' }, { dir: '/logs' }]);
    threads[0]?.say({ id: 2, ok: true, result: 'a line' });
    threads[0]?.say({ id: 1, ok: true, result: 'a page' });
    expect(await Promise.all([first, line])).toEqual(['a page', 'a line']);
  });

  it('ends a thread that a pattern keeps, and says so; the next question gets a new one', async () => {
    const { clock, threads, page } = desk();
    const slow = expect(page(true)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', message: /pattern/ });
    const other = expect(page()).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await clock.advance(6_000);
    await Promise.all([slow, other]);
    expect(threads[0]?.isEnded).toBe(true);
    const again = page();
    threads[1]?.say({ id: 3, ok: true, result: 'back' });
    expect(await again).toBe('back');
  });

  it('tells everybody who waits when the thread dies', async () => {
    const { threads, page } = desk();
    const cut = expect(page()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    threads[0]?.die();
    await cut;
  });

  it('lets a thread go that nobody asks anything', async () => {
    const { clock, threads, page } = desk();
    const first = page();
    threads[0]?.say({ id: 1, ok: true, result: 0 });
    await first;
    await clock.advance(30_000);
    expect(threads[0]?.isEnded).toBe(true);
  });
});
