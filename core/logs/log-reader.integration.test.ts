import {
  appendFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WritableLevel } from '../lib/log.ts';
import type { LogFilter } from './log-filter.ts';
import { type LogPage, type LogPageRequest, readLogLine, readLogPage } from './log-reader.ts';
import { fileLine } from './record.ts';

const start = Date.UTC(2026, 10, 22, 10, 0, 0);
let dir = '';
let today = '';

const entry = (message: string, second = 0, level: WritableLevel = 'info', more: object = {}): string =>
  fileLine({ level, subsystem: 'gateway', message, time: start + second * 1000, ...more });

const options = () => ({ place: { dir }, now: () => start });
const page = (request: Partial<LogPageRequest> = {}): Promise<LogPage> =>
  readLogPage(options(), { filter: {}, towards: 'older', limit: 1000, ...request });

/** Everything that matches, page by page, as it would be shown. */
async function all(filter: LogFilter = {}, limit = 1000, towards: 'older' | 'newer' = 'older') {
  let texts: string[] = [];
  let from: LogPageRequest['from'];
  for (;;) {
    const found = await page({ filter, limit, towards, ...(from && { from }) });
    const more = found.lines.map(({ text }) => text);
    texts = towards === 'older' ? [...more, ...texts] : [...texts, ...more];
    from = towards === 'older' ? found.start : found.end;
    if (found.isEnd) return texts;
  }
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-log-reader-'));
  today = join(dir, 'openclaw-2026-11-22.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const write = (file: string, lines: readonly string[]): Promise<void> =>
  writeFile(file, lines.map((line) => `${line}\n`).join(''));

describe('the pages of a log', () => {
  it('begin with the newest lines and go back through all files, rotated ones too', async () => {
    await write(join(dir, 'openclaw-2026-11-21.log'), [entry('a')]);
    await write(`${today}.2`, [entry('b')]);
    await write(`${today}.1`, [entry('c'), entry('d')]);
    await write(today, [entry('e'), entry('f')]);
    const newest = await page({ limit: 3 });
    expect(newest.lines.map(({ text }) => text)).toEqual(['d', 'e', 'f']);
    expect(newest).toMatchObject({ isEnd: false, wasReset: false });
    expect(await all({}, 2)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(await all({}, 2, 'newer')).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('know no other files: not those of another profile, no links, and nothing where there is no directory', async () => {
    await write(join(dir, 'openclaw-work-2026-11-22.log'), [entry('work')]);
    await write(join(dir, 'notes.log'), ['private']);
    await mkdir(join(dir, 'openclaw-2026-11-20.log'));
    await write(join(dir, 'secret'), ['secret']);
    await symlink(join(dir, 'secret'), today);
    expect(await all()).toEqual([]);
    expect(
      await readLogPage(
        { place: { dir: join(dir, 'none') }, now: () => start },
        { filter: {}, towards: 'older', limit: 9 },
      ),
    ).toMatchObject({ lines: [], isEnd: true });
  });

  it('lose no line and double none, whatever lies in the files and however small the pages', async () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .map((line) => `>${line.replace(/[\r\n]/g, '')}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(text, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 5 }),
        async (files, limit) => {
          await rm(dir, { recursive: true });
          await mkdir(dir);
          for (const [index, lines] of files.entries())
            await write(`${today}${index === 0 ? '' : `.${index}`}`, lines);
          const wanted = [...files].reverse().flat();
          expect(await all({}, limit)).toEqual(wanted);
          expect(await all({}, limit, 'newer')).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('show a line that is half written when it is whole, or when nobody will write on', async () => {
    await writeFile(today, `${entry('whole')}\n${entry('half')}`);
    const newest = await page();
    expect(newest.lines.map(({ text }) => text)).toEqual(['whole']);
    const goOn = { towards: 'newer' as const, from: newest.end };
    expect((await page(goOn)).lines).toEqual([]);
    await rename(today, `${today}.1`);
    await write(today, [entry('next')]);
    expect((await page(goOn)).lines.map(({ text }) => text)).toEqual(['half', 'next']);
  });

  it('follow a log over its rotation, and begin anew where it was cut short', async () => {
    await write(today, [entry('one')]);
    let { end } = await page();
    await appendFile(today, `${entry('two')}\n`);
    await rename(today, `${today}.1`);
    await write(today, [entry('three')]);
    const after = await page({ towards: 'newer', ...(end && { from: end }) });
    expect(after.lines.map(({ text }) => text)).toEqual(['two', 'three']);
    end = after.end;
    await truncate(today);
    await appendFile(today, 'x\n');
    const cut = await page({ towards: 'newer', ...(end && { from: end }) });
    expect(cut).toMatchObject({ wasReset: true, lines: [{ text: 'x' }] });
  });

  it('say how much they leave out for a reader who cannot keep up', async () => {
    await write(today, [entry('first')]);
    const { end } = await page();
    const long = entry('x'.repeat(1000));
    await appendFile(today, `${long}\n`.repeat(12_000));
    await appendFile(today, `${entry('last')}\n`);
    const followed = await page({ towards: 'newer', from: end, follow: true, limit: 100_000 });
    expect(followed.skippedBytes).toBeGreaterThan(1_000_000);
    expect(followed.lines[0]?.text).toBe('x'.repeat(1000));
  });

  it('hold lines without end in pieces', async () => {
    await writeFile(today, `${'a'.repeat(5_000_000)}\n${entry('after')}\n${'\u0000'.repeat(3000)}\n`);
    const { lines } = await page();
    expect(lines.map(({ text }) => text.length)).toEqual([4096, 5, 3000]);
    expect(await readLogLine(options(), lines[0]?.at ?? { file: '', offset: 0 }, 10)).toBe('a'.repeat(10));
    expect(await readLogLine(options(), { file: '1-1', offset: 0 }, 10)).toBeUndefined();
  });
});

describe('a filter', () => {
  beforeEach(async () => {
    await write(today, [
      entry('quiet', 0, 'debug', { fields: { logLevelName: 'ERROR' } }),
      entry('Grüße', 60, 'warn'),
      entry('call', 120, 'info', { fields: { method: 'status', ms: 7 }, subsystem: 'gateway/ws' }),
      'not an entry',
      entry('broken', 180, 'error', { subsystem: 'gatewayish' }),
    ]);
  });

  it.each<[LogFilter, string[]]>([
    [{ level: 'warn' }, ['Grüße', 'not an entry', 'broken']],
    [{ subsystem: 'gateway' }, ['quiet logLevelName=ERROR', 'Grüße', 'call method=status ms=7']],
    [{ text: 'METHOD=status' }, ['call method=status ms=7']],
    [{ text: 'gateway/ws call' }, ['call method=status ms=7']],
    [{ text: 'GRÜSSE' }, []],
    [{ text: 'GRÜßE' }, ['Grüße']],
    [{ text: 'an entry' }, ['not an entry']],
    [{ text: 'ms=\\d$', isPattern: true }, ['call method=status ms=7']],
    [{ text: 'ms=\\d$' }, []],
    [
      { sinceMs: start + 60_000, untilMs: start + 120_000 },
      ['Grüße', 'call method=status ms=7', 'not an entry'],
    ],
  ])('%j shows what it asks for', async (filter, texts) => {
    expect(await all(filter)).toEqual(texts);
    expect(await all(filter, 1, 'newer')).toEqual(texts);
  });

  it('refuses a pattern that is none', async () => {
    await expect(page({ filter: { text: '(', isPattern: true } })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    });
  });

  it('reads only what is near a range of time', async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => entry(`line ${index}`, index));
    await write(today, lines);
    await utimes(today, start / 1000 + 60_000, start / 1000 + 60_000);
    const at = start + 30_000 * 1000;
    let scanned = 0;
    let from: LogPageRequest['from'];
    const texts: string[] = [];
    for (let isEnd = false; !isEnd; ) {
      const found = await page({ filter: { sinceMs: at, untilMs: at + 2000 }, ...(from && { from }) });
      scanned += found.scannedBytes;
      texts.unshift(...found.lines.map(({ text }) => text));
      ({ isEnd, start: from } = found);
    }
    expect(texts).toEqual(['line 30000', 'line 30001', 'line 30002']);
    expect(scanned).toBeLessThan(1_500_000);
  });
});
