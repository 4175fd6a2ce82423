import { systemClock } from '../core/lib/clock.ts';
import type { Cli } from './invocation.ts';
import { main } from './main.ts';

async function start(): Promise<void> {
  let endsWithItsReader = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read our output has had enough; that is no failure.
      if (error.code !== 'EPIPE') process.exit(1);
      if (endsWithItsReader) process.exit();
    });
  }
  const cli: Cli = {
    argv: process.argv.slice(2),
    env: process.env,
    // Looked at only when it is needed: a pipe that was opened once keeps a process alive.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    readInput,
    endWhenInterrupted() {
      endsWithItsReader = true;
      process.once('SIGINT', () => process.exit(130));
    },
    onInterrupt(handle) {
      endsWithItsReader = true;
      process.on('SIGINT', handle);
      return () => void process.off('SIGINT', handle);
    },
  };
  exit(await main(cli));
}

async function readInput(): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/** Waits until all output is handed over, because `process.exit` alone may cut it off on a pipe. */
function exit(exitCode: number): void {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}

void start();
