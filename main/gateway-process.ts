import { utilityProcess } from 'electron';
import type { HostedProcess } from './gateway-host.ts';

/** What a gateway says last is its reason to end; no more of it is kept. */
const LAST_WORDS = 2_000;

/** Runs the bundled command line in a process of its own, so that neither it nor the app takes the other down. */
export function spawnGateway(program: string, args: readonly string[]): HostedProcess {
  const child = utilityProcess.fork(program, [...args], {
    serviceName: 'OpenClaw Gateway',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-LAST_WORDS);
  });
  let pid: number | undefined;
  child.once('spawn', () => {
    pid = child.pid;
  });
  return {
    get pid() {
      return pid ?? child.pid;
    },
    onExit: (listener) => void child.once('exit', listener),
    end: (force) => endProcess(child, force),
    lastWords: () => words.trim(),
  };
}

function endProcess(child: Electron.UtilityProcess, force: boolean): void {
  if (!force || child.pid === undefined) return void child.kill();
  try {
    process.kill(child.pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
