import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openAppSettings } from './app-settings.ts';
import { ConnectionBook } from './connection-book.ts';

const ssh = (target: string) => ({ kind: 'ssh', target }) as const;

async function bookIn(dir = mkdtempSync(join(tmpdir(), 'openclaw-book-'))) {
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  let now = 0;
  const book = new ConnectionBook(await openAppSettings(dir), () => ++now);
  return { book, dir };
}

it('a gateway keeps its port over restarts of the app, and no other one gets it', async () => {
  const { book, dir } = await bookIn();
  const port = await book.portFor(ssh('a'));
  const other = await book.portFor(ssh('b'));
  expect(other).not.toBe(port);
  const again = (await bookIn(dir)).book;
  expect(await again.portFor(ssh('a'))).toBe(port);
  expect(await again.portFor(ssh('b'))).toBe(other);
});

it('what was chosen is chosen again at the next start, with what was saved', async () => {
  const { book, dir } = await bookIn();
  await book.save(ssh('kept'), 'Office');
  await book.choose(ssh('used'));
  const again = (await bookIn(dir)).book;
  expect(again.current).toEqual(ssh('used'));
  expect(again.list).toMatchObject([
    { destination: ssh('kept'), name: 'Office', isSaved: true },
    { destination: ssh('used'), isSaved: false, lastUsedAtMs: 1 },
  ]);
  expect(await again.forget(ssh('kept'))).toBe(true);
  expect(await again.forget(ssh('kept'))).toBe(false);
});

it('only so many that nobody has saved are kept, the last used ones', async () => {
  const { book } = await bookIn();
  await book.save(ssh('kept'), undefined);
  for (let index = 0; index < 15; index += 1) await book.choose(ssh(`h${index}`));
  expect(book.list.map(({ destination }) => destination)).toHaveLength(11);
  expect(book.find(ssh('h14'))).toBeDefined();
  expect(book.find(ssh('h0'))).toBeUndefined();
});

it('a file with entries that nobody can use loses only those, and keys of others stay', async () => {
  const { dir } = await bookIn();
  const path = join(dir, 'app.json');
  const good = { destination: ssh('a'), isSaved: true };
  const connections = [good, { destination: { kind: 'ftp' } }, 7];
  writeFileSync(path, JSON.stringify({ connections, destination: 'x', theirs: 1 }));
  const { book } = await bookIn(dir);
  expect(book.current).toEqual({ kind: 'local' });
  expect(book.list).toEqual([good]);
  await book.choose(ssh('b'));
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ theirs: 1 });
});
