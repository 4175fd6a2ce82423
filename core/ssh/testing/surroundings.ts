import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { SshSurroundings } from '../surroundings.ts';

/** A home directory of its own with these files (0600) in it; nothing of the machine's own SSH is read. */
export function testSurroundings(
  files: Readonly<Record<string, string>> = {},
  options: { clock?: Clock; env?: NodeJS.ProcessEnv } = {},
): SshSurroundings & { write(path: string, text: string): string } {
  const home = mkdtempSync(join(tmpdir(), 'openclaw-ssh-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const write = (path: string, text: string): string => {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return {
    home,
    username: process.env.USER ?? 'root',
    env: options.env ?? {},
    platform: process.platform,
    clock: options.clock ?? systemClock,
    ownKnownHosts: join(home, 'tray', 'known_hosts'),
    systemDir: join(home, 'etc-ssh'),
    write,
  };
}
