import type { Clock } from '../lib/clock.ts';
import type { WritableLevel } from '../lib/log.ts';
import { type LogRecord, localTimestamp } from './record.ts';
import { createRepeatFilter } from './repeat-filter.ts';

export type ConsoleStyle = 'pretty' | 'compact' | 'json';

export interface ConsoleOptions {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  style: ConsoleStyle;
  /** NO_COLOR is read from here. */
  env: NodeJS.ProcessEnv;
  clock: Clock;
}

export interface ConsoleSink {
  /** Warnings and worse go to stderr, the rest to stdout. Never throws. */
  write(record: LogRecord): void;
  close(): void;
}

const LEVEL_COLOURS: Partial<Record<WritableLevel, number>> = {
  fatal: 31,
  error: 31,
  warn: 33,
  debug: 2,
  trace: 2,
};

/** Control characters, and the marks that reorder or break a line on a terminal. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const SHORT_ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const unicodeEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text from elsewhere made harmless for a terminal: an escape character shows as `\u001b`, a newline as `\n`. */
export const escapeControl = (text: string): string =>
  text.replace(UNSAFE, (character) => SHORT_ESCAPES[character] ?? unicodeEscape(character));

const paint = (text: string, code: number | undefined, colour: boolean): string =>
  colour && code !== undefined ? `\u001b[${code}m${text}\u001b[0m` : text;

const fieldText = (fields: Record<string, unknown> | undefined): string =>
  Object.entries(fields ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');

function jsonLine({ fields, level, subsystem, message, time }: LogRecord): string {
  const line = JSON.stringify({ ...fields, time: localTimestamp(time), level, subsystem, message });
  return line.replace(UNSAFE, unicodeEscape);
}

/** One console line without its newline: `<ISO time with offset> [subsystem] message key=value`. */
export function consoleLine(record: LogRecord, style: ConsoleStyle, colour: boolean): string {
  if (style === 'json') return jsonLine(record);
  const full = localTimestamp(record.time);
  const time = style === 'compact' ? full.slice(11, 19) : full;
  const message = escapeControl(record.message + fieldText(record.fields));
  return [
    paint(time, 2, colour),
    paint(`[${escapeControl(record.subsystem)}]`, 36, colour),
    paint(message, LEVEL_COLOURS[record.level], colour),
  ].join(' ');
}

const isUrgent = (level: WritableLevel): boolean =>
  level === 'warn' || level === 'error' || level === 'fatal';

/** The console of a running gateway. A reader that goes away (`| head`) silences it and hurts nothing. */
export function createConsoleSink(options: ConsoleOptions): ConsoleSink {
  const { stdout, stderr, style, env, clock } = options;
  const gone = new Set<NodeJS.WritableStream>();
  const listeners = [...new Set([stdout, stderr])].map((stream) => {
    const onError = (): void => void gone.add(stream);
    stream.on('error', onError);
    return () => stream.off('error', onError);
  });

  const print = (record: LogRecord): void => {
    const stream = isUrgent(record.level) ? stderr : stdout;
    if (gone.has(stream)) return;
    const isTty = (stream as { isTTY?: boolean }).isTTY === true;
    try {
      stream.write(`${consoleLine(record, style, isTty && !env.NO_COLOR)}\n`);
    } catch {
      gone.add(stream);
    }
  };
  const filter = createRepeatFilter(clock, print);

  return {
    write: (record) => filter.push(record),
    close() {
      filter.drain();
      for (const remove of listeners) remove();
    },
  };
}
