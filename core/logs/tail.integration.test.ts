import { appendFile, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileLine } from './record.ts';
import { tailLog } from './tail.ts';

const NOW = new Date(2026, 10, 22, 12, 0, 0).getTime();
let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tail-'));
  file = join(dir, 'openclaw-2026-11-22.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const tail = (options: Partial<Parameters<typeof tailLog>[0]> = {}) => tailLog({ dir, now: NOW, ...options });
const lineAt = (time: number, message = 'm'): string =>
  fileLine({ level: 'info', subsystem: 's', message, time });

describe('logs.tail', () => {
  it('is empty with cursor 0 when there is no log yet', async () => {
    expect(await tail()).toEqual({ file, cursor: 0, size: 0, lines: [], truncated: false, reset: false });
    expect((await tail({ dir: join(dir, 'missing') })).lines).toEqual([]);
  });

  it('returns the lines verbatim, and only the new ones from a cursor', async () => {
    await writeFile(file, '{"a":1}\n{"b":"é"}\n');
    const first = await tail();
    expect(first).toEqual({
      file,
      cursor: 19,
      size: 19,
      lines: ['{"a":1}', '{"b":"é"}'],
      truncated: false,
      reset: false,
    });
    await appendFile(file, '{"c":2}\n');
    expect((await tail({ cursor: first.cursor })).lines).toEqual(['{"c":2}']);
    expect((await tail({ cursor: 27 })).lines).toEqual([]);
  });

  it('keeps a line that is not complete for the next call', async () => {
    await writeFile(file, 'one\ntw');
    const first = await tail();
    expect(first).toMatchObject({ lines: ['one'], cursor: 4, size: 6 });
    await appendFile(file, 'o\n');
    expect(await tail({ cursor: first.cursor })).toMatchObject({ lines: ['two'], cursor: 8 });
  });

  it('returns at most `limit` lines, the newest', async () => {
    await writeFile(file, 'a\nb\nc\n');
    expect(await tail({ limit: 2 })).toMatchObject({ lines: ['b', 'c'], truncated: true, cursor: 6 });
    expect(await tail({ limit: 3 })).toMatchObject({ lines: ['a', 'b', 'c'], truncated: false });
  });

  it('returns 500 lines unless told otherwise', async () => {
    await writeFile(file, 'x\n'.repeat(600));
    expect((await tail()).lines).toHaveLength(500);
  });

  it('reads at most `maxBytes` and drops the line it would have to cut', async () => {
    await writeFile(file, 'aaaa\nbbbb\ncccc\n');
    expect(await tail({ maxBytes: 12 })).toMatchObject({
      lines: ['bbbb', 'cccc'],
      truncated: true,
      reset: false,
    });
    expect((await tail({ maxBytes: 10 })).lines).toEqual(['bbbb', 'cccc']);
    expect(await tail({ maxBytes: 3 })).toMatchObject({ lines: [], truncated: true, cursor: 15 });
  });

  it('starts anew when the cursor is beyond the file', async () => {
    await writeFile(file, 'a\nb\n');
    const answer = await tail({ cursor: 999 });
    expect(answer).toMatchObject({ lines: ['a', 'b'], reset: true, truncated: false });
    expect(answer).not.toHaveProperty('skippedBytes');
  });

  it('starts anew when too much was written since the cursor, and says how much it skipped', async () => {
    await writeFile(file, 'aaaa\nbbbb\ncccc\n');
    expect(await tail({ cursor: 0, maxBytes: 10 })).toEqual({
      file,
      cursor: 15,
      size: 15,
      lines: ['bbbb', 'cccc'],
      truncated: true,
      reset: true,
      skippedBytes: 5,
    });
  });

  it('resets a cursor when the log is gone', async () => {
    expect(await tail({ cursor: 5 })).toMatchObject({ cursor: 0, lines: [], reset: true });
  });

  it('returns with sinceMs only lines that are at most that old', async () => {
    const old = lineAt(NOW - 60_001, 'old');
    const recent = lineAt(NOW - 60_000, 'recent');
    await writeFile(file, `${old}\nnot json\n${recent}\nalso not json\n`);
    expect(await tail({ sinceMs: 60_000 })).toMatchObject({
      lines: [recent, 'also not json'],
      truncated: false,
    });
    expect((await tail({ sinceMs: 0 })).lines).toEqual([]);
  });

  it('does not call the answer truncated when everything left out is older than sinceMs', async () => {
    const lines = [lineAt(NOW - 90_000), lineAt(NOW - 80_000), lineAt(NOW - 1)];
    await writeFile(file, `${lines.join('\n')}\n`);
    const lastTwo = Buffer.byteLength(`${lines[1]}\n${lines[2]}\n`);
    expect(await tail({ sinceMs: 1000, maxBytes: lastTwo })).toMatchObject({
      lines: [lines[2]],
      truncated: false,
    });
    expect(await tail({ sinceMs: 85_000, maxBytes: lastTwo })).toMatchObject({ truncated: true });
  });

  it('never splits a character and never loses or doubles a line, however it is called', async () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .map((line) => `>${line.replace(/[\r\n]/g, '')}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 20 }),
        fc.array(fc.nat(40), { maxLength: 8 }),
        async (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          await writeFile(file, '');
          const seen: string[] = [];
          let cursor = 0;
          let written = 0;
          for (const step of [...cuts, bytes.length]) {
            await appendFile(file, bytes.subarray(written, written + step));
            written = Math.min(bytes.length, written + step);
            const answer = await tail({ cursor });
            cursor = answer.cursor;
            seen.push(...answer.lines);
          }
          expect(seen).toEqual(lines);
          expect(cursor).toBe(bytes.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives whole lines for any window into the file', async () => {
    const lines = ['aé', '漢字漢字', '', '😀', 'z'];
    await writeFile(file, `${lines.join('\n')}\n`);
    const { length } = await readFile(file);
    for (let maxBytes = 1; maxBytes <= length; maxBytes += 1) {
      for (const line of (await tail({ maxBytes })).lines) expect(lines).toContain(line);
      for (const line of (await tail({ cursor: length - maxBytes })).lines) expect(lines).toContain(line);
    }
  });

  it('shows the newest older file until today has one, and only of its own profile', async () => {
    const yesterday = join(dir, 'openclaw-2026-11-21.log');
    await writeFile(join(dir, 'openclaw-2026-11-20.log'), 'older\n');
    await utimes(join(dir, 'openclaw-2026-11-20.log'), 1, 1);
    await writeFile(yesterday, 'newer\n');
    await writeFile(join(dir, 'openclaw-work-2026-11-22.log'), 'work\n');
    expect(await tail()).toMatchObject({ file: yesterday, lines: ['newer'] });
    expect(await tail({ profile: 'work' })).toMatchObject({ lines: ['work'] });
  });

  it('reads the configured file when logging.file is set', async () => {
    const fixed = join(dir, 'my.log');
    await writeFile(fixed, 'x\n');
    expect(await tail({ dir: undefined, file: fixed })).toMatchObject({ file: fixed, lines: ['x'] });
  });

  it('hands out no file that is not a log, whatever logging.file says', async () => {
    const secret = join(dir, 'id_ed25519');
    await writeFile(secret, 'secret\n');
    expect(await tail({ dir: undefined, file: secret })).toMatchObject({ file: secret, lines: [], size: 0 });
  });

  it.runIf(process.platform !== 'win32')('does not follow a link out of the log directory', async () => {
    const secret = join(dir, 'secret');
    await writeFile(secret, 'secret\n');
    await symlink(secret, file);
    expect(await tail()).toMatchObject({ lines: [], size: 0 });
    expect(await tail({ dir: undefined, file })).toMatchObject({ lines: [], size: 0 });
  });
});
