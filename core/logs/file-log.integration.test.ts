import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type FileLog, type FileLogOptions, openFileLog } from './file-log.ts';

const posix = process.platform !== 'win32';
const NAME = 'openclaw-2026-11-22.log';
const START = new Date(2026, 10, 22, 23, 59, 59).getTime();
let home: string;
let dir: string;
const open: FileLog[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'logs-'));
  dir = join(home, 'logs');
});
afterEach(async () => {
  for (const log of open.splice(0)) await log.close();
  await rm(home, { recursive: true, force: true });
});

function logWith(options: Partial<FileLogOptions> = {}): FileLog {
  const log = openFileLog({
    dir,
    level: 'info',
    maxFileBytes: 1_000_000,
    maxTotalBytes: 10_000_000,
    clock: { ...systemClock, now: () => START },
    ...options,
  });
  open.push(log);
  return log;
}

const write = (log: FileLog, message: string): void =>
  log.write({ level: 'info', subsystem: 'test', message, time: START });

const messagesIn = async (path: string): Promise<string[]> =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).message);

const bytesIn = async (path: string): Promise<number> => {
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(path, name)).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};

describe('the log file', () => {
  it('is named after the local day and only the owner can read it', async () => {
    const log = logWith();
    write(log, 'hello');
    await log.flush();
    expect(log.path()).toBe(join(dir, 'openclaw-2026-11-22.log'));
    expect(await messagesIn(log.path())).toEqual(['hello']);
    if (posix) {
      expect((await stat(log.path())).mode & 0o777).toBe(0o600);
      expect((await stat(dir)).mode & 0o777).toBe(0o700);
    }
  });

  it('carries the name of the profile', () => {
    expect(logWith({ profile: 'work' }).path()).toBe(join(dir, 'openclaw-work-2026-11-22.log'));
  });

  it('is the configured one when logging.file is set, and leaves the mode of its directory alone', async () => {
    const shared = join(home, 'shared');
    await mkdir(shared);
    await chmod(shared, 0o755);
    const log = logWith({ file: join(shared, 'my.log') });
    write(log, 'hello');
    await log.flush();
    expect(await messagesIn(join(shared, 'my.log'))).toEqual(['hello']);
    if (posix) expect((await stat(shared)).mode & 0o777).toBe(0o755);
  });

  it('never becomes a part of a file of the user, such as one that a shell runs', async () => {
    const victim = join(home, '.bashrc');
    await writeFile(victim, 'alias x=y\n');
    for (const file of [victim, join(home, 'authorized_keys'), join(home, 'x.log.sh')]) {
      const log = logWith({ file });
      write(log, '$(id)');
      await log.flush();
      expect(log.state().problem).toBe(`${file} does not end in .log or .jsonl`);
    }
    expect(await readFile(victim, 'utf8')).toBe('alias x=y\n');
    expect(await readdir(home)).toEqual(['.bashrc']);
    const log = logWith({ file: join(home, 'mine.jsonl') });
    write(log, 'hello');
    await log.flush();
    expect(await messagesIn(join(home, 'mine.jsonl'))).toEqual(['hello']);
  });

  it('keeps the order of lines and loses none that were written before close', async () => {
    const log = logWith({ maxFileBytes: 50_000_000, maxTotalBytes: 100_000_000 });
    for (let number = 0; number < 3000; number += 1) {
      write(log, `line ${number}`);
      if (number % 500 === 0) await nextTurn();
    }
    await log.close();
    expect(await messagesIn(log.path())).toEqual(
      Array.from({ length: 3000 }, (_, number) => `line ${number}`),
    );
    expect(log.state().droppedLines).toBe(0);
  });

  it('leaves out what is below its level', async () => {
    const log = logWith({ level: 'warn' });
    write(log, 'quiet');
    log.write({ level: 'error', subsystem: 'test', message: 'loud', time: START });
    await log.flush();
    expect(await messagesIn(log.path())).toEqual(['loud']);
  });

  it('counts repeated lines instead of writing them', async () => {
    const log = logWith();
    for (let count = 0; count < 1000; count += 1) write(log, 'same');
    await log.flush();
    expect(await messagesIn(log.path())).toEqual(['same', 'last message repeated 999 times']);
  });

  it('changes with the day', async () => {
    let now = START;
    const log = logWith({ clock: { ...systemClock, now: () => now } });
    write(log, 'old');
    await log.flush();
    now += 2000;
    write(log, 'new');
    await log.flush();
    expect(await messagesIn(join(dir, 'openclaw-2026-11-22.log'))).toEqual(['old']);
    expect(await messagesIn(join(dir, 'openclaw-2026-11-23.log'))).toEqual(['new']);
  });

  it('goes on after half a line that a crash left behind', async () => {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'openclaw-2026-11-22.log'), '{"torn');
    const log = logWith();
    write(log, 'next');
    await log.flush();
    const lines = (await readFile(log.path(), 'utf8')).split('\n');
    expect(lines[0]).toBe('{"torn');
    expect(JSON.parse(lines[1] ?? '').message).toBe('next');
  });

  it('is created again when somebody moves it away', async () => {
    const log = logWith();
    write(log, 'one');
    await log.flush();
    await rename(log.path(), join(dir, 'moved'));
    write(log, 'two');
    await log.flush();
    expect(await messagesIn(log.path())).toEqual(['two']);
  });

  it.runIf(posix)('is not written through a link planted under its name', async () => {
    await mkdir(dir, { recursive: true });
    const victim = join(home, 'victim');
    await writeFile(victim, 'mine');
    await symlink(victim, join(dir, 'openclaw-2026-11-22.log'));
    const log = logWith();
    write(log, 'hello');
    await log.close();
    expect(await readFile(victim, 'utf8')).toBe('mine');
    expect(log.state()).toEqual({ droppedLines: 1, problem: 'ELOOP' });
  });
});

