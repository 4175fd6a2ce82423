import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { startTrayHost, type TrayHost } from './tray-host.ts';

/** A screen and a session bus that nobody else uses, with a tray on it. */
export interface Desktop extends AsyncDisposable {
  readonly env: { DISPLAY: string; DBUS_SESSION_BUS_ADDRESS: string };
  readonly tray: TrayHost;
}

const SCREEN = ['-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-displayfd', '3'];

export async function startDesktop(): Promise<Desktop> {
  const screen = spawn('Xvfb', SCREEN, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  whenTestEnds(() => end(screen));
  const display = `:${await firstLine(screen, screen.stdio[3] as Readable)}`;
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  whenTestEnds(() => end(bus));
  const address = await firstLine(bus, bus.stdout as Readable);
  const tray = await startTrayHost(address);
  const close = async (): Promise<void> => {
    tray.close();
    await end(bus);
    await end(screen);
  };
  return {
    env: { DISPLAY: display, DBUS_SESSION_BUS_ADDRESS: address },
    tray,
    [Symbol.asyncDispose]: close,
  };
}

async function firstLine(child: ChildProcess, stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('\n')) return text.split('\n')[0] ?? '';
  }
  throw new Error(`${child.spawnfile} ended without saying where it listens`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
