import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ServiceChange } from '../service/service-repair.ts';
import { takeBack } from './doctor-parts.ts';
import { applyChange, type FileChange } from './file-change.ts';
import { loadUndo, saveUndo, undoChanges } from './undo-file.ts';

async function place() {
  const trayDir = await mkdtemp(join(tmpdir(), 'openclaw-undo-'));
  onTestFinished(() => rm(trayDir, { recursive: true, force: true }));
  return trayDir;
}

const words = { language: 'en', command: 'openclaw doctor --undo', problem: () => 'x' } as const;
const undo = (trayDir: string) => undoChanges(trayDir, (change) => takeBack(change, undefined, words));

test('what cannot be taken back because the service is out of reach stays on record, and that is said', async () => {
  const trayDir = await place();
  const before = { texts: {}, isEnabled: false, isRunning: false };
  const after = { ...before, isEnabled: true };
  const service: ServiceChange = { kind: 'service', service: 'openclaw-gateway.service', before, after };
  const path = join(trayDir, 'later.txt');
  const file: FileChange = { kind: 'text', path, before: null, after: 'made later' };
  await applyChange(file);
  await saveUndo(trayDir, [service, file]);

  const refusal = {
    code: 'NOT_AVAILABLE',
    message: expect.stringMatching(/on record.*openclaw doctor --undo/s),
  };
  await expect(undo(trayDir)).rejects.toMatchObject(refusal);
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await loadUndo(trayDir)).toEqual([service]);
  await expect(undo(trayDir)).rejects.toMatchObject(refusal);
  expect(await loadUndo(trayDir)).toEqual([service]);
});

test('a record of another version is not thrown away', async () => {
  const trayDir = await place();
  const path = join(trayDir, 'doctor', 'undo.json');
  await mkdir(join(trayDir, 'doctor'), { mode: 0o700 });
  await writeFile(path, '{"version":2,"changes":[]}', { mode: 0o600 });
  expect(await undo(trayDir)).toEqual([]);
  expect(await readFile(path, 'utf8')).toContain('"version":2');
});
