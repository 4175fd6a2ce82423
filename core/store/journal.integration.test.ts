import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal, readJournalTail, scanJournal } from './journal.ts';
import { sealedLine } from './journal-line.ts';
import { canMount, mountSmallDisk } from './testing/small-disk.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-journal-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const pathOf = (name = 'a.jsonl'): string => join(dir, 'store', name);

async function written(path: string, records: readonly object[]): Promise<void> {
  const journal = await openJournal(path);
  await journal.append(records);
  await journal.close();
}

async function contentOf(path: string, from = 0): Promise<{ ids: unknown[]; damaged: number }> {
  const ids: unknown[] = [];
  let damaged = 0;
  for await (const piece of scanJournal(path, from)) {
    if ('damaged' in piece) damaged += 1;
    else ids.push(piece.record.id);
  }
  return { ids, damaged };
}

const numbered = (count: number, body = ''): { id: number; body: string }[] =>
  Array.from({ length: count }, (_, id) => ({ id, body: `${body}${id}` }));

describe('a journal', () => {
  it('gives back what was appended, byte for byte, at the offsets it named', async () => {
    const records = [
      { id: 1, text: 'line\nbreak "quotes" \u2028 😀 \u0000 \ud800' },
      { id: 2, nested: { sum: 'deadbeef' }, list: [] },
    ];
    const journal = await openJournal(pathOf());
    const ranges = await journal.append(records);
    await journal.close();
    const text = await readFile(pathOf(), 'utf8');
    expect(text.split('\n')).toHaveLength(3);
    const pieces = [];
    for await (const piece of scanJournal(pathOf())) pieces.push(piece);
    expect(pieces.map((piece) => 'record' in piece && piece.record)).toEqual(records);
    expect(pieces.map(({ offset, length }) => ({ offset, length }))).toEqual(ranges);
    expect(await contentOf(pathOf(), ranges[1]?.offset)).toEqual({ ids: [2], damaged: 0 });
  });

  it.skipIf(process.platform === 'win32')(
    'is readable by its owner only and follows no symbolic link',
    async () => {
      await written(pathOf(), [{ id: 1 }]);
      expect((await stat(pathOf())).mode & 0o777).toBe(0o600);
      expect((await stat(join(dir, 'store'))).mode & 0o777).toBe(0o700);
      await writeFile(join(dir, 'elsewhere'), 'keep me');
      await symlink(join(dir, 'elsewhere'), pathOf('link.jsonl'));
      await expect(openJournal(pathOf('link.jsonl'))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        details: { code: 'STORE_UNWRITABLE' },
      });
      expect(await readFile(join(dir, 'elsewhere'), 'utf8')).toBe('keep me');
    },
  );

  it('refuses what it could not tell from its own seal, and stores nothing of it', async () => {
    const journal = await openJournal(pathOf());
    await expect(journal.append([{ id: 1 }, { sum: 'x' }])).rejects.toThrow('"sum"');
    await expect(journal.append([{}])).rejects.toThrow('at least one key');
    await journal.close();
    expect((await stat(pathOf())).size).toBe(0);
    await expect(journal.append([{ id: 1 }])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('keeps the order of appends that run at once', async () => {
    const journal = await openJournal(pathOf());
    const offsets = await Promise.all(numbered(500).map((record) => journal.append([record])));
    expect(journal.size).toBe((await stat(pathOf())).size);
    await journal.close();
    expect((await contentOf(pathOf())).ids).toEqual(numbered(500).map(({ id }) => id));
    expect(offsets.flat().map(({ offset }) => offset)).toEqual(
      offsets
        .flat()
        .map(({ offset }) => offset)
        .toSorted((a, b) => a - b),
    );
  });

  it('finishes what was asked for before it closes', async () => {
    const journal = await openJournal(pathOf());
    const appends = numbered(50, 'x'.repeat(2000)).map((record) => journal.append([record]));
    await journal.close();
    await Promise.all(appends);
    expect((await contentOf(pathOf())).ids).toHaveLength(50);
  });
});

describe('a torn end', () => {
  it.each([1, 5, 20, 24])(
    'of %i bytes is never interpreted, and cut off before the next append',
    async (bytes) => {
      await written(pathOf(), [{ id: 1 }, { id: 2 }]);
      const whole = await readFile(pathOf());
      await appendFile(pathOf(), sealedLine({ id: 3 }).subarray(0, bytes));
      expect(await contentOf(pathOf())).toEqual({ ids: [1, 2], damaged: 0 });
      expect((await readJournalTail(pathOf(), 9)).records.map(({ record }) => record.id)).toEqual([1, 2]);
      await written(pathOf(), [{ id: 4 }]);
      expect(await readFile(pathOf())).toEqual(Buffer.concat([whole, sealedLine({ id: 4 })]));
    },
  );

  it('of a whole record without its line break was not acknowledged, so it goes too', async () => {
    await written(pathOf(), [{ id: 1 }]);
    await appendFile(pathOf(), sealedLine({ id: 2 }).subarray(0, -1));
    expect((await contentOf(pathOf())).ids).toEqual([1]);
    await written(pathOf(), [{ id: 3 }]);
    expect(await contentOf(pathOf())).toEqual({ ids: [1, 3], damaged: 0 });
  });

  it('of zeros, as a power cut leaves them, costs nothing', async () => {
    await written(pathOf(), [{ id: 1 }]);
    await appendFile(pathOf(), Buffer.alloc(70_000));
    await written(pathOf(), [{ id: 2 }]);
    expect(await contentOf(pathOf())).toEqual({ ids: [1, 2], damaged: 0 });
  });

  it('in an otherwise empty file leaves an empty journal', async () => {
    await mkdir(join(dir, 'store'));
    await writeFile(pathOf(), '{"id":1');
    await written(pathOf(), [{ id: 2 }]);
    expect(await contentOf(pathOf())).toEqual({ ids: [2], damaged: 0 });
  });
});

describe('damage', () => {
  it('of any single bit costs at most the record it is in', async () => {
    await written(pathOf(), numbered(3, 'ä'));
    const sound = await readFile(pathOf());
    const ends = [...sound.keys()].filter((at) => sound[at] === 10);
    for (let bit = 0; bit < sound.length * 8; bit += 1) {
      const at = bit >> 3;
      const copy = Buffer.from(sound);
      copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
      await writeFile(pathOf('b.jsonl'), copy);
      const hit = ends.findIndex((end) => at <= end);
      const others = [0, 1, 2].filter((id) => id !== hit);
      const { ids, damaged } = await contentOf(pathOf('b.jsonl'));
      expect(ids.filter((id) => id !== hit)).toEqual(others);
      expect(ids.length === 3 || damaged > 0).toBe(true);
      if (bit % 5 !== 0) continue;
      const back = await readJournalTail(pathOf('b.jsonl'), 9);
      expect(back.records.map(({ record }) => record.id)).toEqual(ids);
    }
  });

  it('of the last line break does not make the last record a torn one', async () => {
    await written(pathOf(), [{ id: 1 }, { id: 2 }]);
    const bytes = await readFile(pathOf());
    bytes[bytes.length - 1] = 0x0b;
    await writeFile(pathOf(), bytes);
    await written(pathOf(), [{ id: 3 }]);
    expect(await contentOf(pathOf())).toEqual({ ids: [1, 2, 3], damaged: 0 });
  });

  it('says where it is and that a checksum does not match', async () => {
    await written(pathOf(), [{ id: 1 }, { id: 2 }]);
    const text = await readFile(pathOf(), 'utf8');
    await writeFile(pathOf(), text.replace('"id":2', '"id":7'));
    const pieces = [];
    for await (const piece of scanJournal(pathOf())) pieces.push(piece);
    expect(pieces[1]).toEqual({
      damaged: true,
      offset: sealedLine({ id: 1 }).length,
      length: sealedLine({ id: 2 }).length - 1,
      reason: 'its checksum does not match',
    });
  });
});

describe('the tail of a journal', () => {
  it('is the newest records that are wanted, oldest first, also across chunks and long lines', async () => {
    const records = numbered(3000).map((record) => ({
      ...record,
      body: 'y'.repeat(record.id === 2990 ? 3_000_000 : record.id % 700),
    }));
    await written(pathOf(), records);
    const tail = await readJournalTail(pathOf(), 200);
    expect(tail.records.map(({ record }) => record)).toEqual(records.slice(-200));
    expect(tail).toMatchObject({ reachedStart: false, damaged: 0 });
    const even = await readJournalTail(pathOf(), 2, {
      before: tail.records[0]?.offset ?? 0,
      where: (record) => Number(record.id) % 2 === 0,
    });
    expect(even.records.map(({ record }) => record.id)).toEqual([2796, 2798]);
  });

  it('knows when it has reached the start', async () => {
    await written(pathOf(), numbered(3));
    expect(await readJournalTail(pathOf(), 3)).toMatchObject({ reachedStart: true });
    expect(await readJournalTail(pathOf(), 2)).toMatchObject({ reachedStart: false });
    expect(await readJournalTail(join(dir, 'none.jsonl'), 2)).toEqual({
      records: [],
      reachedStart: true,
      damaged: 0,
    });
  });
});

const mountable = canMount();
const needs = mountable ? '' : ' (not run: mounting a small disk takes root on Linux)';

describe('a disk', () => {
  it.skipIf(!mountable)(
    `that is full takes no half record, and records again once there is room${needs}`,
    async () => {
      const disk = mountSmallDisk(256);
      try {
        const path = join(disk?.path ?? '', 'store', 'a.jsonl');
        const journal = await openJournal(path);
        const kept: number[] = [];
        for (let id = 0; id < 40; id += 1) {
          const appended = journal.append([{ id, body: 'z'.repeat(9_000) }]);
          await appended.then(
            () => kept.push(id),
            (error) => {
              expect(error).toMatchObject({ code: 'UNAVAILABLE', details: { code: 'STORE_FULL' } });
            },
          );
        }
        expect(kept.length).toBeGreaterThan(10);
        expect(kept.length).toBeLessThan(40);
        expect((await stat(path)).size).toBe(journal.size);
        expect(await contentOf(path)).toEqual({ ids: kept, damaged: 0 });
        await writeFile(path.replace('a.jsonl', 'filler'), '').catch(() => {});
        await journal.append([{ id: 'small' }]);
        await journal.close();
        expect((await contentOf(path)).ids).toEqual([...kept, 'small']);
      } finally {
        disk?.remove();
      }
    },
  );

  it.skipIf(!mountable)(`that is read-only can be read, and refuses with the next step${needs}`, async () => {
    const disk = mountSmallDisk(256);
    try {
      const path = join(disk?.path ?? '', 'store', 'a.jsonl');
      await written(path, [{ id: 1 }]);
      disk?.setReadOnly(true);
      await expect(openJournal(path)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('EROFS'),
        details: { code: 'STORE_UNWRITABLE' },
      });
      expect((await contentOf(path)).ids).toEqual([1]);
      disk?.setReadOnly(false);
    } finally {
      disk?.remove();
    }
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'directory without permission refuses with the next step',
    async () => {
      await mkdir(join(dir, 'store'));
      await chmod(join(dir, 'store'), 0o500);
      await expect(openJournal(pathOf())).rejects.toMatchObject({ details: { code: 'STORE_UNWRITABLE' } });
      await chmod(join(dir, 'store'), 0o700);
    },
  );
});
