import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whenTestEnds } from '../core/testing/test-end.ts';
import { autostartFile, systemLoginItem } from './login-item.ts';

describe('run at login', () => {
  it('is a desktop entry on Linux, off until it is asked for, and gone when it is switched off', async () => {
    const home = await mkdtemp(join(tmpdir(), 'openclaw-login-'));
    whenTestEnds(() => rm(home, { recursive: true, force: true }));
    const item = autostartFile({}, home, { program: '/opt/a "b"/100%/app', args: ['--profile', 'x'] });
    expect(item.isOn()).toBe(false);
    await item.set(true);
    expect(item.isOn()).toBe(true);
    const path = join(home, '.config', 'autostart', 'openclaw-tray.desktop');
    expect((await readFile(path, 'utf8')).split('\n')).toContain(
      String.raw`Exec="/opt/a \\"b\\"/100%%/app" "--profile" "x"`,
    );
    await item.set(false);
    expect(item.isOn()).toBe(false);
  });

  it('is left to macOS and Windows where those keep it', async () => {
    let kept = false;
    const item = systemLoginItem(
      {
        getLoginItemSettings: () => ({ openAtLogin: kept }),
        setLoginItemSettings: ({ openAtLogin, args }) => {
          expect(args).toEqual(['--background']);
          kept = openAtLogin;
        },
      },
      { program: 'app', args: ['--background'] },
    );
    await item.set(true);
    expect(item.isOn()).toBe(true);
  });
});
