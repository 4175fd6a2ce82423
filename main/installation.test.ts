import { describe, expect, it } from 'vitest';
import type { CommandInstaller } from './command/install-command.ts';
import { Installation, type Notice } from './installation.ts';
import type { CheckOutcome, InstallOutcome, UpdateDesk } from './update/update-desk.ts';

const command = { isPossible: true, isInstalled: false } as CommandInstaller;

/** An installation whose updates are what a test says, and what a window would be told of them. */
function start(
  found: CheckOutcome,
  { agrees = false, unavailable }: { agrees?: boolean; unavailable?: 'NO_FEED' } = {},
) {
  const told: string[] = [];
  const notices: Notice[] = [];
  const installed: InstallOutcome = { kind: 'failed', code: 'UPDATE_FAILED', reason: 'disk full' };
  const desk = { unavailable, check: async () => found, install: async () => installed };
  const installation = new Installation({
    version: '1',
    command,
    updates: async () => desk as unknown as UpdateDesk,
    notify: async (notice) => {
      notices.push(notice);
      return agrees;
    },
    onUpdates: () => void installation.updates('en').then(({ kind }) => told.push(kind)),
  });
  return { installation, told, notices };
}

describe('what is known of updates', () => {
  it('is nothing before anybody has looked, and then what was found', async () => {
    const { installation, told } = start({ kind: 'available', version: '2' });
    expect(await installation.updates('en')).toEqual({ kind: 'idle' });
    await installation.checkForUpdates('en');
    expect(told).toEqual(['checking', 'available']);
    expect(await installation.updates('en')).toEqual({ kind: 'available', version: '2' });
  });

  it('is why it has failed, in the language of the app', async () => {
    const { installation, told } = start({ kind: 'available', version: '2' }, { agrees: true });
    await installation.checkForUpdates('en');
    expect(told).toEqual(['checking', 'available', 'installing', 'failed']);
    const { code, text } = await installation.updates('zh-CN');
    expect(code).toBe('UPDATE_FAILED');
    expect(text).toMatch(/^更新未安装：disk full/);
  });

  it('is why this copy takes none', async () => {
    const { installation } = start({ kind: 'current' }, { unavailable: 'NO_FEED' });
    expect(await installation.updates('en')).toMatchObject({
      kind: 'off',
      code: 'NO_FEED',
      text: expect.stringContaining('does not update itself'),
    });
  });
});
