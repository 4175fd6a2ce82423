import { PassThrough, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import {
  type ConsoleSink,
  type ConsoleStyle,
  consoleLine,
  createConsoleSink,
  escapeControl,
} from './console-log.ts';
import { type LogRecord, localTimestamp } from './record.ts';

const TIME = Date.UTC(2026, 10, 22, 11, 13, 4, 866);
const record: LogRecord = { level: 'info', subsystem: 'gateway', message: 'ready', time: TIME };
const open: ConsoleSink[] = [];

function consoleOf(style: ConsoleStyle, options: { isTTY?: boolean; env?: NodeJS.ProcessEnv } = {}) {
  const stdout = Object.assign(new PassThrough(), { isTTY: options.isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY: options.isTTY });
  const sink = createConsoleSink({ stdout, stderr, style, env: options.env ?? {}, clock: systemClock });
  open.push(sink);
  const textOf = (stream: PassThrough): string => String(stream.read() ?? '');
  return { sink, out: () => textOf(stdout), err: () => textOf(stderr) };
}

afterEach(() => {
  for (const sink of open.splice(0)) sink.close();
});

describe('a console line', () => {
  it('is the ISO time with offset, the subsystem and the message', () => {
    expect(consoleLine(record, 'pretty', false)).toBe(`${localTimestamp(TIME)} [gateway] ready`);
  });

  it('shows fields as key=value', () => {
    expect(
      consoleLine({ ...record, fields: { port: 1, a: 'b', c: undefined, d: { e: 1 } } }, 'pretty', false),
    ).toBe(`${localTimestamp(TIME)} [gateway] ready port=1 a=b d={"e":1}`);
  });

  it('has only the time of day in the compact style', () => {
    expect(consoleLine(record, 'compact', false)).toBe(
      `${localTimestamp(TIME).slice(11, 19)} [gateway] ready`,
    );
  });

  it('is one JSON object in the json style, also with characters a terminal would act on', () => {
    const message = 'a\u001b[31m\u009b\u202e\nb';
    const line = consoleLine({ ...record, message, fields: { level: 'forged', n: 1 } }, 'json', true);
    expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(JSON.parse(line)).toEqual({
      n: 1,
      time: localTimestamp(TIME),
      level: 'info',
      subsystem: 'gateway',
      message,
    });
  });

  it('cannot inject terminal control sequences or forge a second line', () => {
    const line = consoleLine(
      { ...record, message: 'x\u001b]0;owned\u0007\r\n2026 [auth] ok\u202e' },
      'pretty',
      false,
    );
    expect(line).toMatch(/ x\\u001b\]0;owned\\u0007\\r\\n2026 \[auth\] ok\\u202e$/);
    expect(escapeControl('naïve 漢字 😀 👩‍💻')).toBe('naïve 漢字 😀 👩‍💻');
  });
});

describe('the console', () => {
  it('sends warnings and errors to stderr and the rest to stdout', () => {
    const { sink, out, err } = consoleOf('pretty');
    sink.write({ ...record, message: 'fine' });
    sink.write({ ...record, level: 'warn', message: 'hm' });
    sink.write({ ...record, level: 'error', message: 'bad' });
    expect(out()).toMatch(/fine\n$/);
    expect(err()).toMatch(/hm\n.*bad\n$/);
  });

  it('has colours only on a terminal without NO_COLOR', () => {
    const outputs = [
      consoleOf('pretty', { isTTY: true }),
      consoleOf('pretty', { isTTY: true, env: { NO_COLOR: '1' } }),
      consoleOf('pretty', {}),
    ].map(({ sink, out }) => {
      sink.write(record);
      return out().includes('\u001b[');
    });
    expect(outputs).toEqual([true, false, false]);
  });

  it('counts repetitions instead of printing them', () => {
    const { sink, out } = consoleOf('pretty');
    for (let count = 0; count < 4; count += 1) sink.write({ ...record, time: TIME + count });
    sink.write({ ...record, message: 'other' });
    const lines = out().trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^.*\] /, ''))).toEqual([
      'ready',
      'last message repeated 3 times',
      'other',
    ]);
  });

  it('goes silent when its reader is gone', async () => {
    const broken = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const sink = createConsoleSink({
      stdout: broken,
      stderr: broken,
      style: 'pretty',
      env: {},
      clock: systemClock,
    });
    open.push(sink);
    const failed = new Promise((resolve) => broken.once('error', resolve));
    sink.write(record);
    await failed;
    expect(() => sink.write({ ...record, message: 'more' })).not.toThrow();
  });
});
