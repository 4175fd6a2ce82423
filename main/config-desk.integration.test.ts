import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resolveStatePaths } from '../core/config/paths.ts';
import type { PeerWriteRisk } from '../core/config/write-guards.ts';
import { whenTestEnds } from '../core/testing/test-end.ts';
import type { ConfigFileChange } from './bridge/methods/config-file.ts';
import { ConfigDesk } from './config-desk.ts';

const TEXT = `// mine
{
  gateway: {
    mode: 'local', // here
    port: 18789,
    auth: { mode: 'token', token: 'a-secret-of-mine' },
  },
  future: { key: 1 },
}
`;

async function deskWith(text: string | null = TEXT) {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-test-'));
  whenTestEnds(() => rm(dir, { recursive: true, force: true }));
  const env = { OPENCLAW_STATE_DIR: dir, HOME: dir };
  const path = join(dir, 'openclaw.json');
  if (text !== null) await writeFile(path, text);
  const asked: PeerWriteRisk[] = [];
  const answer = { isYes: false };
  const confirm = async (risk: PeerWriteRisk) => {
    asked.push(risk);
    return answer.isYes;
  };
  const desk = new ConfigDesk({ paths: resolveStatePaths(env), env, confirm });
  const change = async (wanted: ConfigFileChange) => ({ base: (await desk.read()).revision, change: wanted });
  return { desk, path, asked, answer, file: () => readFile(path, 'utf8'), change };
}

const set = (path: (string | number)[], value: string | number): ConfigFileChange => ({
  kind: 'edits',
  edits: [{ path, value }],
});

it('shows the file without its secrets, and writes nothing by that', async () => {
  const { desk, file } = await deskWith();
  const read = await desk.read();
  expect(read).toMatchObject({ exists: true, isReadable: true, problems: [], canUndo: false });
  expect(JSON.stringify(read)).not.toContain('a-secret-of-mine');
  expect(read.text).toContain('// here');
  expect(await file()).toBe(TEXT);
});

it('changes one key and nothing else, and goes back', async () => {
  const { desk, file, change } = await deskWith();
  const request = await change(set(['gateway', 'port'], 19001));
  expect(await desk.plan(request)).toMatchObject({
    canSave: true,
    changedPaths: ['gateway.port'],
    restartPaths: ['gateway.port'],
  });
  await desk.save(request);
  expect(await file()).toBe(TEXT.replace('18789', '19001'));
  expect((await desk.read()).canUndo).toBe(true);
  await desk.save(await change({ kind: 'undo' }));
  expect(await file()).toBe(TEXT);
});

it('saves an edited text with the secrets that its placeholders stand for', async () => {
  const { desk, file, change } = await deskWith();
  const { text } = await desk.read();
  await desk.save(await change({ kind: 'text', text: text.replace('// here', '// there') }));
  expect(await file()).toBe(TEXT.replace('// here', '// there'));
});

it('never writes a placeholder', async () => {
  const { desk, file, change } = await deskWith();
  const sentinel = '__OPENCLAW_REDACTED__';
  for (const wanted of [
    set(['gateway', 'auth', 'password'], sentinel),
    { kind: 'text', text: `{ gateway: { auth: { token: "${sentinel}" } } }` } as const,
    { kind: 'text', text: `{ gateway: { auth: { token: "${sentinel}#99" } } }` } as const,
  ]) {
    const request = await change(wanted);
    expect(await desk.plan(request)).toMatchObject({ canSave: false });
    await expect(desk.save(request)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  }
  expect(await file()).toBe(TEXT);
});

it('refuses what no gateway would accept, and says where it stands', async () => {
  const { desk, file, change } = await deskWith();
  const { text } = await desk.read();
  const wrong = await change({ kind: 'text', text: text.replace('18789', "'x'") });
  expect(await desk.plan(wrong)).toMatchObject({
    canSave: false,
    problems: [{ path: 'gateway.port', line: 5, column: 5 }],
  });
  const broken = await change({ kind: 'text', text: text.replace("mode: 'local',", "mode: 'local' port") });
  expect(await desk.plan(broken)).toMatchObject({ canSave: false, problems: [{ path: '', line: 4 }] });
  await expect(desk.save(broken)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(await file()).toBe(TEXT);
});

it('does not write over what somebody else has written meanwhile', async () => {
  const { desk, path, file, change } = await deskWith();
  const request = await change(set(['gateway', 'port'], 19001));
  const theirs = TEXT.replace('mine', 'theirs');
  await writeFile(path, theirs);
  await expect(desk.plan(request)).rejects.toMatchObject({ code: 'CONFIG_CONFLICT' });
  await expect(desk.save(request)).rejects.toMatchObject({ code: 'CONFIG_CONFLICT' });
  expect(await file()).toBe(theirs);
});

it('repairs a file that cannot be parsed, without having shown its secrets', async () => {
  const { desk, file, change } = await deskWith(TEXT.replace('port: 18789,', 'port 18789'));
  const read = await desk.read();
  expect(read).toMatchObject({ isReadable: false, problems: [{ line: 5 }] });
  expect(read.text).not.toContain('a-secret-of-mine');
  await desk.save(await change({ kind: 'text', text: read.text.replace('port 18789', 'port: 18789,') }));
  expect(await file()).toBe(TEXT);
});

it('begins a file where there is none', async () => {
  const { desk, file, change } = await deskWith(null);
  const path = await change(set(['gateway', 'mode'], 'local'));
  await desk.save(path);
  expect(await file()).toContain('local');
});

it('asks outside of the page before a change may run a command or open a file, and only then', async () => {
  const { desk, file, change, asked, answer } = await deskWith();
  await desk.save(await change(set(['gateway', 'port'], 19001)));
  expect(asked).toEqual([]);
  const before = await file();
  const provider = { source: 'exec', command: '/bin/echo', args: ['x'] };
  const risky = await change({
    kind: 'edits',
    edits: [{ path: ['secrets', 'providers', 'mine'], value: provider }],
  });
  expect(await desk.save(risky)).toMatchObject({ isSaved: false });
  expect(asked).toEqual([{ path: 'secrets.providers.mine', does: 'runs', variable: '' }]);
  expect(await file()).toBe(before);
  answer.isYes = true;
  expect(await desk.save(risky)).toMatchObject({ isSaved: true });
  expect(await file()).toContain('/bin/echo');
});
