import { PassThrough } from 'node:stream';
import { systemClock } from '../../core/lib/clock.ts';
import type { Cli, OutputStream } from '../invocation.ts';
import { main } from '../main.ts';

interface Options {
  env?: NodeJS.ProcessEnv;
  /** Both streams are terminals of 80 columns. */
  isTTY?: boolean;
  input?: string;
}

export interface MemoryCli extends Cli {
  written(stream: 'stdout' | 'stderr'): string;
}

/** A command line whose streams are kept in memory. HOME is a directory that does not exist unless given. */
export function memoryCli(argv: readonly string[], options: Options = {}): MemoryCli {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts): OutputStream => {
    const output = new PassThrough();
    output.on('data', (chunk) => {
      texts[name] += chunk;
    });
    return Object.assign(output, options.isTTY ? { isTTY: true, columns: 80 } : {});
  };
  return {
    argv,
    env: { HOME: '/nonexistent/home', ...options.env },
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    clock: systemClock,
    readInput: async () => options.input ?? '',
    endWhenInterrupted: () => {},
    written: (name) => texts[name],
  };
}

/** Runs a command line inside this process. */
export async function runInMemory(argv: readonly string[], options: Options = {}) {
  const cli = memoryCli(argv, options);
  const exitCode = await main(cli);
  return { exitCode, stdout: cli.written('stdout'), stderr: cli.written('stderr') };
}
