import { expect, test } from 'vitest';
import { ownCommand, ownProgram, type Started } from './own-program.ts';

const started = (fields: Partial<Started>): Started => ({
  execPath: '/usr/bin/node',
  argv: ['/usr/bin/node', '/usr/lib/openclaw.cjs', 'gateway', 'run'],
  env: {},
  platform: 'linux',
  versions: { ...process.versions },
  ...fields,
});

const inApp = (fields: Partial<Started> = {}): Started =>
  started({
    execPath: '/opt/OpenClaw Tray/openclaw-tray',
    argv: ['/opt/OpenClaw Tray/openclaw-tray', '/opt/OpenClaw Tray/resources/app.asar/dist/openclaw.cjs'],
    versions: { ...process.versions, electron: '45.0.0' },
    ...fields,
  });

test('a script is started again by its Node', () => {
  expect(ownCommand(started({}))).toEqual(['/usr/bin/node', '/usr/lib/openclaw.cjs']);
  expect(ownProgram(started({}))).toBe('/usr/lib/openclaw.cjs');
});

test('the command line of the app is started again by its launcher, as its runtime alone would be the app', () => {
  expect(ownCommand(inApp())).toEqual(['/opt/OpenClaw Tray/resources/bin/openclaw']);
  expect(ownProgram(inApp())).toBe('/opt/OpenClaw Tray/resources/bin/openclaw');
  expect(ownProgram(inApp({ platform: 'win32' }))).toMatch(/openclaw\.cmd$/);
});

test('a launcher that stays where it is counts before one in an image that is mounted elsewhere next time', () => {
  const env = { OPENCLAW_LAUNCHER: '/home/me/.local/bin/openclaw' };
  expect(ownCommand(inApp({ env }))).toEqual(['/home/me/.local/bin/openclaw']);
  expect(ownCommand(started({ env }))).toEqual(['/usr/bin/node', '/usr/lib/openclaw.cjs']);
});

test('an Electron in which a checkout runs is started with its script', () => {
  const argv = ['/x/electron', '/src/dist/openclaw.cjs'];
  expect(ownCommand(inApp({ execPath: '/x/electron', argv }))).toEqual([
    '/x/electron',
    '/src/dist/openclaw.cjs',
  ]);
});
