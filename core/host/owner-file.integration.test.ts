import { chmod, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOwnerFile, writeOwnerFile } from './owner-file.ts';

const posix = process.platform !== 'win32';
let trayDir: string;
let path: string;

beforeEach(async () => {
  trayDir = await mkdtemp(join(tmpdir(), 'owner-'));
  path = join(trayDir, 'run', 'owner.json');
});
afterEach(() => rm(trayDir, { recursive: true, force: true }));

const write = (bootId = 'boot') => writeOwnerFile({ trayDir, port: 18789, bootId });

describe('the owner file', () => {
  it('carries a token of this boot to whoever may read the state directory', async () => {
    const owner = await write();
    expect(owner.token).toMatch(/^[\w-]{43}$/);
    expect(await readOwnerFile(trayDir)).toMatchObject({
      version: 1,
      pid: process.pid,
      port: 18789,
      bootId: 'boot',
      token: owner.token,
    });
    if (posix) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await stat(join(trayDir, 'run'))).mode & 0o777).toBe(0o700);
    }
  });

  it('has another token after every start', async () => {
    expect((await write('a')).token).not.toBe((await write('b')).token);
  });

  it('is removed by its own boot only', async () => {
    const first = await write('a');
    const second = await write('b');
    await first.remove();
    expect((await readOwnerFile(trayDir))?.bootId).toBe('b');
    await second.remove();
    await second.remove();
    expect(await readOwnerFile(trayDir)).toBeUndefined();
  });

  it('is ignored when there is none or it is not complete', async () => {
    expect(await readOwnerFile(trayDir)).toBeUndefined();
    await write();
    for (const text of [
      '',
      '{"version":1',
      'null',
      '{"version":1,"pid":1,"startTime":null,"port":1,"bootId":"b","token":""}',
    ]) {
      await writeFile(path, text);
      expect(await readOwnerFile(trayDir)).toBeUndefined();
    }
  });

  it('is ignored when its process is gone', async () => {
    await write();
    const record = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...record, pid: 2 ** 22 + 1 }));
    expect(await readOwnerFile(trayDir)).toBeUndefined();
  });

  it.runIf(posix)('is ignored when its pid belongs to another process by now', async () => {
    await write();
    const record = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...record, startTime: '1' }));
    expect(await readOwnerFile(trayDir)).toBeUndefined();
  });

  it.runIf(posix).each([0o644, 0o640, 0o602])(
    'is ignored when others could read or write it (mode %o)',
    async (mode) => {
      await write();
      await chmod(path, mode);
      expect(await readOwnerFile(trayDir)).toBeUndefined();
    },
  );

  it.runIf(posix)('is ignored when it is a link', async () => {
    await write();
    await rename(path, join(trayDir, 'elsewhere'));
    await symlink(join(trayDir, 'elsewhere'), path);
    expect(await readOwnerFile(trayDir)).toBeUndefined();
  });
});
