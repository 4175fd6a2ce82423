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
  /** What is written here has been typed. */
  readonly stdin: PassThrough & { isTTY?: boolean };
  /** Presses Ctrl-C. */
  interrupt(): void;
  written(stream: 'stdout' | 'stderr'): string;
  /** Resolves when `text` has been written to either stream since the last call that found something. */
  shown(text: string): Promise<void>;
}

/** A command line whose streams are kept in memory. HOME is a directory that does not exist unless given. */
export function memoryCli(argv: readonly string[], options: Options = {}): MemoryCli {
  const texts = { stdout: '', stderr: '' };
  const seen = { stdout: 0, stderr: 0 };
  const watchers = new Set<() => void>();
  const stream = (name: keyof typeof texts): OutputStream => {
    const output = new PassThrough();
    output.on('data', (chunk) => {
      texts[name] += chunk;
      for (const watcher of [...watchers]) watcher();
    });
    return Object.assign(output, options.isTTY ? { isTTY: true, columns: 80 } : {});
  };
  const handlers = new Set<() => void>();
  return {
    argv,
    env: { HOME: '/nonexistent/home', ...options.env },
    stdin: Object.assign(new PassThrough(), options.isTTY ? { isTTY: true, setRawMode: () => {} } : {}),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    clock: systemClock,
    readInput: async () => options.input ?? '',
    endWhenInterrupted: () => {},
    onInterrupt(handle) {
      handlers.add(handle);
      return () => void handlers.delete(handle);
    },
    interrupt: () => {
      for (const handle of [...handlers]) handle();
    },
    written: (name) => texts[name],
    shown: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          const name = (['stdout', 'stderr'] as const).find(
            (one) => texts[one].indexOf(text, seen[one]) >= 0,
          );
          if (name === undefined) return;
          seen[name] = texts[name].indexOf(text, seen[name]) + text.length;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Runs a command line inside this process. */
export async function runInMemory(argv: readonly string[], options: Options = {}) {
  const cli = memoryCli(argv, options);
  const exitCode = await main(cli);
  return { exitCode, stdout: cli.written('stdout'), stderr: cli.written('stderr') };
}
