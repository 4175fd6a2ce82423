import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whenTestEnds } from '../core/testing/test-end.ts';
import { openAppSettings } from './app-settings.ts';

describe('the settings of the app', () => {
  it('are on the disk when they have settled, so that who quits right after a choice keeps it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'openclaw-settings-'));
    whenTestEnds(() => rm(dir, { recursive: true, force: true }));
    const settings = await openAppSettings(dir);
    void settings.change({ startsGateway: true });
    void settings.change({ language: 'zh-CN' });
    await settings.settled();
    const kept = JSON.parse(await readFile(join(dir, 'app.json'), 'utf8'));
    expect(kept).toMatchObject({ startsGateway: true, language: 'zh-CN' });
  });
});