describe('rotation', () => {
  it('moves a full file to .1, .2 and so on, the newest first', async () => {
    const log = logWith({ maxFileBytes: 4000, maxTotalBytes: 1_000_000 });
    const written = Array.from({ length: 40 }, (_, number) => `line ${number}`);
    for (const message of written) {
      write(log, message);
      await log.flush();
    }
    const names = (await readdir(dir)).sort().reverse();
    expect(names.slice(-3)).toEqual([`${NAME}.2`, `${NAME}.1`, NAME]);
    const messages = await Promise.all(names.map((name) => messagesIn(join(dir, name))));
    expect(messages.flat()).toEqual(written);
    for (const file of await readdir(dir))
      expect((await stat(join(dir, file))).size).toBeLessThanOrEqual(4000);
  });

  it('removes the oldest log files of the directory when the total would pass the cap, and nothing else', async () => {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'openclaw-2026-01-01.log'), 'x'.repeat(9000));
    await writeFile(join(dir, 'openclaw-work-2026-01-02.log.3'), 'x'.repeat(9000));
    await utimes(join(dir, 'openclaw-2026-01-01.log'), 1, 1);
    await writeFile(join(dir, 'notes.txt'), 'x'.repeat(9000));
    await writeFile(join(dir, 'openclaw-notes.log'), 'x'.repeat(9000));
    const log = logWith({ maxFileBytes: 5000, maxTotalBytes: 10_000 });
    write(log, 'hello');
    await log.flush();
    write(log, 'again');
    await log.flush();
    expect((await readdir(dir)).sort()).toEqual([
      'notes.txt',
      'openclaw-2026-11-22.log',
      'openclaw-notes.log',
      'openclaw-work-2026-01-02.log.3',
    ]);
  });

  it('keeps a storm of 10 MB/s and more within the cap, at every moment, and the last line is there', async () => {
    const maxTotalBytes = 6_000_000;
    const log = logWith({ maxFileBytes: 2_000_000, maxTotalBytes });
    const padding = 'x'.repeat(3500);
    let largest = 0;
    for (let number = 0; number < 5000; number += 1) {
      write(log, `${number} ${padding}`);
      if (number % 50 === 0) await nextTurn();
      if (number % 250 === 0) largest = Math.max(largest, await bytesIn(dir));
    }
    await log.flush();
    write(log, 'the end');
    await log.close();
    largest = Math.max(largest, await bytesIn(dir));
    expect(largest).toBeLessThanOrEqual(maxTotalBytes);
    expect(largest).toBeGreaterThan(maxTotalBytes / 3);
    expect((await messagesIn(log.path())).at(-1)).toBe('the end');
  });

  it('drops and counts what is faster than the disk instead of filling the memory', async () => {
    const log = logWith({ maxFileBytes: 40_000_000, maxTotalBytes: 100_000_000 });
    const padding = 'x'.repeat(4000);
    for (let number = 0; number < 3000; number += 1) write(log, `${number} ${padding}`);
    await log.close();
    const messages = await messagesIn(log.path());
    const { droppedLines } = log.state();
    expect(droppedLines).toBeGreaterThan(0);
    expect(messages.at(-1)).toBe(`${droppedLines} log lines could not be written and are lost`);
    expect(messages.length - 1 + droppedLines).toBe(3000);
  });
});

describe('a disk that does not work', () => {
  it('hurts nothing when the directory cannot be made, and is tried again', async () => {
    await writeFile(dir, 'a file in the way');
    const log = logWith();
    write(log, 'one');
    await log.flush();
    expect(log.state().problem).toBeDefined();
    await rm(dir);
    write(log, 'two');
    await log.flush();
    expect(await messagesIn(log.path())).toEqual(['one', 'two']);
    expect(log.state()).toEqual({ droppedLines: 0, problem: undefined });
  });

  it('is tried again by itself', async () => {
    await writeFile(dir, 'a file in the way');
    const timers: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      now: () => START,
      after: (_ms, task) => {
        timers.push(task);
        return () => {};
      },
    };
    const log = logWith({ clock });
    write(log, 'one');
    await log.flush();
    await rm(dir);
    for (const task of timers.splice(0)) task();
    await expect.poll(() => messagesIn(log.path()).catch(() => [])).toEqual(['one']);
  });

  it.runIf(process.platform === 'linux')(
    'hurts nothing when it is full, and the loss is counted',
    async () => {
      const log = logWith({ file: '/dev/full' });
      write(log, 'one');
      await log.flush();
      expect(log.state().problem).toBe('ENOSPC');
      write(log, 'two');
      await log.close();
      expect(log.state().droppedLines).toBe(2);
    },
  );

  it('takes writes after close without effect', async () => {
    const log = logWith();
    write(log, 'one');
    await log.close();
    write(log, 'late');
    await log.flush();
    await appendFile(log.path(), '');
    expect(await messagesIn(log.path())).toEqual(['one']);
  });
});
