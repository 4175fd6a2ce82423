import { systemClock } from '../core/lib/clock.ts';
import type { Cli } from './invocation.ts';
import { main } from './main.ts';

const ENV_FILE = '--env-file=';

/**
 * What a service manager without variables of its own hands over, read as Node reads it where Node itself is started.
 * And what has made this program Node is none of its children's business: each Electron among them would be Node too.
 */
function argumentsOf({ argv, env }: NodeJS.Process): string[] {
  delete env.ELECTRON_RUN_AS_NODE;
  const [first, ...rest] = argv.slice(2);
  if (!first?.startsWith(ENV_FILE)) return argv.slice(2);
  process.loadEnvFile(first.slice(ENV_FILE.length));
  return rest;
}

async function start(): Promise<void> {
  let endsWithItsReader = false;
  const opened: NodeJS.WriteStream[] = [];
  const open = (stream: NodeJS.WriteStream): NodeJS.WriteStream => {
    if (opened.includes(stream)) return stream;
    opened.push(stream);
    return stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read our output has had enough; that is no failure.
      if (error.code !== 'EPIPE') process.exit(1);
      if (endsWithItsReader) process.exit();
    });
  };
  const cli: Cli = {
    argv: argumentsOf(process),
    env: process.env,
    // Looked at only when it is needed: a pipe that was opened once keeps a process alive.
    get stdin() {
      return process.stdin;
    },
    // And to open one takes time.
    get stdout() {
      return open(process.stdout);
    },
    get stderr() {
      return open(process.stderr);
    },
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
  exit(await main(cli), opened);
}

async function readInput(): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/** Waits until all output is handed over, because `process.exit` alone may cut it off on a pipe. */
function exit(exitCode: number, streams: readonly NodeJS.WriteStream[]): void {
  process.exitCode = exitCode;
  const [first, ...others] = streams;
  if (first) first.write('', () => exit(exitCode, others));
  else process.exit();
}

void start();
