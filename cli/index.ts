import { systemClock } from '../core/lib/clock.ts';
import type { Cli } from './invocation.ts';

const cli: Cli = {
  argv: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  async readInput() {
    const { text } = await import('node:stream/consumers');
    return (await text(process.stdin)).replace(/\r?\n$/, '');
  },
  endWhenInterrupted() {
    process.once('SIGINT', () => process.exit(130));
    for (const stream of [process.stdout, process.stderr]) stream.on('error', leaveQuietly);
  },
};

/** Whoever read our output has had enough; that is no failure. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? process.exitCode : 1);
}

/** Waits until all output is handed over, because `process.exit` alone may cut it off on a pipe. */
function exit(exitCode: number): void {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}

void import('./main.ts').then(({ main }) => main(cli)).then(exit);
