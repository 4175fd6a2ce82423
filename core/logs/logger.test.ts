import { describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import type { LogLevel } from '../lib/log.ts';
import { createLogger } from './logger.ts';
import type { LogRecord } from './record.ts';
import { createRedactor } from './redactor.ts';

function loggerWith(levels: { file: LogLevel; console: LogLevel }) {
  const inFile: LogRecord[] = [];
  const onConsole: LogRecord[] = [];
  const redactor = createRedactor();
  const logger = createLogger({
    file: {
      write: (record) => void inFile.push(record),
      path: () => '',
      state: () => ({ droppedLines: 0, problem: undefined }),
      flush: async () => {},
      close: async () => {},
    },
    console: { write: (record) => void onConsole.push(record), close: () => {} },
    fileLevel: levels.file,
    consoleLevel: levels.console,
    redactor,
    clock: systemClock,
  });
  return { logger, redactor, inFile, onConsole };
}

describe('the logger', () => {
  it('sends a record only to the sinks whose level takes it', () => {
    const { logger, inFile, onConsole } = loggerWith({ file: 'debug', console: 'warn' });
    logger.trace('a');
    logger.debug('b');
    logger.warn('c');
    expect(inFile.map((record) => record.message)).toEqual(['b', 'c']);
    expect(onConsole.map((record) => record.message)).toEqual(['c']);
  });

  it('says which levels are worth building a record for', () => {
    const { logger } = loggerWith({ file: 'silent', console: 'info' });
    expect(logger.enabled('info')).toBe(true);
    expect(logger.enabled('debug')).toBe(false);
    expect(loggerWith({ file: 'silent', console: 'silent' }).logger.enabled('fatal')).toBe(false);
  });

  it('names the subsystem of a child', () => {
    const { logger, inFile } = loggerWith({ file: 'info', console: 'silent' });
    logger.info('a');
    logger.child('gateway/ws').info('b');
    expect(inFile.map((record) => record.subsystem)).toEqual(['gateway', 'gateway/ws']);
  });

  it('hides secrets in the message, in fields at any depth, in field names and in errors', () => {
    const { logger, redactor, inFile, onConsole } = loggerWith({ file: 'info', console: 'info' });
    const canary = 'canary-7f3a';
    redactor.add(canary);
    logger.info(`got ${canary}`, {
      plain: canary,
      [canary]: 1,
      deep: [{ er: { more: `x${canary}` } }],
      map: new Map([[canary, canary]]),
      url: new URL(`http://h/?q=${canary}`),
      error: Object.assign(new Error(canary, { cause: new Error(canary) }), { extra: canary }),
      text: Symbol(canary),
      fn: () => canary,
    });
    expect(JSON.stringify([inFile, onConsole])).not.toContain(canary);
    expect(inFile[0]?.fields?.deep).toEqual([{ er: { more: 'x***' } }]);
  });

  it('hides a text field whose name says it is a secret', () => {
    const { logger, inFile } = loggerWith({ file: 'info', console: 'silent' });
    logger.info('a', { deviceToken: 'zzz', headers: { Authorization: 'q' }, inputTokens: 5, password: '' });
    expect(inFile[0]?.fields).toEqual({
      deviceToken: '***',
      headers: { Authorization: '***' },
      inputTokens: 5,
      password: '',
    });
  });

  it('takes any fields a caller gives without throwing, as plain JSON values', () => {
    const { logger, inFile } = loggerWith({ file: 'info', console: 'silent' });
    const circular: Record<string, unknown> = {
      n: 10n,
      date: new Date(0),
      nan: Number.NaN,
      bytes: Buffer.alloc(3),
    };
    circular.self = circular;
    const hostile = {
      get trap(): string {
        throw new Error('no');
      },
    };
    logger.info('a', { circular, hostile, missing: undefined, nothing: null });
    expect(JSON.parse(JSON.stringify(inFile[0]?.fields))).toEqual({
      circular: {
        n: '10',
        date: '1970-01-01T00:00:00.000Z',
        nan: 'NaN',
        bytes: '[3 bytes]',
        self: '[circular]',
      },
      hostile: '[unreadable]',
      nothing: null,
    });
  });
});
