import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from './atomic-file.ts';
import { openJournal } from './journal.ts';
import { sealedLine } from './journal-line.ts';
import { type DiskCalls, watchDisk } from './testing/disk-calls.ts';

const posix = process.platform !== 'win32';
let dir: string;
let disk: DiskCalls;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-order-'));
  disk = await watchDisk();
});
afterEach(async () => {
  disk.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('a journal', () => {
  it.runIf(posix)('stores the directories of a new file before it takes a record', async () => {
    const journal = await openJournal(join(dir, 'store', 'a.jsonl'));
    expect(disk.done).toEqual(['sync directory', 'sync directory']);
    await journal.close();
  });

  it('acknowledges a record after the disk has it', async () => {
    const journal = await openJournal(join(dir, 'a.jsonl'));
    disk.done.length = 0;
    for (const id of [1, 2]) await journal.append([{ id }]).then(() => disk.done.push('acknowledged'));
    expect(disk.done).toEqual(['write', 'datasync', 'acknowledged', 'write', 'datasync', 'acknowledged']);
    await journal.close();
  });

  it('acknowledges all that share a write after the one sync that covers them', async () => {
    const journal = await openJournal(join(dir, 'a.jsonl'));
    disk.done.length = 0;
    const appends = [false, true, true].map((sync, id) =>
      journal.append([{ id }], { sync }).then(() => disk.done.push('acknowledged')),
    );
    await Promise.all(appends);
    expect(disk.done).toEqual(['write', 'datasync', 'acknowledged', 'acknowledged', 'acknowledged']);
    await journal.close();
  });

  it('writes what needs no sync without one, before it says that it has', async () => {
    const journal = await openJournal(join(dir, 'a.jsonl'));
    disk.done.length = 0;
    await journal.append([{ id: 1 }], { sync: false }).then(() => disk.done.push('told'));
    expect(disk.done).toEqual(['write', 'told']);
    await journal.append([{ id: 2 }]);
    expect(disk.done).toEqual(['write', 'told', 'write', 'datasync']);
    await journal.close();
  });

  it('takes back and refuses what could not be synced', async () => {
    const path = join(dir, 'a.jsonl');
    const journal = await openJournal(path);
    await journal.append([{ id: 1 }]);
    disk.failNextSync();
    await expect(journal.append([{ id: 2 }])).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('EIO'),
      details: { code: 'STORE_UNWRITABLE' },
    });
    expect(await readFile(path)).toEqual(sealedLine({ id: 1 }));
    await journal.append([{ id: 3 }]);
    expect(await readFile(path)).toEqual(Buffer.concat([sealedLine({ id: 1 }), sealedLine({ id: 3 })]));
    await journal.close();
  });
});

describe('writeFileAtomic', () => {
  it('puts the new file in place when the disk has it, and the directory after that', async () => {
    await writeFileAtomic(join(dir, 'a.json'), '{}', { beforeRename: () => void disk.done.push('checked') });
    disk.done.push('told');
    const stored = posix ? ['sync directory'] : [];
    expect(disk.done).toEqual(['write', 'sync', 'checked', 'rename', ...stored, 'told']);
  });
});
