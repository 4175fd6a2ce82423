import type { Command } from 'commander';
import type { Clock } from '../core/lib/clock.ts';
import type { Language } from '../core/messages/language.ts';
import type { Output } from './output.ts';

export interface InputStream extends NodeJS.ReadableStream {
  isTTY?: boolean;
  /** Of a terminal: whether each key arrives at once. */
  setRawMode?(isRaw: boolean): unknown;
}

export interface OutputStream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
}

/** What a command line reaches of the world; `index.ts` builds the real one. */
export interface Cli {
  /** Without the program and the script. */
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  /** For those who ask back; whoever takes all of it uses `readInput`. */
  readonly stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  clock: Clock;
  /** All of stdin, without its last line break. */
  readInput(): Promise<string>;
  /** From here on Ctrl-C and a closed pipe end the process; `gateway run` handles both itself. */
  endWhenInterrupted(): void;
  /** From here on Ctrl-C calls `handle`, until the returned function is called; a closed pipe ends the process. */
  onInterrupt(handle: () => void): () => void;
}

/** Flags every command takes. */
export interface GlobalOptions {
  profile?: string;
  /** The profile `dev`. */
  dev: boolean;
  lang?: Language;
}

/** One command about to run: its options with everything before and after its name merged. */
export interface Invocation<O = Record<string, unknown>> {
  cli: Cli;
  command: Command;
  args: readonly string[];
  options: O;
  globals: GlobalOptions;
  /** What people are spoken to in; JSON is the same in each. */
  language: Language;
  output: Output;
}

/** Resolves to the exit status. Errors that are thrown are told to the user by `main.ts`. */
export type Action<O = Record<string, unknown>> = (invocation: Invocation<O>) => Promise<number>;
