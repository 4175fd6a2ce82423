import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveConfigText } from './read.ts';
import { readConfigSchema } from './schema.ts';
import { planEdits, storeWrite, type WriteContext } from './write.ts';

let dir = '';
let context: WriteContext;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'config-write-')));
  context = { path: join(dir, 'sub', 'openclaw.json'), env: {}, stateDir: dir, schema: readConfigSchema() };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const apply = async (...edits: Parameters<typeof planEdits>[0]): Promise<string> => {
  await storeWrite(await planEdits(edits, context));
  return readFile(context.path, 'utf8');
};

describe('edits of the user at this host', () => {
  it('start a file, change it and remove keys, without any hash', async () => {
    expect(await apply({ path: ['gateway', 'mode'], value: 'local' })).toBe(
      '{\n  "gateway": {\n    "mode": "local"\n  }\n}\n',
    );
    expect(
      await apply({ path: ['gateway', 'port'], value: 4000 }, { path: ['gateway', 'mode'], remove: true }),
    ).toBe('{\n  "gateway": {\n    "port": 4000\n  }\n}\n');
  });

  it('may set the command of a secret provider', async () => {
    const value = { source: 'exec', command: '/bin/x' };
    expect(await apply({ path: ['secrets', 'providers', 'x'], value })).toContain('/bin/x');
  });

  it('are checked like every other write', async () => {
    await expect(apply({ path: ['gateway', 'port'], value: 'x' })).rejects.toThrow(
      'invalid config: gateway.port',
    );
    await expect(apply({ path: ['nope'], value: 1 })).rejects.toThrow('Unrecognized key: "nope"');
    await expect(apply({ path: ['__proto__', 'x'], value: 1 })).rejects.toThrow('cannot be set');
  });

  it('mend a file with several faults one by one, and add no new one', async () => {
    await apply({ path: ['gateway', 'mode'], value: 'local' });
    await writeFile(context.path, '{gateway: {port: "x", bind: "nowhere"}}');
    await expect(apply({ path: ['gateway', 'mode'], value: 5 })).rejects.toThrow('gateway.mode');
    await apply({ path: ['gateway', 'port'], value: 4000 });
    expect(await apply({ path: ['gateway', 'bind'], value: 'loopback' })).toContain('port: 4000');
  });

  it('name the place of a syntax error instead of editing around it', async () => {
    await apply({ path: ['gateway', 'mode'], value: 'local' });
    for (const broken of ['{\n  gateway: { mode: "local"\n', '// only a comment\n', '{gateway: {port: }}']) {
      await writeFile(context.path, broken);
      const { issues } = await resolveConfigText(broken, context.path, {});
      expect(issues[0]?.message).toMatch(/^JSON5 parse failed at line \d+, column \d+$/);
      await expect(apply({ path: ['gateway', 'port'], value: 4000 })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(String(issues[0]?.message)),
      });
      expect(await readFile(context.path, 'utf8')).toBe(broken);
    }
  });

  it('treat an empty file as one without settings', async () => {
    await apply({ path: ['gateway', 'mode'], value: 'local' });
    await writeFile(context.path, '\n');
    expect(await apply({ path: ['gateway', 'port'], value: 4000 })).toContain('"port": 4000');
  });

  it('say which directory is in the way of the file', async () => {
    await writeFile(join(dir, 'sub'), '');
    await expect(apply({ path: ['gateway', 'port'], value: 4000 })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining(join(dir, 'sub')),
    });
    context = { ...context, path: join(dir, 'sub', 'deeper', 'openclaw.json') };
    await expect(apply({ path: ['gateway', 'port'], value: 4000 })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('cannot be created (ENOTDIR)'),
    });
  });

  it.runIf(process.platform !== 'win32')('say which file cannot be read', async () => {
    await apply({ path: ['gateway', 'mode'], value: 'local' });
    await rm(context.path);
    await mkdir(context.path);
    await expect(apply({ path: ['gateway', 'port'], value: 4000 })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining(context.path),
    });
  });

  it('give up when somebody else changed the file in between, and leave theirs alone', async () => {
    await apply({ path: ['gateway', 'mode'], value: 'local' });
    const plan = await planEdits([{ path: ['gateway', 'port'], value: 4000 }], context);
    await writeFile(context.path, '{gateway: {mode: "remote"}}');
    await expect(storeWrite(plan)).rejects.toThrow('config changed since last load');
    expect(await readFile(context.path, 'utf8')).toBe('{gateway: {mode: "remote"}}');
  });
});
